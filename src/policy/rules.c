/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include <stdlib.h>
#include <string.h>

static int
compare_id(const void *key, const void *element)
{
	const struct clause *clause = element;
	return strcmp(key, clause->id);
}

const struct clause *
policy_clause(const struct policy *policy, const char *id)
{
	if (!policy->clause_count)
		return NULL;
	return bsearch(
	    id, policy->clauses, policy->clause_count, sizeof(*policy->clauses), compare_id);
}

static int
compare_plan(const void *key, const void *element)
{
	const struct plan *plan = element;
	return strcmp(key, plan->name);
}

const struct plan *
policy_plan(const struct policy *policy, const char *name)
{
	if (!policy->plan_count)
		return NULL;
	return bsearch(
	    name, policy->plans, policy->plan_count, sizeof(*policy->plans), compare_plan);
}

const struct plan *
policy_role(const struct policy *policy, const char *name)
{
	if (!policy->role_count)
		return NULL;
	return bsearch(
	    name, policy->roles, policy->role_count, sizeof(*policy->roles), compare_plan);
}

const struct operand *
plan_limit(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->limits[i].name, name) == 0)
			return &plan->limits[i].value;
	return NULL;
}

int64_t
ladder_longest(const struct ladder *ladder)
{
	return ladder->count ? ladder->steps[ladder->count - 1].after : 0;
}

/* The small letter numbers the parts of one clause. */
bool
clause_id_covers(const char *listed, const char *id)
{
	size_t length = strlen(listed);
	return strncmp(listed, id, length) == 0 &&
	       (!id[length] || (id[length] >= 'a' && id[length] <= 'z'));
}
