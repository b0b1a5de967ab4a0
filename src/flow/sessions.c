/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who comes to read and to send mail: the gate answers alone, by standing rules that are made
 * here of the clauses whose ladder is an answer. A rule is one comparison of what the gate
 * counts with a number. A clause that joins several by `or` is several rules; one that asks
 * more, by `and` or about the account's plan, is no rule, and its answer is to let pass.
 */
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "cases/gates.h"
#include "flow/gates.h"
#include "flow/internal.h"
#include "flow/logins.h"
#include "model/quantity.h"

enum { LONGEST_REMEMBERED = 24 * 3600 * 1000 /* ms */ };

/* ---- which clauses ---- */

static bool
is_counted(const struct comparison *comparison)
{
	switch (comparison->measure) {
	case MEASURE_CLIENT_CONNECTIONS:
	case MEASURE_POP_CONNECTIONS:
	case MEASURE_SMTP_CONNECTIONS:
	case MEASURE_IMAP_CONNECTIONS:
		return comparison->window == WINDOW_NONE;
	case MEASURE_POP_LOGINS:
		return comparison->window == WINDOW_WITHIN;
	default:
		return false;
	}
}

static bool
is_rule(const struct comparison *comparison)
{
	bool is_upper =
	    comparison->operator== COMPARE_MORE || comparison->operator== COMPARE_AT_LEAST;
	return is_counted(comparison) && is_upper && !comparison->negated &&
	       comparison->operand.kind == OPERAND_LITERAL && !comparison->hold &&
	       !comparison->times && !comparison->percent_of_runs && !comparison->group;
}

/* The first answer of the ladder that is one at a door. */
static const struct verb_use *
answer_of(const struct clause *clause)
{
	const struct ladder *ladder = &clause->ladders[LADDER_THEN];
	const struct step *first = ladder->count ? &ladder->steps[0] : NULL;
	if (clause->subject != KIND_CLIENT && clause->subject != KIND_MAILBOX)
		return NULL;
	for (size_t i = 0; first && i < first->verb_count; i++)
		if (first->verbs[i].verb == VERB_REFUSE || first->verbs[i].verb == VERB_DEFER)
			return &first->verbs[i];
	return NULL;
}

/* ---- whom they do not bind ---- */

struct making {
	const struct flow *flow;
	struct arena *arena;
	size_t count, capacity;
	struct standing_rule *rules;
};

static bool
is_in_force(const struct making *making, int64_t until)
{
	return until > making->flow->now.wall;
}

static bool
names_clause(const struct exception *exception, const char *id)
{
	for (size_t i = 0; i < exception->clause_count; i++)
		if (clause_id_covers(exception->clauses[i], id))
			return true;
	return false;
}

static void
except_client(const char *text, struct standing_rule *rule, struct network *clients)
{
	if (!network_parse(text, strlen(text), &clients[rule->client_count]))
		rule->client_count++;
}

/* Our own servers, as the roles of the policy have them: a web mailer there speaks for many. */
static size_t
partner_count(const struct policy *policy)
{
	size_t count = 0;
	for (size_t i = 0; i < policy->role_count; i++) {
		const struct operand *partners = plan_limit(&policy->roles[i], "partners");
		count += partners && partners->kind == OPERAND_SET ? partners->count : 0;
	}
	return count;
}

static void
except_partners(
    const struct policy *policy, struct standing_rule *rule, struct network *clients)
{
	for (size_t i = 0; i < policy->role_count; i++) {
		const struct operand *partners = plan_limit(&policy->roles[i], "partners");
		for (size_t n = 0; partners && n < partners->count; n++)
			except_client(partners->members[n].text, rule, clients);
	}
}

static void
except_clients(struct making *making, const char *id, struct standing_rule *rule)
{
	const struct policy *policy = making->flow->rules.policy;
	size_t room = policy->exception_count + partner_count(policy) + 1;
	struct network *clients = arena_alloc(making->arena, room * sizeof(*clients));
	except_partners(policy, rule, clients);
	for (size_t i = 0; i < policy->exception_count; i++) {
		const struct exception *one = &policy->exceptions[i];
		if (one->whom == EXCEPTION_CLIENT && names_clause(one, id) &&
		    is_in_force(making, one->until))
			except_client(one->name, rule, clients);
	}
	rule->clients = clients;
}

static void
add_account(const struct account *account, struct str *ids)
{
	if (account)
		str_add_bytes(ids, &account->id, sizeof(account->id));
}

