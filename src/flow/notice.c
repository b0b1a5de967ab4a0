/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts for a mail. The words of the rule come from policy/words.h, so that a
 * notice cannot say something else than the terms; what was measured comes
 * from the casefile, so that a notice made again after a restart says the same.
 */
#include <string.h>

#include "base/clock.h"
#include "flow/internal.h"
#include "model/quantity.h"
#include "model/stored.h"
#include "policy/words.h"

/* A script with less than a hundredth of the account's use helps nobody to find the cause. */
enum {
	MOST_FIELDS = 24,
	MOST_LINES = 424,
	MOST_OTHERS = 24,
	MOST_MAILS = 400, /* as many as one notice is about at most, see send.c */
	MINUTES = 16,
	SMALLEST_PART = 100,
	FAR_BELOW = 10
};

struct writing {
	const struct flow *flow;
	struct arena *arena;
	struct notice *notice;
};

static void
add_field(struct writing *writing, const char *name, const char *value)
{
	if (!value || !*value || writing->notice->field_count == MOST_FIELDS)
		return;
	writing->notice->fields[writing->notice->field_count++] =
	    (struct notice_field){name, arena_copy_text(writing->arena, value)};
}

static void
add_words(struct writing *writing, const char *name, struct str *words)
{
	add_field(writing, name, str_text(words));
	str_clear(words);
}

/* "2026-11-22 02:40 UTC": people read no T. */
static void
add_instant(struct str *out, int64_t wall)
{
	auto_str utc = {0};
	clock_add_utc(&utc, wall);
	str_cut(&utc, MINUTES);
	char *t = utc.data ? strchr(utc.data, 'T') : NULL;
	if (t)
		*t = ' ';
	str_addf(out, "%s UTC", str_text(&utc));
}

static const struct comparison *
find_comparison(const struct condition *condition, int measure)
{
	if (!condition)
		return NULL;
	if (condition->kind == CONDITION_COMPARISON)
		return condition->comparison.measure == measure ? &condition->comparison : NULL;
	for (size_t i = 0; i < condition->count; i++) {
		const struct comparison *found = find_comparison(&condition->parts[i], measure);
		if (found)
			return found;
	}
	return NULL;
}

/* What an order is about, whether it is a case's or an approach's. */
struct matter {
	const char *clause_id;
	const struct clause *clause; /* NULL: not in this policy any more */
	const struct account *account;
	const struct plan *plan;
	const char *label;
	int measure;
	int64_t value;
	int64_t limit;
	int64_t since;
};

static struct matter
matter_of(const struct flow *flow, const struct outgoing *out)
{
	const struct casefile *casefile = out->casefile;
	const struct approach *approach = out->approach;
	struct matter matter = {
	    .clause_id = casefile ? casefile->clause : approach->clause,
	    .label = casefile ? casefile->label : approach->label,
	    .measure = casefile ? casefile->measure : approach->measure,
	    .value = casefile ? casefile->value : approach->value,
	    .limit = casefile ? casefile->limit : approach->limit,
	    .since = out->order->wall,
	};
	uint32_t account = casefile ? casefile->subject.account : approach->subject.account;
	matter.clause = policy_clause(flow->rules.policy, matter.clause_id);
	matter.account = accounts_find_id(flow->rules.accounts, account);
	if (matter.account)
		matter.plan = policy_plan(flow->rules.policy, matter.account->plan);
	return matter;
}

static void
write_measured(struct writing *writing, const struct matter *matter)
{
	if (matter->measure < 0)
		return;
	const struct measure_info *info = measure_info((enum measure)matter->measure);
	auto_str words = {0};
	add_field(writing, "measure", info->what);
	quantity_add_of(&words, (enum measure)matter->measure, matter->value);
	add_words(writing, "value", &words);
	/* A name stands in a list and has no limit. */
	if (info->unit != UNIT_NAME)
		quantity_add(&words, info->unit, matter->limit);
	add_words(writing, "limit", &words);
	const struct comparison *comparison =
	    matter->clause ? find_comparison(matter->clause->when, matter->measure) : NULL;
	if (comparison)
		words_window(comparison, &words);
	add_words(writing, "window", &words);
}

static void
write_offers(struct writing *writing, const struct clause *clause)
{
	auto_str words = {0};
	for (size_t i = 0; i < clause->offer_count; i++) {
		str_add(&words, i ? " " : "");
		str_add(&words, service_info(clause->offers[i])->paragraph);
	}
	add_words(writing, "offers", &words);
}

