/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: measures, units, windows. */
#include "policy/check.h"

#include <string.h>

/* Kinds in words: "file and message". */
static const char *
kinds_text(struct checker *checker, uint32_t kinds)
{
	auto_str text = {0};
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (!(kinds & 1u << kind))
			continue;
		kinds &= ~(1u << kind);
		if (text.length)
			str_add(&text, kinds >> kind ? ", " : " and ");
		str_add(&text, kind_name((enum subject_kind)kind));
	}
	return arena_copy_text(checker->scratch, str_text(&text));
}

static bool
is_kept_for(const struct measure_info *info, enum subject_kind subject)
{
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (info->kinds & 1u << kind && check_within(subject, (enum subject_kind)kind))
			return true;
	return false;
}

static bool
wrong_kind(struct checker *checker, const struct word *word, const struct measure_info *info,
    enum subject_kind subject)
{
	enum statement_kind statement = checker->draft->statement->kind;
	const char *hint = NULL;
	if (statement == STATEMENT_CLAUSE || statement == STATEMENT_PROMISE)
		hint =
		    arena_printf(checker->scratch, "say 'for each %s' instead of 'for each %s'",
			kind_name((enum subject_kind)__builtin_ctz(info->kinds)),
			kind_name(subject));
	return check_error(checker, &word->at, hint, "'%s' is kept for %s, not for %s",
	    word->text, kinds_text(checker, info->kinds), check_a(checker, kind_name(subject)));
}

static const char *const *
measure_names(struct checker *checker)
{
	const char **names =
	    arena_alloc(checker->scratch, (MEASURE_COUNT + 1) * sizeof(*names));
	for (int i = 0; i < MEASURE_COUNT; i++)
		names[i] = measure_info((enum measure)i)->name;
	return names;
}

/* One comparison on its way to a rule. */
struct weighing {
	const struct comparison_node *node;
	const struct measure_info *info;
	enum subject_kind subject;
	struct comparison *out;
};

/* A yes/no limit alone: `not plan.web-irc`. */
static bool
check_lone_limit(struct checker *checker, struct weighing *weighing)
{
	const struct comparison_node *node = weighing->node;
	struct operand limit;
	if (!check_limit_word(checker, &node->left, &limit))
		return false;
	if (node->operator!= COMPARE_HOLDS)
		return check_error(checker, &node->left.at,
		    "write the measure first, the limit behind",
		    "a limit is not measured, it cannot be compared");
	if (limit.unit != UNIT_YES_NO)
		return check_error(checker, &node->left.at, "compare a measure with it",
		    "'%s' is %s, only yes or no stands alone", node->left.text,
		    check_a(checker, unit_name(limit.unit)));
	weighing->out->measure = -1;
	weighing->out->limit = limit.text;
	return true;
}

static bool
check_measure(struct checker *checker, struct weighing *weighing)
{
	const struct word *left = &weighing->node->left;
	int measure = measure_find(left->text);
	if (measure < 0)
		return check_error(checker, &left->at,
		    check_suggestion(checker, left->text, measure_names(checker)),
		    "unknown measure '%s'", left->text);
	weighing->info = measure_info((enum measure)measure);
	weighing->out->measure = measure;
	if (checker->draft->statement->kind == STATEMENT_EMERGENCY &&
	    measure == MEASURE_HOST_EMERGENCY)
		return check_error(
		    checker, &left->at, NULL, "an emergency cannot ask for itself");
	if (!is_kept_for(weighing->info, weighing->subject))
		return wrong_kind(checker, left, weighing->info, weighing->subject);
	return true;
}

static bool
is_quantity(enum unit unit)
{
	return unit == UNIT_COUNT || unit == UNIT_TIME || unit == UNIT_SIZE ||
	       unit == UNIT_PERCENT || unit == UNIT_RATE || unit == UNIT_SIZE_RATE;
}

static bool
wrong_operator(struct checker *checker, const struct weighing *weighing, const char *hint)
{
	const struct spot *at = weighing->node->operator== COMPARE_HOLDS
				    ? &weighing->node->left.at
				    : & weighing->node->operator_at;
	return check_error(checker, at, hint, "'%s' is %s, it cannot be compared like this",
	    weighing->info->name, check_a(checker, unit_name(weighing->info->unit)));
}

