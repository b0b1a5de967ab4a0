/* SPDX-License-Identifier: Apache-2.0 */
/* Values, comparisons and conditions in words; words_steps.c has what follows from them. */
#include "policy/words.h"

#include <string.h>

#include "base/attributes.h"
#include "model/quantity.h"

enum { WHOLE_PERCENT = 10000 };

/* ---- values ---- */

static void
add_time(int64_t value, struct str *out)
{
	static const struct {
		int64_t ms;
		const char *one, *many;
	} units[] = {{86400000, "day", "days"}, {3600000, "hour", "hours"},
	    {60000, "minute", "minutes"}, {1000, "second", "seconds"},
	    {1, "millisecond", "milliseconds"}};
	bool any = false;
	for (size_t i = 0; i < array_length(units); i++) {
		long long count = value / units[i].ms;
		value %= units[i].ms;
		if (!count)
			continue;
		str_addf(out, "%s%lld %s", any ? " " : "", count,
		    count == 1 ? units[i].one : units[i].many);
		any = true;
	}
	if (!any)
		str_add(out, "no time");
}

void
words_quantity(enum unit unit, int64_t value, struct str *out)
{
	if (unit == UNIT_TIME && value >= 0) {
		add_time(value, out);
		return;
	}
	size_t from = out->length;
	quantity_add(out, unit, value);
	for (size_t i = from; i < out->length; i++)
		if (out->data[i] == '_')
			out->data[i] = ' ';
}

/* Up to the first semicolon: what follows it in a table entry is a remark. */
static void
add_gist(const char *what, struct str *out)
{
	str_add_bytes(out, what, strcspn(what, ";"));
}

/* A limit by name: "the plan's script memory", "our own servers", "disk space agreed at
 * sign-up". */
static void
add_limit_name(const char *name, struct str *out)
{
	static const struct {
		const char *name, *words;
	} known[] = {{"role.listens", "the ports that the server offers"},
	    {"role.connects", "the ports that the server may call"},
	    {"role.partners", "our own servers"}};
	for (size_t i = 0; i < array_length(known); i++) {
		if (strcmp(known[i].name, name) == 0) {
			str_add(out, known[i].words);
			return;
		}
	}
	int measure = measure_find(name);
	if (measure >= 0) {
		add_gist(measure_info((enum measure)measure)->what, out);
		return;
	}
	const char *dot = strchr(name, '.');
	str_addf(out, "the %s's ", text_starts_with(name, "role.") ? "server" : "plan");
	for (const char *next = dot ? dot + 1 : name; *next; next++)
		str_add_char(out, *next == '-' ? ' ' : *next);
}

/* The operand itself, or what the plan has for it; NULL if that is not known here. */
static const struct operand *
resolved(const struct operand *operand, const struct plan *plan)
{
	if (operand->kind != OPERAND_LIMIT)
		return operand;
	if (!plan || !text_starts_with(operand->text, "plan."))
		return NULL;
	return plan_limit(plan, operand->text + strlen("plan."));
}

static void add_operand(
    const struct operand *operand, const struct plan *plan, struct str *out);

/* "768 MiB (15 % of 5 GiB)", or "15 % of the plan's quota" where a part is not known. */
static void
add_part(const struct operand *operand, const struct plan *plan, struct str *out)
{
	const struct operand *part = resolved(operand->part, plan);
	const struct operand *whole = resolved(operand->whole, plan);
	bool known =
	    part && whole && part->kind == OPERAND_LITERAL && whole->kind == OPERAND_LITERAL;
	if (known) {
		__int128 product = (__int128)whole->number * part->number / WHOLE_PERCENT;
		words_quantity(whole->unit, (int64_t)product, out);
		str_add(out, " (");
	}
	add_operand(operand->part, plan, out);
	str_add(out, " of ");
	add_operand(operand->whole, plan, out);
	if (known)
		str_add_char(out, ')');
}

static void
add_set(const struct operand *set, const struct plan *plan, struct str *out)
{
	if (set->count == 0)
		str_add(out, "nothing");
	else if (set->count > 1)
		str_add(out, "one of ");
	for (size_t i = 0; i < set->count; i++) {
		if (i > 0)
			str_add(out, i + 1 == set->count ? " or " : ", ");
		add_operand(&set->members[i], plan, out);
	}
}