/* The step as the case announced it, in the words of the terms. */
static void
add_step_words(const struct clause *clause, const struct case_step *step, struct str *out)
{
	struct verb_use uses[MOST_VERBS] = {0};
	for (uint32_t i = 0; i < step->verb_count; i++)
		uses[i] = (struct verb_use){
		    .verb = step->verbs[i].verb,
		    .ask = step->verbs[i].ask,
		    .at_once = step->verbs[i].at_once,
		    .resource = step->verbs[i].resource,
		    .amount = {.kind = OPERAND_LITERAL,
			.unit = resource_unit(step->verbs[i].resource),
			.number = step->verbs[i].amount},
		};
	struct step words = {step->after, step->verb_count, uses};
	words_step(clause, &words, out);
}

/* No notice threatens with what the mode forbids. */
static bool
mode_allows(const struct casefile *casefile, const struct case_step *step)
{
	for (uint32_t i = 0; i < step->verb_count; i++)
		if (verb_info(step->verbs[i].verb)->least > casefile->mode)
			return false;
	return true;
}

static void
write_next(
    struct writing *writing, const struct casefile *casefile, const struct clause *clause)
{
	const struct case_step *step = case_next_step(casefile);
	if (!step || !clause || !mode_allows(casefile, step))
		return;
	auto_str words = {0};
	add_step_words(clause, step, &words);
	add_words(writing, "next", &words);
	if (!casefile->due_wall)
		return;
	add_instant(&words, casefile->due_wall);
	add_words(writing, "deadline", &words);
	int64_t until = cases_maintenance(writing->flow->cases).until;
	if (until)
		add_instant(&words, until);
	add_words(writing, "paused", &words);
}

static void
write_case(struct writing *writing, const struct outgoing *out, const struct clause *clause)
{
	const struct casefile *casefile = out->casefile;
	add_field(writing, "case",
	    arena_printf(writing->arena, "%llu", (unsigned long long)casefile->number));
	if (out->order->notice == NOTICE_WARNING || out->order->notice == NOTICE_ACTED ||
	    out->order->notice == NOTICE_REPLY)
		write_next(writing, casefile, clause);
	if (casefile->flooded || out->order->notice == NOTICE_FLOOD)
		add_field(writing, "visitors", casefile->visitors);
	if (out->order->notice == NOTICE_RELEASED)
		add_field(writing, "reason", casefile->reason);
	else if (out->order->verb == VERB_ALARM || out->order->notice == NOTICE_REPLY)
		add_field(writing, "reason", out->order->text);
}

/* What it is about is said in words; until when, as a date. */
static void
write_words_beside(struct writing *writing, const struct approach *approach)
{
	auto_str date = {0};
	if (approach->until)
		add_instant(&date, approach->until);
	add_words(writing, "deadline", &date);
	add_field(writing, "reason", approach->order.text);
}

static void
write_clause(struct writing *writing, const struct matter *matter)
{
	add_field(writing, "clause", matter->clause_id);
	if (!matter->clause)
		return;
	auto_str words = {0};
	add_field(writing, "title", matter->clause->title);
	words_says(matter->clause, matter->plan, &words);
	add_words(writing, "says", &words);
	words_remedy(matter->clause, matter->plan, &words);
	add_words(writing, "remedy", &words);
	write_offers(writing, matter->clause);
}

static void
write_fields(struct writing *writing, const struct outgoing *out, const struct matter *matter)
{
	const struct config *config = writing->flow->rules.config;
	auto_str since = {0}, subject = {0};
	add_field(writing, "account", matter->account ? matter->account->name : NULL);
	add_field(writing, "plan", matter->account ? matter->account->plan : NULL);
	add_field(writing, "host", config->host);
	add_field(writing, "operator", config->operator);
	str_add_bytes(&subject, matter->label, stored_label_words(matter->label));
	add_words(writing, "subject", &subject);
	write_clause(writing, matter);
	write_measured(writing, matter);
	add_instant(&since, out->casefile ? out->casefile->opened_wall : matter->since);
	add_words(writing, "since", &since);
	if (out->casefile)
		write_case(writing, out, matter->clause);
	else if (out->order->notice == NOTICE_EXCEPTION_ENDS ||
		 out->order->notice == NOTICE_REPLY)
		write_words_beside(writing, out->approach);
}

/* ---- evidence ---- */

