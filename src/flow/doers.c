/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is meant by an order about a process. A throttle of one process is about what it does,
 * and outlives it: whoever of its script is seen doing the same later is ordered into the same
 * group.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "flow/internal.h"

void
doer_note(struct flow *flow, const struct action *action)
{
	if (action->verb != VERB_THROTTLE || !action->target_count)
		return;
	struct target *last = memory_copy(&action->targets[0], sizeof(*last));
	free(map_put_u64(flow->doers, action->id, last));
}

static bool
is_known(const struct flow *flow, uint64_t action, const struct deed *deed)
{
	const struct target *last = map_find_u64(flow->doers, action);
	return last && last->pid == deed->pid && last->start == deed->pid_start;
}

static void
order_again(struct flow *flow, const struct casefile *casefile, const struct order *order,
    const struct deed *deed)
{
	struct action action = action_of(casefile, order, OPERATION_APPLY);
	if (action.subject.kind != KIND_PROCESS || is_known(flow, action.id, deed))
		return;
	action.targets[action.target_count++] = (struct target){deed->pid, deed->pid_start};
	doer_note(flow, &action);
	memory_grow(
	    &flow->again, flow->again_count, &flow->again_capacity, sizeof(*flow->again));
	flow->again[flow->again_count++] = action;
}

void
doer_follow(struct flow *flow, const struct subject *doer, const struct deed *deed)
{
	size_t position = 0;
	if (!deed->pid)
		return;
	for (const struct casefile *casefile;
	     (casefile = cases_next(flow->cases, &position));) {
		if (!subject_equal(&casefile->subject, doer))
			continue;
		for (size_t i = 0; i < casefile->order_count; i++)
			if (casefile->orders[i].verb == VERB_THROTTLE &&
			    casefile->orders[i].state == ORDER_DONE)
				order_again(flow, casefile, &casefile->orders[i], deed);
	}
}

bool
doer_next(struct flow *flow, struct action *ret_action)
{
	if (!flow->again_count)
		return false;
	*ret_action = flow->again[--flow->again_count];
	return true;
}

void
doers_free(struct flow *flow)
{
	size_t position = 0;
	for (struct target *last; (last = map_next(flow->doers, &position));)
		free(last);
	map_free(flow->doers);
	free(flow->again);
}
