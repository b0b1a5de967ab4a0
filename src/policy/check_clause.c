/* SPDX-License-Identifier: Apache-2.0 */
/* Clauses: which parts stand where, and each part into its rule. */
#include "policy/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define P(symbol) (1u << PART_##symbol)
enum {
	LADDER_PARTS = 1u << PART_THEN | 1u << PART_IF_AGAIN | 1u << PART_IF_EMERGENCY |
		       1u << PART_IF_UNKNOWN,
	CLAUSE_PARTS = 1u << PART_SAYS | 1u << PART_WHEN | 1u << PART_IMPOSED | LADDER_PARTS |
		       1u << PART_ENDS | 1u << PART_OFFERS | 1u << PART_REMEDY |
		       1u << PART_MODE,
	COVERED_PARTS =
	    1u << PART_SAYS | 1u << PART_COVERED | 1u << PART_OFFERS | 1u << PART_REMEDY,
	PROMISE_PARTS = 1u << PART_SAYS | 1u << PART_PROVIDES | 1u << PART_WHEN |
			1u << PART_THEN | 1u << PART_IF_UNKNOWN | 1u << PART_ENDS |
			1u << PART_OFFERS | 1u << PART_REMEDY | 1u << PART_MODE,
	EMERGENCY_PARTS =
	    1u << PART_SAYS | 1u << PART_PROVIDES | 1u << PART_WHEN | 1u << PART_ENDS,
	SCRUTINY_PARTS = 1u << PART_SAYS | 1u << PART_PROVIDES | 1u << PART_WHEN |
			 1u << PART_SHORTEN_WAITS | 1u << PART_SHORTEN_DELAYS | 1u << PART_ENDS,
};

/* What each kind of clause may say, and must. */
struct form {
	const char *name;
	enum clause_kind kind;
	uint32_t allowed;
	uint32_t needed;
};

static const struct form covered_form = {
    "a clause that others cover", CLAUSE_BINDS_CUSTOMER, COVERED_PARTS, P(COVERED)};

static const struct form *
form_of(const struct clause_draft *draft)
{
	static const struct form clause = {
	    "a clause", CLAUSE_BINDS_CUSTOMER, CLAUSE_PARTS, P(WHEN) | P(THEN)};
	static const struct form promise = {
	    "a promise", CLAUSE_PROMISE, PROMISE_PARTS, P(WHEN) | P(THEN)};
	static const struct form emergency = {
	    "an emergency", CLAUSE_EMERGENCY, EMERGENCY_PARTS, P(WHEN)};
	static const struct form scrutiny = {
	    "a scrutiny", CLAUSE_SCRUTINY, SCRUTINY_PARTS, P(WHEN)};
	switch ((int)draft->statement->kind) {
	case STATEMENT_PROMISE:
		return &promise;
	case STATEMENT_EMERGENCY:
		return &emergency;
	case STATEMENT_SCRUTINY:
		return &scrutiny;
	default:
		return draft->parts[PART_COVERED] ? &covered_form : &clause;
	}
}

static void
check_parts(struct checker *checker, const struct clause_draft *draft, const struct form *form)
{
	const struct word *id = &draft->statement->name;
	for (int kind = 0; kind < PART_COUNT; kind++) {
		const struct part *part = draft->parts[kind];
		const char *name = part_name((enum part_kind)kind);
		if (part && !(form->allowed & 1u << kind))
			check_error(
			    checker, &part->at, NULL, "%s cannot say '%s'", form->name, name);
		if (!part && form->needed & 1u << kind && !draft->statement->broken)
			check_error(
			    checker, &id->at, NULL, "%s does not say '%s'", id->text, name);
	}
}

