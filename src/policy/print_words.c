/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/print_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void
print_piece(const struct text_node *piece, struct str *out)
{
	str_addf(out, "\"%s\"", piece->raw);
}

void
print_text(const struct text_node *text, struct str *out)
{
	for (const struct text_node *piece = text; piece; piece = piece->next) {
		str_add(out, piece == text ? "" : " ");
		print_piece(piece, out);
	}
}

void
print_list(const struct word *words, struct str *out)
{
	for (const struct word *word = words; word; word = word->next)
		str_addf(out, "%s%s", word == words ? "" : ", ", word->text);
}

void
print_value(const struct value_node *value, struct str *out)
{
	if (value->kind == VALUE_SET) {
		str_add(out, "{ ");
		for (const struct value_node *member = value->members; member;
		     member = member->next) {
			print_value(member, out);
			str_add_char(out, ' ');
		}
		str_add_char(out, '}');
		return;
	}
	str_addf(out, value->kind == VALUE_TEXT ? "\"%s\"" : "%s", value->text);
	if (value->of.text)
		str_addf(out, " of %s", value->of.text);
}

static const char *
operator_text(const struct comparison_node *comparison)
{
	switch (comparison->operator) {
	case COMPARE_HOLDS:
		return "";
	case COMPARE_MORE:
		return " >";
	case COMPARE_AT_LEAST:
		return " >=";
	case COMPARE_LESS:
		return " <";
	case COMPARE_AT_MOST:
		return " <=";
	case COMPARE_IS:
		return comparison->negated ? " is not" : " is";
	case COMPARE_IN:
		return comparison->negated ? " not in" : " in";
	case COMPARE_MATCHES:
		return " matches";
	}
	return "";
}

static void
print_comparison(const struct comparison_node *comparison, struct str *out)
{
	if (comparison->operator== COMPARE_HOLDS && comparison->negated)
		str_add(out, "not ");
	str_add(out, comparison->left.text);
	if (comparison->group.text)
		str_addf(out, " per %s", comparison->group.text);
	str_add(out, operator_text(comparison));
	if (comparison->value) {
		str_add_char(out, ' ');
		print_value(comparison->value, out);
	}
	if (comparison->percent)
		str_addf(out, " in %s of %s", comparison->percent->text, comparison->runs.text);
	if (comparison->window != WINDOW_NONE)
		str_addf(out, " %s %s", comparison->window == WINDOW_OVER ? "over" : "within",
		    comparison->span.text);
	if (comparison->times)
		str_addf(out, " %s times within %s", comparison->times->text,
		    comparison->stretch.text);
	if (comparison->hold.text)
		str_addf(out, " for %s", comparison->hold.text);
}

static void print_parts(
    const struct condition_node *condition, char separator, struct str *out);

static void
print_parenthesised(const struct condition_node *condition, struct str *out)
{
	str_add_char(out, '(');
	print_parts(condition, ' ', out);
	str_add_char(out, ')');
}

static bool
is_group(const struct condition_node *condition)
{
	return condition->kind == CONDITION_AND || condition->kind == CONDITION_OR;
}

static void
print_parts(const struct condition_node *condition, char separator, struct str *out)
{
	if (condition->kind == CONDITION_COMPARISON)
		print_comparison(&condition->comparison, out);
	if (condition->kind == CONDITION_NOT) {
		str_add(out, "not ");
		print_parenthesised(condition->parts, out);
	}
	if (!is_group(condition))
		return;
	for (const struct condition_node *part = condition->parts; part; part = part->next) {
		if (part != condition->parts)
			str_addf(out, "%c%s ", separator,
			    condition->kind == CONDITION_AND ? "and" : "or");
		if (is_group(part))
			print_parenthesised(part, out);
		else
			print_parts(part, separator, out);
	}
}

void
print_condition(const struct condition_node *condition, struct str *out)
{
	print_parts(condition, '\n', out);
}

static void
print_verb(const struct verb_node *verb, struct str *out)
{
	str_addf(out, "%s%s", verb->ask ? "ask " : "", verb->verb.text);
	if (verb->resource.text) {
		str_addf(out, " %s to ", verb->resource.text);
		print_value(verb->amount, out);
	}
	if (verb->text) {
		str_add_char(out, ' ');
		print_text(verb->text, out);
	}
}

/* Where a verb stands in its step: table order; what no table knows comes last. */
static int
rank(const char *word, int (*find)(const char *name))
{
	int found = word ? find(word) : -1;
	return found < 0 ? INT32_MAX : found;
}

static bool
comes_before(const struct verb_node *one, const struct verb_node *other)
{
	int left = rank(one->verb.text, verb_find), right = rank(other->verb.text, verb_find);
	if (left != right)
		return left < right;
	return rank(one->resource.text, resource_find) <
	       rank(other->resource.text, resource_find);
}

static void
print_verbs(const struct verb_node *verbs, struct str *out)
{
	const struct verb_node **sorted = NULL;
	size_t count = 0, capacity = 0;
	for (const struct verb_node *verb = verbs; verb; verb = verb->next) {
		memory_grow(&sorted, count, &capacity, sizeof(*sorted));
		size_t at = count++;
		for (; at > 0 && comes_before(verb, sorted[at - 1]); at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = verb;
	}
	for (size_t i = 0; i < count; i++) {
		str_add(out, i ? ", " : "");
		print_verb(sorted[i], out);
	}
	free(sorted);
}

void
print_ladder(const struct ladder_node *ladder, struct str *out)
{
	str_add(out, ladder->at_once ? "at once " : "");
	for (const struct step_node *step = ladder->steps; step; step = step->next) {
		if (step->after.text)
			str_addf(out, ";\nafter %s ", step->after.text);
		print_verbs(step->verbs, out);
	}
}

static void
print_end(const struct end_node *end, struct str *out)
{
	switch (end->kind) {
	case END_KEPT:
		str_add(out, "when kept");
		if (end->kept_for.text)
			str_addf(out, " for %s", end->kept_for.text);
		break;
	case END_WHEN:
		str_add(out, "when ");
		if (is_group(end->when))
			print_parenthesised(end->when, out);
		else
			print_parts(end->when, ' ', out);
		break;
	case END_OWNER:
		str_add(out, "by owner");
		break;
	case END_OPERATOR:
		str_add(out, "by operator");
		break;
	}
}

void
print_ends(const struct end_node *ends, struct str *out)
{
	for (const struct end_node *end = ends; end; end = end->next) {
		str_add(out, end == ends ? "" : " or ");
		print_end(end, out);
	}
}
