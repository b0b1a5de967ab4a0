/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clocks. Only procs/ asks them; everybody else is told the time.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/str.h"

/* Milliseconds since the epoch, as people read it. Steps when somebody sets it. */
int64_t clock_wall(void);

/* Milliseconds since boot, suspend included. Never steps. */
int64_t clock_boot(void);

/* Nanoseconds of CLOCK_MONOTONIC, for measuring. */
int64_t clock_monotonic_ns(void);

/* Pure: "2027-01-31T14:03:07Z" of milliseconds since the epoch. */
void clock_add_utc(struct str *out, int64_t wall);

/* Pure: milliseconds since the epoch of a civil UTC date, 0:00. Month and day from 1. */
int64_t clock_of_date(int year, int month, int day);

#endif