static bool
check_subject(
    struct checker *checker, const struct clause_draft *draft, const struct form *form)
{
	const struct word *subject = &draft->statement->subject;
	const char *names[KIND_COUNT + 1] = {NULL};
	for (int i = 0; i < KIND_COUNT; i++)
		names[i] = kind_name((enum subject_kind)i);
	draft->clause->subject =
	    form->kind == CLAUSE_SCRUTINY || form == &covered_form ? KIND_ACCOUNT : KIND_HOST;
	if (form == &covered_form && subject->text)
		return check_error(checker, &subject->at, "leave 'for each' out",
		    "a clause that others cover has no subject of its own");
	if (form == &covered_form || form->kind == CLAUSE_EMERGENCY ||
	    form->kind == CLAUSE_SCRUTINY)
		return true;
	if (!subject->text)
		return draft->statement->broken ||
		       check_error(checker, &draft->statement->name.at,
			   "add, for example, 'for each account'", "%s does not say for whom",
			   draft->statement->name.text);
	int kind = kind_find(subject->text);
	if (kind < 0)
		return check_error(checker, &subject->at,
		    check_suggestion(checker, subject->text, names), "there is no subject '%s'",
		    subject->text);
	draft->clause->subject = (enum subject_kind)kind;
	return true;
}

static bool
has_own_measure(const struct condition *condition, enum subject_kind subject)
{
	const struct comparison *comparison = &condition->comparison;
	if (condition->kind == CONDITION_COMPARISON)
		return comparison->measure >= 0 &&
		       measure_info((enum measure)comparison->measure)->kinds & 1u << subject;
	for (size_t i = 0; i < condition->count; i++)
		if (has_own_measure(&condition->parts[i], subject))
			return true;
	return false;
}

static void
check_when(struct checker *checker, struct clause_draft *draft)
{
	const struct part *part = draft->parts[PART_WHEN];
	struct clause *clause = draft->clause;
	if (!part)
		return;
	struct condition *condition = arena_alloc(checker->arena, sizeof(*condition));
	checker->comparisons = 0;
	if (!check_condition(checker, part->condition, clause->subject, condition))
		return;
	clause->when = condition;
	if (!has_own_measure(condition, clause->subject))
		check_error(checker, &part->condition->at, NULL,
		    "nothing in this condition is kept for %s",
		    check_a(checker, kind_name(clause->subject)));
}

/* `when TERM` stands in place of `when kept`, and nobody but the operator means nobody else. */
static void
check_ends(struct checker *checker, struct clause_draft *draft)
{
	const struct part *part = draft->parts[PART_ENDS];
	struct ends *ends = &draft->clause->ends;
	if (!part) {
		*ends = (struct ends){
		    .kept = true, .by_owner = draft->clause->kind == CLAUSE_BINDS_CUSTOMER};
		return;
	}
	for (const struct end_node *end = part->ends; end; end = end->next) {
		bool again = (end->kind == END_KEPT && ends->kept) ||
			     (end->kind == END_WHEN && ends->when) ||
			     (end->kind == END_OWNER && ends->by_owner) ||
			     (end->kind == END_OPERATOR && ends->by_operator);
		if (again)
			check_error(
			    checker, &end->at, "leave one out", "this stands here twice");
		if (end->kind == END_WHEN) {
			struct condition *condition =
			    arena_alloc(checker->arena, sizeof(*condition));
			checker->comparisons = 0;
			if (check_condition(
				checker, end->when, draft->clause->subject, condition))
				ends->when = condition;
		}
		if (end->kind == END_KEPT && end->kept_for.text &&
		    check_time(checker, &end->kept_for, DAYS(30)))
			ends->kept_for = end->kept_for.ms;
		ends->kept |= end->kind == END_KEPT;
		ends->by_owner |= end->kind == END_OWNER;
		ends->by_operator |= end->kind == END_OPERATOR;
	}
	if (ends->kept && ends->when)
		check_error(checker, &part->at, "leave one out",
		    "a case ends when kept, or when something else holds, not both");
	ends->by_operator = ends->by_operator && !ends->kept && !ends->when && !ends->by_owner;
}

