/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two limits a throttle can set on a group, in the words of either version
 * of control groups. A throttle slows down and never ends anything:
 *
 *   cpu      a quota of the host's processors in each period.
 *   memory   version 2: memory.high, beyond which the kernel takes pages back
 *            (to swap where there is some) and lets the group wait; no
 *            memory.max, for beyond that it kills. Version 1 knows only a hard
 *            limit; with its killer switched off, who wants more waits.
 */
#ifndef ACTIONS_LIMIT_H
#define ACTIONS_LIMIT_H

#include "actions/cgroup.h"

/* What a share (hundredths of a percent) of this host is. */
uint64_t limit_memory_bytes(int64_t share);
void limit_cpu_quota(int64_t share, uint64_t *ret_quota_us, uint64_t *ret_period_us);

/* Sets the quota, unless it is in force already. */
int limit_set_cpu(const struct hierarchy *hierarchy, const char *group, int64_t share) must_use;
int limit_lift_cpu(const struct hierarchy *hierarchy, const char *group) must_use;

/*
 * Sets the limit. -EBUSY: the group holds more that cannot be taken back; it
 * was set to what it holds, so that it gets no more (ret_set says how much).
 */
int limit_set_memory(const struct hierarchy *hierarchy, const char *group, uint64_t bytes,
    uint64_t *ret_set) must_use;
int limit_lift_memory(const struct hierarchy *hierarchy, const char *group) must_use;

/* Bytes of anonymous, shared and swapped memory charged to the group and those below it. */
uint64_t limit_memory_charged(const struct hierarchy *hierarchy, const char *group);

#endif