/* Those that a test holds for, which is asked about the text. */
static void
add_accounts(const struct accounts *accounts,
    bool (*holds)(const struct account *account, const char *text), const char *text,
    struct str *ids)
{
	for (size_t i = 0; i < accounts_count(accounts); i++)
		if (holds(accounts_at(accounts, i), text))
			add_account(accounts_at(accounts, i), ids);
}

static bool
is_protected(const struct account *account, const char *text)
{
	(void)text;
	return account->is_protected;
}

static bool
is_on_plan(const struct account *account, const char *plan)
{
	return text_equal(account->plan, plan);
}

static void
except_accounts(struct making *making, const char *id, struct standing_rule *rule)
{
	const struct flow *flow = making->flow;
	const struct accounts *accounts = flow->rules.accounts;
	struct case_exception one;
	size_t position = 0;
	auto_str ids = {0};
	add_accounts(accounts, is_protected, "", &ids);
	while (cases_next_exception(flow->cases, &position, flow->now.wall, &one)) {
		if (!clause_id_covers(one.clause, id))
			continue;
		if (*one.plan)
			add_accounts(accounts, is_on_plan, one.plan, &ids);
		else
			add_account(accounts_find_name(accounts, one.account_name), &ids);
	}
	uint32_t *excepted = arena_alloc(making->arena, ids.length + sizeof(*excepted));
	memcpy(excepted, str_text(&ids), ids.length);
	rule->accounts = excepted;
	rule->account_count = ids.length / sizeof(*excepted);
}

/* ---- rules ---- */

/* What the gate need not know to say it. */
static const char *
fixed_words(struct making *making, const struct clause *clause,
    const struct comparison *comparison, const char *text)
{
	auto_str limit = {0}, window = {0}, out = {0};
	quantity_add_exact(&limit, comparison->operand.unit, comparison->operand.number);
	quantity_add_exact(&window, UNIT_TIME, comparison->span);
	const struct standing_word words[] = {
	    {"limit", str_text(&limit)},
	    {"window", str_text(&window)},
	    {"clause", clause->id},
	    {"title", clause->title},
	};
	standing_fill(text, words, array_length(words), false, &out);
	str_cut(&out, LONGEST_ANSWER);
	return arena_copy_text(making->arena, str_text(&out));
}

static void
add_rule(struct making *making, const struct clause *clause,
    const struct comparison *comparison, const struct verb_use *answer)
{
	struct standing_rule rule = {
	    .clause = clause->id,
	    .measure = (enum measure)comparison->measure,
	    .most =
		comparison->operand.number - (comparison->operator== COMPARE_AT_LEAST ? 1 : 0),
	    .window = comparison->window == WINDOW_WITHIN ? comparison->span : 0,
	    .acts = cases_mode(making->flow->cases, clause) == MODE_ENFORCE,
	    .text = fixed_words(making, clause, comparison, answer->text ? answer->text : ""),
	};
	except_clients(making, clause->id, &rule);
	except_accounts(making, clause->id, &rule);
	if (making->count < making->capacity)
		making->rules[making->count++] = rule;
}

static void
add_rules(struct making *making, const struct clause *clause, const struct condition *condition,
    const struct verb_use *answer)
{
	if (condition->kind == CONDITION_COMPARISON && is_rule(&condition->comparison))
		add_rule(making, clause, &condition->comparison, answer);
	for (size_t i = 0; condition->kind == CONDITION_OR && i < condition->count; i++)
		add_rules(making, clause, &condition->parts[i], answer);
}

struct standing_rules
flow_standing(const struct flow *flow, struct arena *arena)
{
	const struct policy *policy = flow->rules.policy;
	struct making making = {.flow = flow, .arena = arena};
	making.capacity = policy->clause_count * MOST_COMPARISONS;
	making.rules = arena_alloc(arena, making.capacity * sizeof(*making.rules));
	for (size_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		const struct verb_use *answer = clause->when ? answer_of(clause) : NULL;
		if (answer)
			add_rules(&making, clause, clause->when, answer);
	}
	return (struct standing_rules){making.count, making.rules};
}

/* ---- who came ---- */

void
flow_login(struct flow *flow, const struct login_seen *login, struct moment now)
{
	flow_at(flow, now);
	int64_t here = now.boot + flow->offset;
	logins_forget(flow->logins, here - LONGEST_REMEMBERED);
	logins_add(flow->logins, login->mailbox, here - login->ago);
}

struct logins_seen
flow_logins(const struct flow *flow, struct moment now, struct arena *arena)
{
	return logins_list(flow->logins, now.boot + flow->offset, arena);
}

void
flow_turned_away(struct flow *flow, const struct turned_away *away, struct moment now)
{
	flow_at(flow, now);
	note_turned_away(flow->cases, away, case_time(flow));
}
