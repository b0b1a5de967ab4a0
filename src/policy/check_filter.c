/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clauses that the mail server's filters carry out (model/filters.def). Postfix and rspamd do
 * one test each and give one answer, and know little of what they say it about. A clause that
 * asks more of them is a mistake here: else it would stand in the terms, and nobody would do
 * it.
 */
#include <string.h>

#include "model/filter.h"
#include "model/quantity.h"
#include "model/standing.h"
#include "policy/check.h"

/* A clause on its way to a rule. */
struct filtering {
	struct checker *checker;
	struct filter_rule *rule;
	const struct condition_node *node; /* the comparison that is looked at */
};

static bool
wrong(const struct filtering *filtering, const char *hint, const char *what)
{
	return check_error(filtering->checker, &filtering->node->at, hint,
	    "the mail server's filter '%s' %s", filter_name(filtering->rule->kind), what);
}

/* ---- which filter ---- */

static bool
asks_filters(const struct condition *condition)
{
	int measure = condition->comparison.measure;
	if (condition->kind == CONDITION_COMPARISON)
		return measure >= 0 && filter_has_measure((enum measure)measure);
	for (size_t i = 0; i < condition->count; i++)
		if (asks_filters(&condition->parts[i]))
			return true;
	return false;
}

/* Of what is asked together the greylist is the filter, and points are its figure. */
static enum measure
measure_of(const struct condition *condition)
{
	while (condition->kind != CONDITION_COMPARISON)
		if (condition->count > 1 &&
		    condition->parts[1].comparison.measure == MEASURE_MAIL_GREYLISTED)
			condition = &condition->parts[1];
		else
			condition = &condition->parts[0];
	int measure = condition->comparison.measure;
	return measure < 0 ? MEASURE_COUNT : (enum measure)measure;
}

static bool
find_filter(struct checker *checker, const struct verb_use *answer, struct filter_rule *rule)
{
	const struct clause_draft *draft = checker->draft;
	enum measure measure = measure_of(draft->clause->when);
	int kind = filter_for(measure, answer->verb);
	rule->kind = (enum filter_kind)kind;
	if (kind >= 0)
		return true;
	for (kind = 0; kind < FILTER_COUNT; kind++)
		if (filter_measure((enum filter_kind)kind) == measure)
			return check_error(checker, &draft->parts[PART_THEN]->at, NULL,
			    "the mail server's filter '%s' cannot %s",
			    filter_name((enum filter_kind)kind), verb_info(answer->verb)->name);
	return check_error(checker, &draft->parts[PART_WHEN]->at, "make two clauses of it",
	    "the mail server's filters do one test each");
}

/* ---- when ---- */

/* `is missing`, `is not good`, `in { missing forged }`. */
static int64_t
values_of(const struct comparison *comparison)
{
	int64_t values = 0, all = 0;
	enum measure measure = (enum measure)comparison->measure;
	for (int index = 0; index < 8; index++) {
		auto_str word = {0};
		measure_value_add(&word, measure, index);
		if (word.length && measure_value_find(measure, str_text(&word)) == index)
			all |= INT64_C(1) << index;
	}
	if (comparison->operator== COMPARE_IN)
		for (size_t i = 0; i < comparison->operand.count; i++)
			values |= INT64_C(1) << comparison->operand.members[i].number;
	else
		values = INT64_C(1) << comparison->operand.number;
	return comparison->negated ? all & ~values : values;
}

/* Of each measure the first word is what is honest. */
static bool
read_values(struct filtering *filtering, const struct comparison *comparison)
{
	filtering->rule->values |= values_of(comparison);
	if (!filtering->rule->values)
		return wrong(filtering, NULL, "is asked about nobody");
	if (filtering->rule->values & 1)
		return wrong(filtering, NULL, "does not turn away who is in order");
	if (filtering->rule->kind == FILTER_REVERSE && !(filtering->rule->values & 2))
		return wrong(filtering, "write 'is not good'",
		    "finds a forged name only together with a missing one");
	return true;
}

