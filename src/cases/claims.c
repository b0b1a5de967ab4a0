/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two cases may want the same hold on the same target. In the world it stands
 * once, under the id of whoever came first; each case has its claim on it, the
 * strictest claim decides how hard it is, and the last one to go takes it down.
 */
#include "cases/internal.h"

bool
claims(const struct order *order)
{
	return verb_info(order->verb)->end == END_UNDONE;
}

/* What stays at the end of a case; taken back only when staff say so: an account's end. */
bool
can_be_undone(const struct order *order)
{
	const struct verb_info *info = verb_info(order->verb);
	return info->by == PROCESS_ENFORCER && *info->undo;
}

static bool
same_hold(const struct casefile *one, const struct order *first, const struct casefile *other,
    const struct order *second)
{
	if (first->verb != second->verb || first->resource != second->resource)
		return false;
	struct subject target = case_target(one, first->verb);
	struct subject of_other = case_target(other, second->verb);
	return subject_equal(&target, &of_other);
}

/* The strictest claim, besides this order, that is in force or on its way. */
const struct order *
other_claim(const struct cases *cases, const struct casefile *casefile,
    const struct order *order, const struct casefile **ret_holder)
{
	const struct order *strictest = NULL;
	for (size_t i = 0; i < cases->file_count; i++) {
		const struct casefile *other = cases->files[i];
		for (size_t o = 0; o < other->order_count; o++) {
			const struct order *claim = &other->orders[o];
			if (claim == order ||
			    (claim->state != ORDER_DONE && claim->state != ORDER_ORDERED) ||
			    !claims(claim) || !same_hold(casefile, order, other, claim))
				continue;
			if (strictest && strictest->amount <= claim->amount)
				continue;
			strictest = claim;
			*ret_holder = other;
		}
	}
	return strictest;
}