static bool
check_operator(struct checker *checker, const struct weighing *weighing)
{
	enum unit unit = weighing->info->unit;
	switch (weighing->node->operator) {
	case COMPARE_HOLDS:
		return unit == UNIT_YES_NO ||
		       check_error(checker, &weighing->node->left.at,
			   "compare it with something, for example with '>'",
			   "'%s' is %s, only yes or no stands alone", weighing->info->name,
			   check_a(checker, unit_name(unit)));
	case COMPARE_MORE:
	case COMPARE_AT_LEAST:
	case COMPARE_LESS:
	case COMPARE_AT_MOST:
		return is_quantity(unit) ||
		       wrong_operator(checker, weighing,
			   unit == UNIT_YES_NO ? "yes/no stands alone: leave the comparison out"
					       : "'>' and '<' are for quantities");
	case COMPARE_IS:
		return unit == UNIT_NAME ||
		       wrong_operator(checker, weighing, "'is' is for listed values");
	case COMPARE_IN:
		return unit != UNIT_YES_NO ||
		       wrong_operator(
			   checker, weighing, "yes/no stands alone: leave the comparison out");
	case COMPARE_MATCHES:
		return unit == UNIT_TEXT ||
		       wrong_operator(checker, weighing, "'matches' is for texts");
	}
	return false;
}

/* The listed values of a measure, ending with NULL. */
static const char *const *
listed_values(struct checker *checker, const struct measure_info *info)
{
	const char **words =
	    arena_alloc(checker->scratch, (strlen(info->words) + 2) * sizeof(*words));
	char *at = arena_copy_text(checker->scratch, info->words), *rest = at;
	for (size_t i = 0; (at = strtok_r(NULL, " ", &rest)); i++)
		words[i] = at;
	return words;
}

static bool
check_listed(struct checker *checker, const struct weighing *weighing,
    const struct value_node *node, struct operand *ret_operand)
{
	const char *const *words = listed_values(checker, weighing->info);
	if (node->kind != VALUE_NAME)
		return check_error(checker, &node->at,
		    arena_printf(checker->scratch, "one of %s", weighing->info->words),
		    "'%s' has listed values only", weighing->info->name);
	for (int64_t i = 0; words[i]; i++)
		if (strcmp(words[i], node->text) == 0) {
			*ret_operand = (struct operand){.kind = OPERAND_NAME,
			    .unit = UNIT_NAME,
			    .number = i,
			    .text = arena_copy_text(checker->arena, node->text)};
			return true;
		}
	const char *hint = check_suggestion(checker, node->text, words);
	return check_error(checker, &node->at,
	    hint ? hint
		 : arena_printf(checker->scratch, "it is one of %s", weighing->info->words),
	    "'%s' is never '%s'", weighing->info->name, node->text);
}

static bool
check_listed_set(struct checker *checker, const struct weighing *weighing,
    const struct value_node *node, struct operand *ret_operand)
{
	size_t count = 0;
	for (const struct value_node *member = node->members; member; member = member->next)
		count++;
	struct operand *members = arena_alloc(checker->arena, count * sizeof(*members));
	size_t filled = 0;
	for (const struct value_node *member = node->members; member; member = member->next) {
		if (!check_listed(checker, weighing, member, &members[filled]))
			return false;
		for (size_t i = 0; i < filled; i++)
			if (members[i].number == members[filled].number)
				return check_error(checker, &member->at, "leave one out",
				    "'%s' stands here twice", member->text);
		filled++;
	}
	*ret_operand = (struct operand){
	    .kind = OPERAND_SET, .unit = UNIT_NAME, .count = count, .members = members};
	return true;
}

