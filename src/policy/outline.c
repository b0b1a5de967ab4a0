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

static void
fill_chapter(const struct policy *policy, const struct terms *terms, struct arena *arena,
    struct outline *outline)
{
	struct chapter *chapter = &outline->chapters[outline->count];
	*chapter = (struct chapter){.terms = terms};
	chapter->clauses =
	    arena_alloc(arena, (policy->clause_count + 1) * sizeof(const struct clause *));
	for (size_t i = 0; i < policy->clause_count; i++)
		if (policy->clauses[i].terms == terms)
			chapter->clauses[chapter->count++] = &policy->clauses[i];
	if (chapter->count == 0)
		return;
	qsort(chapter->clauses, chapter->count, sizeof(const struct clause *), compare_clauses);
	outline->count++;
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

struct outline *
outline_make(const struct policy *policy, struct arena *arena)
{
	struct outline *outline = arena_alloc(arena, sizeof(*outline));
	outline->chapters =
	    arena_alloc(arena, (policy->terms_count + 1) * sizeof(struct chapter));
	for (size_t i = 0; i < policy->terms_count; i++)
		fill_chapter(policy, &policy->terms[i], arena, outline);
	fill_chapter(policy, NULL, arena, outline);
	list_limits(policy, arena, outline);
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
		return comparison->operator== COMPARE_HOLDS
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