static bool
read_number(struct filtering *filtering, const struct comparison *comparison)
{
	struct filter_rule *rule = filtering->rule;
	bool is_more = comparison->operator== COMPARE_MORE;
	bool is_rate = rule->kind == FILTER_RATE;
	if (comparison->operand.kind != OPERAND_LITERAL)
		return wrong(filtering, NULL, "is the same for everybody: it wants a number");
	if ((!is_more && comparison->operator!= COMPARE_AT_LEAST) || comparison->negated)
		return wrong(filtering, NULL, "wants '>' or '>='");
	/* Points have fractions. */
	if (is_more && !is_rate && rule->kind != FILTER_LISTS)
		return wrong(filtering, NULL, "wants '>=' and points");
	rule->most = comparison->operand.number;
	if (is_rate && !is_more)
		rule->most--;
	else if (rule->kind == FILTER_LISTS && is_more)
		rule->most++;
	if (rule->most < 1 || rule->most > 1000000)
		return wrong(filtering, NULL, "wants a number from 1 to 1_000_000");
	return true;
}

static bool
read_window(struct filtering *filtering, const struct comparison *comparison)
{
	if (comparison->hold || comparison->times || comparison->percent_of_runs ||
	    comparison->group)
		return wrong(filtering, NULL, "looks at one mail, or counts in one window");
	if (comparison->window == WINDOW_NONE && filtering->rule->kind == FILTER_RATE)
		return wrong(filtering, "add, for example, 'within 10m'", "counts in a window");
	if (comparison->span % 1000)
		return wrong(filtering, NULL, "counts in whole seconds");
	filtering->rule->window = comparison->span;
	return true;
}

static bool
read_comparison(struct filtering *filtering, const struct condition_node *node,
    const struct condition *condition)
{
	const struct comparison *comparison = &condition->comparison;
	filtering->node = node;
	if (!read_window(filtering, comparison))
		return false;
	enum unit unit = measure_info((enum measure)comparison->measure)->unit;
	if (unit == UNIT_NAME)
		return read_values(filtering, comparison);
	if (unit == UNIT_COUNT)
		return read_number(filtering, comparison);
	return !comparison->negated ||
	       wrong(filtering, NULL, "does not turn away who is in order");
}

/* Which measures may stand beside each other: words of one with `or`, and points with the
 * greylist. */
static bool
fits(const struct filter_rule *rule, const struct condition *whole,
    const struct condition *condition)
{
	int measure = condition->comparison.measure;
	if (condition->kind != CONDITION_COMPARISON || measure < 0)
		return false;
	if (whole->kind == CONDITION_AND)
		return rule->kind == FILTER_GREYLIST && whole->count == 2 &&
		       (measure == MEASURE_MAIL_GREYLISTED ||
			   measure == MEASURE_MAIL_SPAM_SCORE);
	return measure == (int)filter_measure(rule->kind) &&
	       (whole->kind == CONDITION_COMPARISON ||
		   (whole->kind == CONDITION_OR &&
		       measure_info((enum measure)measure)->unit == UNIT_NAME));
}

static bool
read_when(struct filtering *filtering)
{
	const struct clause_draft *draft = filtering->checker->draft;
	const struct condition *whole = draft->clause->when;
	const struct condition_node *node = draft->parts[PART_WHEN]->condition;
	bool is_one = whole->kind == CONDITION_COMPARISON;
	size_t count = is_one ? 1 : whole->count;
	const struct condition_node *part = is_one ? node : node->parts;
	for (size_t i = 0; i < count && part; i++, part = part->next) {
		const struct condition *condition = is_one ? whole : &whole->parts[i];
		filtering->node = part;
		if (!fits(filtering->rule, whole, condition))
			return wrong(filtering, "make two clauses of it", "does one test");
		if (!read_comparison(filtering, part, condition))
			return false;
	}
	/* Asked of everybody it would delay each first letter of an honest stranger. */
	if (filtering->rule->kind == FILTER_GREYLIST && !filtering->rule->most)
		return wrong(filtering, "add, for example, 'and mail.spam-score >= 6'",
		    "asks mails that have some points");
	return true;
}

/* ---- then ---- */

static const struct verb_use *
answer_of(const struct clause *clause)
{
	const struct ladder *then = &clause->ladders[LADDER_THEN];
	for (size_t i = 0; then->count && i < then->steps[0].verb_count; i++)
		if (verb_info(then->steps[0].verbs[i].verb)->when == WHEN_ANSWER)
			return &then->steps[0].verbs[i];
	return NULL;
}