static bool
check_right(struct checker *checker, const struct weighing *weighing)
{
	const struct value_node *value = weighing->node->value;
	struct operand *operand = &weighing->out->operand;
	bool in = weighing->node->operator== COMPARE_IN;
	if (!value)
		return true;
	if (weighing->info->unit == UNIT_NAME)
		return value->kind == VALUE_SET && in
			   ? check_listed_set(checker, weighing, value, operand)
			   : check_listed(checker, weighing, value, operand);
	if (!check_value(checker, value, operand) ||
	    !check_unit(checker, value, operand, weighing->info->name, weighing->info->unit))
		return false;
	bool is_set = check_is_set(checker, operand) ||
		      (in && operand->unit == UNIT_ADDRESS); /* a network */
	if (operand->unit == UNIT_UNKNOWN)
		operand->unit = weighing->info->unit;
	if (in && !is_set)
		return check_error(checker, &value->at, "write { ... } around it",
		    "'in' needs a set, this is a single value");
	if (!in && is_set)
		return check_error(
		    checker, &value->at, "write 'in'", "this is a set of values");
	return true;
}

/* What an event's amounts or a distinct measure's values are counted in: the word in the table.
 */
static const char *
counted(const struct measure_info *info)
{
	return info->unit != UNIT_NAME && info->words[0] ? info->words : "values";
}

static bool
wrong_window(struct checker *checker, const struct weighing *weighing, bool sums)
{
	const struct comparison_node *node = weighing->node;
	const char *hint = arena_printf(
	    checker->scratch, "write '%s %s'", sums ? "within" : "over", node->span.text);
	if (sums)
		return check_error(checker, &node->window_at, hint,
		    "'over' is for means, but '%s' adds up %s", weighing->info->name,
		    counted(weighing->info));
	return check_error(checker, &node->window_at, hint,
	    "'within' is for sums, but '%s' is a %s", weighing->info->name,
	    weighing->info->class == CLASS_SHARE ? "share" : "level");
}

static bool
check_window_kind(struct checker *checker, const struct weighing *weighing)
{
	const struct comparison_node *node = weighing->node;
	enum measure_class class = weighing->info->class;
	bool sums = class == CLASS_EVENT || class == CLASS_DISTINCT;
	bool needs = class == CLASS_SHARE || class == CLASS_DISTINCT ||
		     (class == CLASS_EVENT && weighing->info->unit == UNIT_COUNT);
	if (node->window == WINDOW_NONE && needs)
		return check_error(checker, &node->left.at,
		    sums ? "add, for example, 'within 1h'" : "add, for example, 'over 10m'",
		    "'%s' needs a stretch of time", weighing->info->name);
	if (node->window == WINDOW_NONE)
		return true;
	if (class == CLASS_ATTRIBUTE)
		return check_error(checker, &node->window_at, "leave it out, or write 'for'",
		    "'%s' is a fact, it has no window", weighing->info->name);
	if (sums != (node->window == WINDOW_WITHIN))
		return wrong_window(checker, weighing, sums);
	return true;
}

/* What frames carry is known window by window; of the rest the engine keeps one sum or mean. */
static bool
is_counted_by_window(const struct measure_info *info)
{
	bool carried = info->resource == RESOURCE_CPU || info->resource == RESOURCE_MEMORY ||
		       info->resource == RESOURCE_IO;
	return carried && info->kinds & 1u << KIND_PROCESS;
}

/* 3 times within 1h: of the spans that fit into the stretch. */
static bool
check_times(struct checker *checker, const struct weighing *weighing)
{
	const struct comparison_node *node = weighing->node;
	if (!node->times)
		return true;
	if (node->times->kind != VALUE_LITERAL || node->times->unit != UNIT_COUNT ||
	    node->times->number < 2)
		return check_error(checker, &node->times->at, "for example '3 times within 1h'",
		    "expected how many times, 2 or more");
	if (!is_counted_by_window(weighing->info))
		return check_error(checker, &node->times->at,
		    "cpu.share, memory.share and io.share are",
		    "'%s' is not counted window by window", weighing->info->name);
	if (!check_time(checker, &node->stretch, DAYS(365)))
		return false;
	int64_t fit = node->stretch.ms / node->span.ms;
	if (node->times->number > fit)
		return check_error(checker, &node->times->at, NULL,
		    "%s spans of %s do not fit into %s", node->times->text, node->span.text,
		    node->stretch.text);
	weighing->out->times = (uint32_t)node->times->number;
	weighing->out->stretch = node->stretch.ms;
	return true;
}

