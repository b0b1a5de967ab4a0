/* SPDX-License-Identifier: Apache-2.0 */
/* What a comparison is held against: literals, limits of plan or account, parts of them. */
#include <string.h>

#include "engine/parts.h"

enum { HUNDREDTHS = 10000 };

/* plan.x is the account's own x, else its plan's. */
static bool
plan_value(const struct engine *engine, const struct account *account, const char *name,
    const struct operand **ret_operand, int64_t *ret_own)
{
	*ret_operand = NULL;
	for (uint32_t i = 0; i < account->limit_count; i++) {
		if (strcmp(account->limits[i].name, name) == 0) {
			*ret_own = account->limits[i].value;
			return true;
		}
	}
	const struct plan *plan = policy_plan(engine->rules.policy, account->plan);
	*ret_operand = plan ? plan_limit(plan, name) : NULL;
	return *ret_operand != NULL;
}

/* Attributes of the account's record that may stand as a limit. */
static bool
record_value(const struct account *account, const char *name, int64_t *ret_value)
{
	if (strcmp(name, "account.initial-quota") == 0 && account->initial_bytes >= 0) {
		*ret_value = account->initial_bytes;
		return true;
	}
	if (strcmp(name, "account.initial-files") == 0 && account->initial_files >= 0) {
		*ret_value = account->initial_files;
		return true;
	}
	return false;
}

static bool
limit_value(const struct engine *engine, const struct account *account, const char *name,
    int64_t *ret_value)
{
	if (!account || !name)
		return false;
	if (!text_starts_with(name, "plan."))
		return record_value(account, name, ret_value);
	const struct operand *operand;
	if (!plan_value(engine, account, name + strlen("plan."), &operand, ret_value))
		return false;
	/* A limit that names another limit is one step, never a chain: plans cannot loop. */
	if (operand && (operand->kind == OPERAND_LITERAL || operand->kind == OPERAND_NAME))
		*ret_value = operand->number;
	return !operand || operand->kind == OPERAND_LITERAL || operand->kind == OPERAND_NAME;
}

static bool
part_value(const struct engine *engine, const struct account *account,
    const struct operand *operand, int64_t *ret_value)
{
	int64_t part, whole;
	if (operand->part->kind == OPERAND_PART || operand->whole->kind == OPERAND_PART ||
	    !engine_limit(engine, account, operand->part, &part) ||
	    !engine_limit(engine, account, operand->whole, &whole))
		return false;
	__int128 value = (__int128)part * whole / HUNDREDTHS;
	*ret_value = value > INT64_MAX ? INT64_MAX : (int64_t)value;
	return true;
}

bool
engine_limit(const struct engine *engine, const struct account *account,
    const struct operand *operand, int64_t *ret_value)
{
	switch (operand->kind) {
	case OPERAND_LITERAL:
	case OPERAND_NAME:
		*ret_value = operand->number;
		return true;
	case OPERAND_LIMIT:
		return limit_value(engine, account, operand->text, ret_value);
	case OPERAND_PART:
		return part_value(engine, account, operand, ret_value);
	case OPERAND_TEXT:
	case OPERAND_SET:
		return false;
	}
	return false;
}