static void
check_services(struct checker *checker, const struct part *part,
    const enum service **ret_services, size_t *ret_count)
{
	const char *names[SERVICE_COUNT + 1] = {NULL};
	enum service *services = arena_alloc(checker->arena, SERVICE_COUNT * sizeof(*services));
	size_t count = 0;
	for (int i = 0; i < SERVICE_COUNT; i++)
		names[i] = service_info((enum service)i)->name;
	for (const struct word *word = part ? part->words : NULL; word; word = word->next) {
		int service = service_find(word->text);
		bool twice = false;
		for (size_t i = 0; i < count; i++)
			twice |= services[i] == (enum service)service;
		if (service < 0)
			check_error(checker, &word->at,
			    check_suggestion(checker, word->text, names),
			    "unknown service '%s'", word->text);
		else if (twice)
			check_error(checker, &word->at, "leave one out",
			    "'%s' stands here twice", word->text);
		else
			services[count++] = (enum service)service;
	}
	*ret_services = services;
	*ret_count = count;
}

static void
check_mode(struct checker *checker, const struct clause_draft *draft)
{
	const struct part *part = draft->parts[PART_MODE];
	draft->clause->mode = MODE_ENFORCE;
	if (!part)
		return;
	int mode = mode_find(part->words->text);
	if (mode < 0)
		check_error(checker, &part->words->at, "one of observe, warn, enforce",
		    "there is no mode '%s'", part->words->text);
	else
		draft->clause->mode = (enum mode)mode;
}

static void
check_shorten(struct checker *checker, const struct part *part, uint32_t *ret_percent)
{
	if (!part)
		return;
	if (part->percent->number < 1 || part->percent->number > 10000)
		check_error(checker, &part->percent->at, "between 0.01% and 100%",
		    "%s does not shorten anything", part->percent->text);
	else
		*ret_percent = (uint32_t)part->percent->number;
}

static void
check_ladders(struct checker *checker, struct clause_draft *draft)
{
	static const enum part_kind parts[LADDER_COUNT] = {[LADDER_THEN] = PART_THEN,
	    [LADDER_AGAIN] = PART_IF_AGAIN,
	    [LADDER_EMERGENCY] = PART_IF_EMERGENCY,
	    [LADDER_UNKNOWN] = PART_IF_UNKNOWN};
	for (int kind = 0; kind < LADDER_COUNT; kind++) {
		const struct part *part = draft->parts[parts[kind]];
		if (part && !check_ladder(checker, (enum ladder_kind)kind, part))
			draft->clause->ladders[kind].count = 0;
	}
	const struct part *again = draft->parts[PART_IF_AGAIN];
	if (again && check_time(checker, &again->within, DAYS(365)))
		draft->clause->again_within = again->within.ms;
}

static void
check_covered(struct checker *checker, struct clause_draft *draft)
{
	const struct part *part = draft->parts[PART_COVERED];
	size_t count = 0;
	for (const struct word *word = part ? part->words : NULL; word; word = word->next)
		count++;
	const char **ids = arena_alloc(checker->arena, count * sizeof(*ids));
	for (const struct word *word = part ? part->words : NULL; word; word = word->next)
		ids[draft->clause->cover_count++] = arena_copy_text(checker->arena, word->text);
	draft->clause->covered_by = ids;
}

static const char *
text_of(struct checker *checker, const struct part *part)
{
	return part ? arena_copy_text(checker->arena, part->text->joined) : NULL;
}

/* The lexer takes no longer id; were it to, it must not run over here. */
static void
copy_id(char ret_id[static CLAUSE_ID_SIZE], const char *text)
{
	size_t length = strnlen(text, CLAUSE_ID_SIZE - 1);
	memcpy(ret_id, text, length);
	ret_id[length] = '\0';
}

