/* SPDX-License-Identifier: Apache-2.0 */
/* How the page of terms is laid out: what its two renderings have in common. */
#ifndef POLICY_OUTLINE_H
#define POLICY_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "policy/rules.h"

/* The clauses under one heading, in the order of people: A2 before A10, A10a before A10b. */
struct chapter {
	const struct terms *terms; /* NULL: clauses under no heading */
	size_t count;
	const struct clause **clauses;
};

struct outline {
	size_t count;
	struct chapter *chapters; /* by their first clauses; none is empty */
	size_t plan_count;
	const struct plan **plans; /* the smallest quota first */
	size_t limit_count;
	const char **limits;	      /* names of all limits of plans, each once */
	bool verbs[VERB_COUNT];	      /* those that some clause uses */
	bool services[SERVICE_COUNT]; /* those that some clause provides or offers */
};

/* The outline lives in the arena and borrows from the policy. */
struct outline *outline_make(const struct policy *policy, struct arena *arena) must_use;

/* "Abuse terms": the heading's name as a title. */
void chapter_title(const struct chapter *chapter, struct str *out);

/* -1, 0, 1: which of two clause ids people expect first. */
int clause_id_compare(const char *one, const char *other);

/* Whether what the comparison is weighed against differs with the plan. */
bool comparison_of_plan(const struct comparison *comparison);

/* "script memory" of plan.script-memory: what a table calls such a comparison's limit. */
void comparison_plan_label(const struct comparison *comparison, struct str *out);

/* The index-th comparison of a condition (NULL: none) for which that is so; NULL beyond the
 * last. */
const struct comparison *condition_of_plan(const struct condition *condition, size_t index);

#endif