static bool
check_window(struct checker *checker, const struct weighing *weighing)
{
	const struct comparison_node *node = weighing->node;
	if (!check_window_kind(checker, weighing))
		return false;
	if (node->window == WINDOW_NONE)
		return true;
	if (!check_time(checker, &node->span, DAYS(365)))
		return false;
	weighing->out->window = node->window;
	weighing->out->span = node->span.ms;
	return check_times(checker, weighing);
}

static bool
check_runs(struct checker *checker, const struct weighing *weighing)
{
	const struct comparison_node *node = weighing->node;
	const struct measure_info *info = weighing->info;
	if (!node->percent)
		return true;
	if (info->class != CLASS_EVENT || strcmp(counted(info), node->runs.text) != 0)
		return check_error(checker, &node->runs.at,
		    info->class == CLASS_EVENT
			? arena_printf(checker->scratch, "write 'of %s'", counted(info))
			: NULL,
		    "'%s' does not come in %s", info->name, node->runs.text);
	if (node->window != WINDOW_WITHIN)
		return check_error(checker, &node->percent->at, "add, for example, 'within 1h'",
		    "a part of the %s needs a stretch of time", node->runs.text);
	if (node->percent->number < 1 || node->percent->number > 10000)
		return check_error(checker, &node->percent->at, NULL,
		    "%s is no part of a whole", node->percent->text);
	weighing->out->percent_of_runs = (uint32_t)node->percent->number;
	return true;
}

static bool
check_group(struct checker *checker, const struct weighing *weighing)
{
	const struct word *group = &weighing->node->group;
	if (!group->text)
		return true;
	enum measure measure = (enum measure)weighing->out->measure;
	const char *word = measure_group(measure, 0);
	const char *hint = word ? arena_printf(checker->scratch, "write 'per %s'", word) : NULL;
	for (size_t i = 0; word && strcmp(word, group->text) != 0; i++)
		word = measure_group(measure, i + 1);
	if (!word)
		return check_error(checker, &group->at, hint, "'%s' is not kept per %s",
		    weighing->info->name, group->text);
	weighing->out->group = arena_copy_text(checker->arena, group->text);
	return true;
}

static bool
check_hold(struct checker *checker, const struct weighing *weighing)
{
	const struct time_node *hold = &weighing->node->hold;
	if (!hold->text)
		return true;
	weighing->out->hold = hold->ms;
	return check_time(checker, hold, DAYS(30));
}

static bool
check_comparison(struct checker *checker, struct weighing *weighing)
{
	if (checker->comparisons++ == MOST_COMPARISONS)
		return check_error(checker, &weighing->node->left.at, "make two clauses of it",
		    "a clause has at most %d comparisons", MOST_COMPARISONS);
	struct comparison *out = weighing->out;
	out->index = (uint32_t)checker->comparisons - 1;
	out->operator= weighing->node->operator;
	out->negated = weighing->node->negated;
	const char *left = weighing->node->left.text;
	if (text_starts_with(left, "plan.") || text_starts_with(left, "role."))
		return check_lone_limit(checker, weighing) && check_hold(checker, weighing);
	return check_measure(checker, weighing) && check_operator(checker, weighing) &&
	       check_right(checker, weighing) && check_group(checker, weighing) &&
	       check_window(checker, weighing) && check_runs(checker, weighing) &&
	       check_hold(checker, weighing);
}

/* All parts are looked at, even after a mistake in one. */
bool
check_condition(struct checker *checker, const struct condition_node *node,
    enum subject_kind subject, struct condition *ret_condition)
{
	*ret_condition = (struct condition){.kind = node->kind};
	if (node->kind == CONDITION_COMPARISON) {
		struct weighing weighing = {.node = &node->comparison,
		    .subject = subject,
		    .out = &ret_condition->comparison};
		return check_comparison(checker, &weighing);
	}
	size_t count = 0;
	for (const struct condition_node *part = node->parts; part; part = part->next)
		count++;
	struct condition *parts = arena_alloc(checker->arena, count * sizeof(*parts));
	bool good = true;
	size_t index = 0;
	for (const struct condition_node *part = node->parts; part; part = part->next)
		good &= check_condition(checker, part, subject, &parts[index++]);
	ret_condition->count = count;
	ret_condition->parts = parts;
	return good;
}