static void
check_clause(struct checker *checker, struct clause_draft *draft)
{
	const struct form *form = form_of(draft);
	const struct part *imposed = draft->parts[PART_IMPOSED];
	struct clause *clause = draft->clause = arena_alloc(checker->arena, sizeof(*clause));
	*clause = (struct clause){.kind = form->kind, .terms = draft->terms};
	copy_id(clause->id, draft->statement->name.text);
	clause->title = draft->statement->title
			    ? arena_copy_text(checker->arena, draft->statement->title->joined)
			    : "";
	clause->says = text_of(checker, draft->parts[PART_SAYS]);
	clause->remedy = text_of(checker, draft->parts[PART_REMEDY]);
	clause->imposed_in_emergency = imposed && imposed->in_emergency;
	clause->imposed_by_operator = imposed && imposed->by_operator;
	clause->imposed = clause->imposed_in_emergency || clause->imposed_by_operator;
	check_parts(checker, draft, form);
	check_services(
	    checker, draft->parts[PART_PROVIDES], &clause->provides, &clause->provide_count);
	check_services(
	    checker, draft->parts[PART_OFFERS], &clause->offers, &clause->offer_count);
	check_mode(checker, draft);
	check_shorten(checker, draft->parts[PART_SHORTEN_WAITS], &clause->shorten_waits);
	check_shorten(checker, draft->parts[PART_SHORTEN_DELAYS], &clause->shorten_delays);
	check_covered(checker, draft);
	if (!check_subject(checker, draft, form))
		return;
	check_when(checker, draft);
	check_ladders(checker, draft);
	check_ends(checker, draft);
	check_answers(checker);
	check_filter(checker);
	check_texts(checker);
}

/* A covered clause needs at least one clause in force that keeps it. */
static void
check_cover(struct checker *checker, const struct clause_draft *draft)
{
	const struct part *part = draft->parts[PART_COVERED];
	bool covered = false;
	for (const struct word *word = part ? part->words : NULL; word; word = word->next) {
		size_t position = 0;
		bool there = false;
		const struct clause_draft *other;
		while ((other = map_next(checker->clauses, &position)))
			if (other != draft &&
			    clause_id_covers(word->text, other->statement->name.text)) {
				there = true;
				covered |= !other->dropped;
			}
		if (!there)
			check_error(checker, &word->at,
			    check_suggestion(checker, word->text,
				check_names(checker, checker->clauses, "")),
			    "there is no clause %s", word->text);
		covered |= !there;
	}
	if (part && !covered)
		check_error(checker, &part->at, "drop this clause too, or keep one of them",
		    "all clauses that cover %s are dropped", draft->statement->name.text);
}

static int
by_id(const void *left, const void *right)
{
	const struct clause *one = left, *other = right;
	return strcmp(one->id, other->id);
}

static void
keep_clauses(struct checker *checker)
{
	struct policy *policy = checker->policy;
	struct clause *clauses =
	    arena_alloc(checker->arena, map_count(checker->clauses) * sizeof(*clauses));
	size_t position = 0, count = 0;
	const struct clause_draft *draft;
	while ((draft = map_next(checker->clauses, &position)))
		if (!draft->dropped)
			clauses[count++] = *draft->clause;
	if (count)
		qsort(clauses, count, sizeof(*clauses), by_id);
	policy->clauses = clauses;
	policy->clause_count = count;
	for (size_t i = 0; i < count; i++) {
		if (clauses[i].kind == CLAUSE_EMERGENCY)
			policy->emergency = &clauses[i];
		if (clauses[i].kind == CLAUSE_SCRUTINY)
			policy->scrutiny = &clauses[i];
	}
}

/* One emergency and one scrutiny to a set. */
static void
check_single(struct checker *checker, enum statement_kind kind, const char *what)
{
	size_t position = 0;
	const struct clause_draft *draft, *first = NULL;
	while ((draft = map_next(checker->clauses, &position))) {
		if (draft->statement->kind != kind || draft->dropped)
			continue;
		if (first)
			check_error(checker, &draft->statement->name.at, NULL,
			    "there can be one %s only, and %s is one already %s", what,
			    first->statement->name.text,
			    check_where(checker, &first->statement->at, &draft->statement->at));
		first = first ? first : draft;
	}
}

void
check_clauses(struct checker *checker)
{
	size_t position = 0;
	struct clause_draft *draft;
	while ((draft = map_next(checker->clauses, &position))) {
		checker->draft = draft;
		check_clause(checker, draft);
		checker->draft = NULL;
		check_cover(checker, draft);
	}
	check_filter_twins(checker);
	check_single(checker, STATEMENT_EMERGENCY, "emergency");
	check_single(checker, STATEMENT_SCRUTINY, "scrutiny");
	keep_clauses(checker);
}
