/* SPDX-License-Identifier: Apache-2.0 */
/* What is held of an account, by what the casefiles know. */
#include <string.h>

#include "base/memory.h"
#include "flow/internal.h"

static bool
is_hold(const struct order *order)
{
	const struct verb_info *info = verb_info(order->verb);
	bool lasts = info->end == END_UNDONE || info->binding;
	return info->by == PROCESS_ENFORCER && lasts &&
	       (order_may_stand(order) || order->state == ORDER_RELEASING);
}

size_t
flow_holds(const struct flow *flow, const struct account *account, struct hold_of **ret_holds)
{
	size_t count = 0, capacity = 0, position = 0;
	*ret_holds = NULL;
	for (const struct casefile *casefile;
	     (casefile = cases_next(flow->cases, &position));) {
		if (casefile->subject.account != account->id ||
		    casefile->subject.generation != account->generation)
			continue;
		for (size_t i = 0; i < casefile->order_count; i++) {
			if (!is_hold(&casefile->orders[i]))
				continue;
			memory_grow(ret_holds, count, &capacity, sizeof(**ret_holds));
			(*ret_holds)[count++] =
			    (struct hold_of){casefile, &casefile->orders[i]};
		}
	}
	return count;
}

struct action
flow_describing(const struct hold_of *hold)
{
	return action_of(hold->casefile, hold->order, OPERATION_DESCRIBE);
}
