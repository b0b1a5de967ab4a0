/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All access logs of a host, followed, read and counted: from the settings and
 * the accounts to the visits of each account.
 */
#ifndef SENSORS_ACCESS_LOGS_H
#define SENSORS_ACCESS_LOGS_H

#include <stddef.h>
#include <stdint.h>

#include "model/config.h"
#include "sensors/log_set.h"
#include "sensors/visiting.h"

struct access_logs;

/* log_group: see follow.h. Time is boot ms. */
struct access_logs *access_logs_new(uint32_t log_group, int64_t now) must_use;
void access_logs_free(struct access_logs *logs);

/* New settings and accounts, at the start and after a reload; takes the accounts. */
void access_logs_set(
    struct access_logs *logs, const struct config *config, struct accounts *accounts);

/* Reads what was written since; a bounded piece of work. To be called about once a second. */
void access_logs_read(struct access_logs *logs, int64_t now);

/* Gives what was counted; see visiting_take(). */
void access_logs_take(
    struct access_logs *logs, int64_t now, uint64_t least, visiting_give *give, void *context);

/* See log_set.h. */
struct log_set_state access_logs_state(const struct access_logs *logs);

#endif
