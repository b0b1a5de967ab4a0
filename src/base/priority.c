/* SPDX-License-Identifier: Apache-2.0 */
#include "base/priority.h"

#include <errno.h>
#include <sched.h>

int
priority_first(bool first)
{
	int policy = (first ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK;
	struct sched_param parameter = {.sched_priority = first ? 1 : 0};
	return sched_setscheduler(0, policy, &parameter) ? -errno : 0;
}