static void
add_operand(const struct operand *operand, const struct plan *plan, struct str *out)
{
	const struct operand *value = resolved(operand, plan);
	if (!value) {
		add_limit_name(operand->text, out);
		return;
	}
	switch (value->kind) {
	case OPERAND_LITERAL:
		if (value->text && (value->unit == UNIT_ADDRESS || value->unit == UNIT_TEXT))
			str_add(out, value->text);
		else
			words_quantity(value->unit, value->number, out);
		break;
	case OPERAND_LIMIT:
		add_limit_name(value->text, out);
		break;
	case OPERAND_PART:
		add_part(value, plan, out);
		break;
	case OPERAND_NAME:
		str_add(out, value->text);
		break;
	case OPERAND_TEXT:
		str_addf(out, "\"%s\"", value->text);
		break;
	case OPERAND_SET:
		add_set(value, plan, out);
		break;
	}
}

void
words_limit(const struct plan *plan, const char *name, struct str *out)
{
	if (text_starts_with(name, "plan."))
		name += strlen("plan.");
	const struct operand *limit = plan_limit(plan, name);
	if (limit)
		add_operand(limit, plan, out);
	else
		str_add_char(out, '-');
}

/* A yes or no that is compared with nothing. */
static bool
stands_alone(const struct comparison *comparison)
{
	return COMPARE_HOLDS == comparison->operator;
}

void
words_comparison_limit(
    const struct comparison *comparison, const struct plan *plan, struct str *out)
{
	if (stands_alone(comparison))
		return;
	add_operand(&comparison->operand, plan, out);
}

/* ---- comparisons ---- */

void
words_window(const struct comparison *comparison, struct str *out)
{
	int64_t span = comparison->window != WINDOW_NONE ? comparison->span : comparison->hold;
	if (span)
		words_quantity(UNIT_TIME, span, out);
}

static const char *
operator_words(const struct comparison *comparison)
{
	switch (comparison->operator) {
	case COMPARE_MORE:
		return "more than ";
	case COMPARE_AT_LEAST:
		return "at least ";
	case COMPARE_LESS:
		return "less than ";
	case COMPARE_AT_MOST:
		return "at most ";
	case COMPARE_IS:
	case COMPARE_IN:
		return comparison->negated ? "not " : "";
	case COMPARE_MATCHES:
		return comparison->negated ? "nothing like " : "like ";
	case COMPARE_HOLDS:
		return "";
	}
	return "";
}

static void
add_when(const struct comparison *comparison, struct str *out)
{
	if (comparison->group)
		str_addf(out, ", for one %s", comparison->group);
	if (comparison->percent_of_runs) {
		const char *things =
		    comparison->measure >= 0
			? measure_info((enum measure)comparison->measure)->words
			: "cases";
		str_add(out, ", in at least ");
		words_quantity(UNIT_PERCENT, comparison->percent_of_runs, out);
		str_addf(out, " of %s", things);
	}
	if (comparison->window != WINDOW_NONE) {
		str_add(out,
		    comparison->window == WINDOW_OVER ? ", on average over " : ", within ");
		words_quantity(UNIT_TIME, comparison->span, out);
	}
	if (comparison->times) {
		str_addf(out, ", %u times within ", comparison->times);
		words_quantity(UNIT_TIME, comparison->stretch, out);
	}
	if (comparison->hold) {
		str_add(out, ", for ");
		words_quantity(UNIT_TIME, comparison->hold, out);
		str_add(out, " without a break");
	}
}

void
words_test(const struct comparison *comparison, const struct plan *plan, struct str *out)
{
	size_t from = out->length;
	str_add(out, operator_words(comparison));
	words_comparison_limit(comparison, plan, out);
	if (out->length == from)
		str_add(out, comparison->negated ? "it is not so" : "it is so");
	add_when(comparison, out);
}

/* "the plan's web irc: no": a limit that is yes or no, standing alone. */
static void
add_lone_limit(const struct comparison *comparison, struct str *out)
{
	add_limit_name(comparison->limit, out);
	str_add(out, comparison->negated ? ": no" : ": yes");
}

/* A fact is said as one: "whether it is a script" becomes "it is a script". */
static void
add_fact(const struct comparison *comparison, struct str *out)
{
	const char *what = measure_info((enum measure)comparison->measure)->what;
	if (text_starts_with(what, "whether "))
		what += strlen("whether ");
	if (stands_alone(comparison) && comparison->negated)
		str_add(out, "it is not so that ");
	add_gist(what, out);
}

void
words_comparison(const struct comparison *comparison, const struct plan *plan, struct str *out)
{
	if (comparison->measure < 0) {
		add_lone_limit(comparison, out);
		add_when(comparison, out);
		return;
	}
	add_fact(comparison, out);
	if (stands_alone(comparison)) {
		add_when(comparison, out);
		return;
	}
	str_add(out, ": ");
	words_test(comparison, plan, out);
}

