/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which scripts the workers of PHP-FPM ran, by the access logs of their pools: for hosts where
 * nobody can listen to the workers themselves. See docs/decisions/0038-pool-logs.md.
 */
#ifndef SENSORS_POOL_LOGS_H
#define SENSORS_POOL_LOGS_H

#include "model/frame.h"
#include "sensors/log_set.h"

struct pool_logs;

/* log_group: see follow.h. */
struct pool_logs *pool_logs_new(uint32_t log_group) must_use;
void pool_logs_free(struct pool_logs *logs);

/* The logs that the setting names; the accounts outlive it or the next call. */
void pool_logs_set(struct pool_logs *logs, const char *setting,
    const struct accounts *accounts, uint32_t floor);

/* Reads what was written since; see log_set_read(). now: boot ms. */
void pool_logs_read(struct pool_logs *logs, int64_t now);

/*
 * What was read since the last take, as a frame without a capacity: rows of scripts with their
 * time, memory and runs. In the arena; row_count is 0 if nothing was.
 */
void pool_logs_take(struct pool_logs *logs, struct arena *arena, struct frame *ret_frame);

/* Gives the names of the scripts that the next take will have rows of. */
typedef void pool_logs_give(void *context, const struct script_name *name);
void pool_logs_names(struct pool_logs *logs, pool_logs_give *give, void *context);

struct log_set_state pool_logs_state(const struct pool_logs *logs);

#endif