static bool
check_alone(struct checker *checker)
{
	static const enum part_kind others[] = {
	    PART_IMPOSED, PART_IF_AGAIN, PART_IF_EMERGENCY, PART_IF_UNKNOWN};
	const struct clause_draft *draft = checker->draft;
	const struct ladder *then = &draft->clause->ladders[LADDER_THEN];
	for (size_t i = 0; i < array_length(others); i++)
		if (draft->parts[others[i]])
			return check_error(checker, &draft->parts[others[i]]->at,
			    "say 'when' and 'then'", "the mail server's filters know no '%s'",
			    part_name(others[i]));
	if (then->count > 1 || then->steps[0].verb_count > 1)
		return check_error(checker, &draft->parts[PART_THEN]->at, "leave one",
		    "the mail server's filters give one answer, and do nothing else");
	return true;
}

/* Postfix and rspamd name the rest in their own words before these. */
static bool
check_words(struct checker *checker, enum filter_kind kind, const struct verb_use *answer)
{
	static const char *const unknown[] = {"{sender}", "{recipient}", "{helo}", "{list}",
	    "{virus}", "{part}", "{count}", "{case}", "{mailbox}", "{other-client}"};
	const struct part *then = checker->draft->parts[PART_THEN];
	const char *text = answer->text ? answer->text : "";
	const char *found = NULL;
	for (size_t i = 0; i < array_length(unknown) && !found; i++)
		found = strstr(text, unknown[i]) ? unknown[i] : NULL;
	bool waits = kind == FILTER_GREYLIST || kind == FILTER_RATE;
	if (!found && !waits && strstr(text, "{retry}"))
		found = "{retry}";
	return !found ||
	       check_error(checker, &then->at,
		   "it names the greeting, the sender or the list itself, and knows {client}",
		   "the mail server's filter '%s' does not know %s", filter_name(kind), found);
}

static const char *
text_of(struct checker *checker, const struct filter_rule *rule, const char *text)
{
	auto_str limit = {0}, window = {0}, retry = {0}, out = {0};
	quantity_add_exact(&limit, UNIT_COUNT, rule->most);
	quantity_add_exact(&window, UNIT_TIME, rule->window);
	quantity_add_exact(
	    &retry, UNIT_TIME, rule->kind == FILTER_RATE ? rule->window : GREYLIST_WAIT_MS);
	const struct standing_word words[] = {{"limit", str_text(&limit)},
	    {"window", str_text(&window)}, {"retry", str_text(&retry)},
	    {"clause", rule->clause}, {"title", checker->draft->clause->title}};
	standing_fill(text ? text : "", words, array_length(words), false, &out);
	return arena_copy_text(checker->arena, str_text(&out));
}

/* ---- both ---- */

static const char *
place_of(struct checker *checker)
{
	const struct spot *spot = &checker->draft->parts[PART_WHEN]->at;
	return arena_printf(checker->arena, "%s:%zu", spot->source->name, spot_line(spot));
}

void
check_filter(struct checker *checker)
{
	const struct clause_draft *draft = checker->draft;
	struct clause *clause = draft->clause;
	const struct verb_use *answer = answer_of(clause);
	if (draft->dropped || clause->kind != CLAUSE_BINDS_CUSTOMER || !clause->when ||
	    !answer || !asks_filters(clause->when))
		return;
	struct filter_rule *rule = arena_alloc(checker->arena, sizeof(*rule));
	*rule = (struct filter_rule){
	    .clause = clause->id, .answer = answer->verb, .mode = clause->mode};
	struct filtering filtering = {.checker = checker, .rule = rule};
	if (!check_alone(checker) || !find_filter(checker, answer, rule) ||
	    !read_when(&filtering) || !check_words(checker, rule->kind, answer))
		return;
	rule->text = text_of(checker, rule, answer->text);
	rule->at = place_of(checker);
	clause->filter = rule;
}

void
check_filter_twins(struct checker *checker)
{
	const struct clause_draft *first[FILTER_COUNT] = {0}, *draft;
	size_t position = 0;
	while ((draft = map_next(checker->clauses, &position))) {
		const struct filter_rule *rule = draft->clause->filter;
		if (rule && first[rule->kind])
			check_error(checker, &draft->statement->name.at, "drop one of them",
			    "the mail server has one filter '%s', and %s asks it, too",
			    filter_name(rule->kind), first[rule->kind]->clause->id);
		else if (rule)
			first[rule->kind] = draft;
	}
}