void
words_condition(const struct condition *condition, const struct plan *plan, struct str *out)
{
	const char *joint = condition->kind == CONDITION_AND ? "; and " : "; or ";
	switch (condition->kind) {
	case CONDITION_COMPARISON:
		words_comparison(&condition->comparison, plan, out);
		return;
	case CONDITION_NOT:
		str_add(out, "it is not so that ");
		words_condition(&condition->parts[0], plan, out);
		return;
	case CONDITION_AND:
	case CONDITION_OR:
		break;
	}
	for (size_t i = 0; i < condition->count; i++) {
		const struct condition *part = &condition->parts[i];
		bool nested = part->kind == CONDITION_AND || part->kind == CONDITION_OR;
		str_add(out, i > 0 ? joint : "");
		str_add(out, nested ? "(" : "");
		words_condition(part, plan, out);
		str_add(out, nested ? ")" : "");
	}
}

/* ---- texts with placeholders ---- */

typedef bool comparison_wanted(const struct comparison *comparison, const char *name);

/* The first comparison, in the order written, that is wanted; or NULL. */
static const struct comparison *
first_comparison(const struct condition *condition, comparison_wanted *wanted, const char *name)
{
	if (!condition)
		return NULL;
	if (condition->kind == CONDITION_COMPARISON)
		return wanted(&condition->comparison, name) ? &condition->comparison : NULL;
	const struct comparison *found = NULL;
	for (size_t i = 0; i < condition->count && !found; i++)
		found = first_comparison(&condition->parts[i], wanted, name);
	return found;
}

static bool
has_limit(const struct comparison *comparison, const char *name)
{
	(void)name;
	return !stands_alone(comparison);
}

static bool
has_window(const struct comparison *comparison, const char *name)
{
	(void)name;
	return comparison->window != WINDOW_NONE || comparison->hold > 0;
}

static bool
is_of_measure(const struct comparison *comparison, const char *name)
{
	return comparison->measure >= 0 && !stands_alone(comparison) &&
	       strcmp(measure_info((enum measure)comparison->measure)->name, name) == 0;
}

static int64_t
grace_of(const struct clause *clause)
{
	const struct ladder *then = &clause->ladders[LADDER_THEN];
	if (then->count > 1)
		return then->steps[1].after;
	return clause->terms ? clause->terms->grace : 0;
}

/* Fills in one placeholder; false if it means nothing here. */
static bool
add_placeholder(
    const struct clause *clause, const struct plan *plan, const char *name, struct str *out)
{
	const struct comparison *of = NULL;
	if (strcmp(name, "grace") == 0) {
		words_quantity(UNIT_TIME, grace_of(clause), out);
		return true;
	}
	if (strcmp(name, "window") == 0) {
		of = first_comparison(clause->when, has_window, NULL);
		if (of)
			words_window(of, out);
		return of != NULL;
	}
	if (strcmp(name, "limit") == 0)
		of = first_comparison(clause->when, has_limit, NULL);
	else
		of = first_comparison(clause->when, is_of_measure, name);
	if (of)
		words_comparison_limit(of, plan, out);
	return of != NULL;
}

/* The placeholder that begins at text, which is at '{'; its end, or NULL if it is none. */
static const char *
placeholder_end(const char *text, char *ret_name, size_t size)
{
	const char *end = strchr(text, '}');
	if (!end || (size_t)(end - text) > size)
		return NULL;
	memcpy(ret_name, text + 1, (size_t)(end - text - 1));
	ret_name[end - text - 1] = '\0';
	return end + 1;
}

static void
add_filled(
    const struct clause *clause, const struct plan *plan, const char *text, struct str *out)
{
	char name[64];
	while (*text) {
		if (text[0] == '{' && text[1] == '{') {
			str_add_char(out, '{');
			text += 2;
			continue;
		}
		const char *end =
		    *text == '{' ? placeholder_end(text, name, sizeof(name)) : NULL;
		if (end && add_placeholder(clause, plan, name, out)) {
			text = end;
			continue;
		}
		str_add_char(out, *text++);
	}
}

void
words_says(const struct clause *clause, const struct plan *plan, struct str *out)
{
	if (clause->says) {
		add_filled(clause, plan, clause->says, out);
		return;
	}
	str_add(out, clause->title);
	if (clause->when) {
		str_add(out, ": ");
		words_condition(clause->when, plan, out);
	}
	str_add_char(out, '.');
}

void
words_remedy(const struct clause *clause, const struct plan *plan, struct str *out)
{
	if (clause->remedy)
		add_filled(clause, plan, clause->remedy, out);
}