static void
add_line(struct writing *writing, const char *subject, int64_t wall, struct str *value,
    struct str *of_limit)
{
	auto_str when = {0};
	add_instant(&when, wall);
	if (writing->notice->evidence_count < MOST_LINES)
		writing->notice->evidence[writing->notice->evidence_count++] =
		    (struct notice_evidence){
			.subject = arena_copy_text(writing->arena, subject),
			.when = arena_copy_text(writing->arena, str_text(&when)),
			.value = arena_copy_text(writing->arena, str_text(value)),
			.of_limit = arena_copy_text(writing->arena, str_text(of_limit)),
		    };
	str_clear(value);
	str_clear(of_limit);
}

/* What a process was seen doing, in words. */
static void
write_deeds(struct writing *writing, const struct casefile *casefile)
{
	auto_str value = {0}, of_limit = {0};
	for (size_t i = 0; i < casefile->exhibit_count; i++) {
		const struct exhibit *exhibit = &casefile->exhibits[i];
		if (!exhibit->deed[0] || exhibit->at < casefile->began)
			continue;
		str_add(&value, exhibit->deed);
		add_line(writing, exhibit->label, exhibit->wall, &value, &of_limit);
	}
}

/*
 * The scripts of this episode, the largest first, as the records told them. What
 * is far below the largest (the wrapper that started it) helps nobody to find it.
 */
static void
write_scripts(struct writing *writing, const struct casefile *casefile)
{
	auto_str value = {0}, of_limit = {0};
	int64_t least = SMALLEST_PART;
	for (size_t i = 0; i < casefile->exhibit_count; i++) {
		const struct exhibit *exhibit = &casefile->exhibits[i];
		if (exhibit->of_own < least || exhibit->measure < 0 ||
		    exhibit->at < casefile->began)
			continue;
		if (exhibit->of_own / FAR_BELOW > least)
			least = exhibit->of_own / FAR_BELOW;
		quantity_add_of(&value, (enum measure)exhibit->measure, exhibit->value);
		quantity_add(&of_limit, UNIT_PERCENT, exhibit->of_own);
		str_add(&of_limit, " of the account's own use");
		if (exhibit->starter)
			str_addf(&of_limit, ", started by %s", starter_words(exhibit->starter));
		add_line(writing, exhibit->label, exhibit->wall, &value, &of_limit);
	}
}

/* Whether a mail breaks the same clause for the same owner, and he heard of it before or not.
 */
static bool
is_listed(const struct casefile *casefile, const struct casefile *first, bool was_told)
{
	return case_is_open(casefile) && text_equal(casefile->clause, first->clause) &&
	       casefile->subject.account == first->subject.account &&
	       casefile->subject.generation == first->subject.generation &&
	       (casefile->told != INT64_MIN) == was_told;
}

static void
write_mail(struct writing *writing, const struct casefile *casefile)
{
	auto_str value = {0}, of_limit = {0}, label = {0};
	str_add_bytes(&label, casefile->label, stored_label_words(casefile->label));
	if (casefile->due_wall) {
		str_add(&value, "until ");
		add_instant(&value, casefile->due_wall);
	}
	add_line(writing, str_text(&label), casefile->opened_wall, &value, &of_limit);
}

/* Gives how many there are. */
static size_t
write_mails_of(
    struct writing *writing, const struct casefile *first, bool was_told, size_t most)
{
	const struct casefile *casefile;
	size_t position = 0, count = 0;
	while ((casefile = cases_next(writing->flow->cases, &position)))
		if (is_listed(casefile, first, was_told) && count++ < most)
			write_mail(writing, casefile);
	return count;
}

/*
 * Every mail that breaks the clause now, when it is due, and how large it is. If there is no
 * room for all, those that no list has had come first.
 */
static void
write_mails(struct writing *writing, const struct casefile *first)
{
	auto_str value = {0}, of_limit = {0}, label = {0};
	size_t count = write_mails_of(writing, first, false, MOST_MAILS);
	count +=
	    write_mails_of(writing, first, true, count < MOST_MAILS ? MOST_MAILS - count : 0);
	if (count <= MOST_MAILS)
		return;
	str_addf(&label, "and %zu more", count - MOST_MAILS);
	add_line(writing, str_text(&label), first->opened_wall, &value, &of_limit);
}

static void
write_evidence(struct writing *writing, const struct casefile *casefile)
{
	if (casefile->subject.kind == KIND_MESSAGE) {
		write_mails(writing, casefile);
		return;
	}
	write_scripts(writing, casefile);
	write_deeds(writing, casefile);
}

