/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as people write them in hayward.conf and accounts.conf, in the manner
 * of the policy language: 100_000 · 1h30m · 5GiB · 15% · 2027-01-31 · yes.
 * Each gives 0 or -EINVAL; too large a value is -ERANGE.
 */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

#include <stdint.h>

#include "base/attributes.h"
#include "model/tables.h"

/* A count of things, not negative. */
int value_count(const char *text, int64_t *ret_value) must_use;

/* A span in ms: parts with w d h m s ms, in that order. */
int value_time(const char *text, int64_t *ret_value) must_use;

/* Bytes: B, KiB MiB GiB TiB (also K M G T), kB MB GB TB. */
int value_size(const char *text, int64_t *ret_value) must_use;

/* Hundredths of a percent; at most two decimals. */
int value_percent(const char *text, int64_t *ret_value) must_use;

/* Milliseconds since the epoch at the beginning of a day, UTC. */
int value_date(const char *text, int64_t *ret_value) must_use;

/* Any of these, and yes and no, told by its form. */
int value_any(const char *text, int64_t *ret_value, enum unit *ret_unit) must_use;

#endif
