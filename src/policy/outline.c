/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/outline.h"

#include <stdlib.h>
#include <string.h>

static size_t
letters(const char *id)
{
	return strcspn(id, "0123456789");
}

int
clause_id_compare(const char *one, const char *other)
{
	size_t one_letters = letters(one), other_letters = letters(other);
	size_t most = one_letters > other_letters ? one_letters : other_letters;
	int order = strncmp(one, other, most);
	if (order)
		return order < 0 ? -1 : 1;
	char *one_end = NULL, *other_end = NULL;
	long one_number = strtol(one + one_letters, &one_end, 10);
	long other_number = strtol(other + other_letters, &other_end, 10);
	if (one_number != other_number)
		return one_number < other_number ? -1 : 1;
	order = strcmp(one_end, other_end);
	return (order > 0) - (order < 0);
}

static int
compare_clauses(const void *one, const void *other)
{
	const struct clause *const *first = one, *const *second = other;
	return clause_id_compare((*first)->id, (*second)->id);
}

/* Headings of one name, in several files perhaps, make one chapter. */
static bool
same_terms(const struct terms *one, const struct terms *other)
{
	return one == other || (one && other && strcmp(one->name, other->name) == 0);
}

static struct chapter *
chapter_of(const struct policy *policy, const struct terms *terms, struct arena *arena,
    struct outline *outline)
{
	for (size_t i = 0; i < outline->count; i++)
		if (same_terms(outline->chapters[i].terms, terms))
			return &outline->chapters[i];
	struct chapter *chapter = &outline->chapters[outline->count++];
	chapter->terms = terms;
	chapter->clauses =
	    arena_alloc(arena, policy->clause_count * sizeof(const struct clause *));
	return chapter;
}

static void
fill_chapters(const struct policy *policy, struct arena *arena, struct outline *outline)
{
	outline->chapters =
	    arena_alloc(arena, (policy->clause_count + 1) * sizeof(struct chapter));
	for (size_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		struct chapter *chapter = chapter_of(policy, clause->terms, arena, outline);
		chapter->clauses[chapter->count++] = clause;
	}
	for (size_t i = 0; i < outline->count; i++)
		qsort(outline->chapters[i].clauses, outline->chapters[i].count,
		    sizeof(const struct clause *), compare_clauses);
}

void
chapter_title(const struct chapter *chapter, struct str *out)
{
	size_t from = out->length;
	str_add(out, chapter->terms ? chapter->terms->name : "Further rules");
	for (size_t i = from; i < out->length; i++)
		if (out->data[i] == '-')
			out->data[i] = ' ';
	if (out->length > from && out->data[from] >= 'a' && out->data[from] <= 'z')
		out->data[from] = (char)(out->data[from] - 'a' + 'A');
}

/* ---- plans ---- */

/* What a plan is ranked by: its disk space, which is what people compare first. */
static int64_t
rank(const struct plan *plan)
{
	const struct operand *quota = plan_limit(plan, "quota");
	return quota && quota->kind == OPERAND_LITERAL ? quota->number : 0;
}

static int
compare_plans(const void *one, const void *other)
{
	const struct plan *const *first = one, *const *second = other;
	int64_t first_rank = rank(*first), second_rank = rank(*second);
	if (first_rank != second_rank)
		return first_rank < second_rank ? -1 : 1;
	return strcmp((*first)->name, (*second)->name);
}

static void
list_plans(const struct policy *policy, struct arena *arena, struct outline *outline)
{
	outline->plans = arena_alloc(arena, (policy->plan_count + 1) * sizeof(struct plan *));
	for (size_t i = 0; i < policy->plan_count; i++)
		outline->plans[outline->plan_count++] = &policy->plans[i];
	if (outline->plan_count)
		qsort(outline->plans, outline->plan_count, sizeof(const struct plan *),
		    compare_plans);
}

static bool
is_listed(const struct outline *outline, const char *name)
{
	for (size_t i = 0; i < outline->limit_count; i++)
		if (strcmp(outline->limits[i], name) == 0)
			return true;
	return false;
}

static void
list_limits(const struct policy *policy, struct arena *arena, struct outline *outline)
{
	size_t most = 0;
	for (size_t i = 0; i < policy->plan_count; i++)
		most += policy->plans[i].count;
	outline->limits = arena_alloc(arena, (most + 1) * sizeof(const char *));
	for (size_t i = 0; i < policy->plan_count; i++)
		for (size_t l = 0; l < policy->plans[i].count; l++)
			if (!is_listed(outline, policy->plans[i].limits[l].name))
				outline->limits[outline->limit_count++] =
				    policy->plans[i].limits[l].name;
}

static void
note_verbs(const struct ladder *ladder, struct outline *outline)
{
	for (size_t i = 0; i < ladder->count; i++)
		for (size_t v = 0; v < ladder->steps[i].verb_count; v++)
			outline->verbs[ladder->steps[i].verbs[v].verb] = true;
}

static void
note_words(const struct clause *clause, struct outline *outline)
{
	for (size_t ladder = 0; ladder < LADDER_COUNT; ladder++)
		note_verbs(&clause->ladders[ladder], outline);
	for (size_t i = 0; i < clause->offer_count; i++)
		outline->services[clause->offers[i]] = true;
	for (size_t i = 0; i < clause->provide_count; i++)
		outline->services[clause->provides[i]] = true;
}

struct outline *
outline_make(const struct policy *policy, struct arena *arena)
{
	struct outline *outline = arena_alloc(arena, sizeof(*outline));
	fill_chapters(policy, arena, outline);
	list_plans(policy, arena, outline);
	list_limits(policy, arena, outline);
	for (size_t i = 0; i < policy->clause_count; i++)
		note_words(&policy->clauses[i], outline);
	return outline;
}

/* The name of the plan's limit that an operand asks for, or NULL. */
static const char *
plan_limit_asked(const struct operand *operand)
{
	if (operand->kind == OPERAND_PART) {
		const char *name = plan_limit_asked(operand->part);
		return name ? name : plan_limit_asked(operand->whole);
	}
	bool of_plan =
	    operand->kind == OPERAND_LIMIT && text_starts_with(operand->text, "plan.");
	return of_plan ? operand->text : NULL;
}

static const char *
plan_limit_compared(const struct comparison *comparison)
{
	if (comparison->measure >= 0)
		return COMPARE_HOLDS == comparison->operator
			   ? NULL
			   : plan_limit_asked(&comparison->operand);
	return text_starts_with(comparison->limit, "plan.") ? comparison->limit : NULL;
}

bool
comparison_of_plan(const struct comparison *comparison)
{
	return plan_limit_compared(comparison) != NULL;
}

void
comparison_plan_label(const struct comparison *comparison, struct str *out)
{
	const char *name = plan_limit_compared(comparison);
	if (!name)
		return;
	for (const char *next = name + strlen("plan."); *next; next++)
		str_add_char(out, *next == '-' ? ' ' : *next);
}

/* Counts *index down at each comparison that is one; gives the one at which it was 0. */
static const struct comparison *
walk(const struct condition *condition, size_t *index)
{
	if (condition->kind == CONDITION_COMPARISON) {
		bool counts = comparison_of_plan(&condition->comparison);
		return counts && (*index)-- == 0 ? &condition->comparison : NULL;
	}
	const struct comparison *found = NULL;
	for (size_t i = 0; i < condition->count && !found; i++)
		found = walk(&condition->parts[i], index);
	return found;
}

const struct comparison *
condition_of_plan(const struct condition *condition, size_t index)
{
	return condition ? walk(condition, &index) : NULL;
}