/* "U2, Account over a fifth: 31 %, where the limit is 20 %" */
static void
add_other(const struct matter *matter, struct str *also)
{
	str_addf(also, "%s%s, %s", also->length ? "; " : "", matter->clause_id,
	    matter->clause ? matter->clause->title : "");
	/* Another subject than that of the first is named: which script, which file. */
	if (!text_equal(matter->label, matter->account ? matter->account->name : ""))
		str_addf(also, " (%s)", matter->label);
	if (matter->measure < 0)
		return;
	enum unit unit = measure_info((enum measure)matter->measure)->unit;
	str_add(also, ": ");
	quantity_add_of(also, (enum measure)matter->measure, matter->value);
	if (unit == UNIT_NAME)
		return;
	str_add(also, ", where the limit is ");
	quantity_add(also, unit, matter->limit);
}

/* Further clauses of the same mail; a cause that they share is shown once. */
static void
write_others(struct writing *writing, const struct outgoing *orders, size_t count)
{
	const struct casefile *first = orders[0].casefile;
	auto_str also = {0};
	size_t others = 0;
	for (size_t i = 1; i < count; i++) {
		struct matter matter = matter_of(writing->flow, &orders[i]);
		const struct casefile *casefile = orders[i].casefile;
		/* It stands in the list. */
		if (casefile && first && casefile->subject.kind == KIND_MESSAGE &&
		    strcmp(casefile->clause, first->clause) == 0)
			continue;
		if (others++ == MOST_OTHERS)
			break;
		add_other(&matter, &also);
		if (casefile && (!first || casefile->incident != first->incident))
			write_evidence(writing, casefile);
	}
	add_words(writing, "also", &also);
}

/* What was done at once: the acting verbs of the step that tells of it, in the terms' words. */
static void
write_done(struct writing *writing, const struct outgoing *out)
{
	const struct casefile *casefile = out->casefile;
	const struct clause *clause =
	    policy_clause(writing->flow->rules.policy, casefile->clause);
	const struct case_step *step = out->order->step < casefile->steps.count
					   ? &casefile->steps.steps[out->order->step]
					   : NULL;
	struct case_step done = {0};
	auto_str words = {0};
	for (uint32_t i = 0; step && i < step->verb_count; i++)
		if (!step->verbs[i].ask && verb_info(step->verbs[i].verb)->acting)
			done.verbs[done.verb_count++] = step->verbs[i];
	if (clause && done.verb_count)
		add_step_words(clause, &done, &words);
	add_words(writing, "reason", &words);
}

/* Only its owner answers in a case; what the staff are told, they know where to answer. */
static struct answer_matter
answered_about(const struct outgoing *out, bool to_operator)
{
	const struct casefile *casefile = out->casefile;
	if (!casefile || to_operator)
		return (struct answer_matter){0};
	return (struct answer_matter){
	    casefile->number, casefile->subject.account, casefile->subject.generation};
}

void
make_notice(const struct flow *flow, struct arena *arena, const struct outgoing *orders,
    size_t count, struct notice *ret_notice)
{
	const struct outgoing *first = &orders[0];
	struct matter matter = matter_of(flow, first);
	const struct outgoing *acted = NULL;
	for (size_t i = count; i-- > 0;)
		if (orders[i].casefile && orders[i].order->notice == NOTICE_ACTED)
			acted = &orders[i];
	enum notice_kind kind = acted ? NOTICE_ACTED : first->order->notice;
	bool to_operator = first->order->verb == VERB_ALARM || first->order->verb == VERB_AUDIT;
	*ret_notice = (struct notice){
	    .kind = kind,
	    .wall = first->order->wall,
	    .to = to_operator || !matter.account
		      ? ""
		      : arena_copy_text(arena, matter.account->contact),
	    .matter = answered_about(first, to_operator),
	    .fields = arena_alloc(arena, MOST_FIELDS * sizeof(struct notice_field)),
	    .evidence = arena_alloc(arena, MOST_LINES * sizeof(struct notice_evidence)),
	};
	struct writing writing = {flow, arena, ret_notice};
	write_fields(&writing, first, &matter);
	if (acted)
		write_done(&writing, acted);
	if (first->casefile && first->order->notice != NOTICE_RELEASED)
		write_evidence(&writing, first->casefile);
	write_others(&writing, orders, count);
}
