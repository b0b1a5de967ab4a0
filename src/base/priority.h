/* SPDX-License-Identifier: Apache-2.0 */
/* Going before all that is not of the real time. */
#ifndef BASE_PRIORITY_H
#define BASE_PRIORITY_H

#include <stdbool.h>

/*
 * From now on this process runs first (SCHED_RR), or as its nice value says; children get neither.
 * Thousands that fork without end leave it no turn otherwise. 0, or -errno: it is not allowed
 * here, and goes on more slowly.
 */
int priority_first(bool first);

#endif
