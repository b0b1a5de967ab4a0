/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The living: tasks as the sweep tells them, put together to processes. An
 * address space that several tasks share is counted once.
 */
#ifndef SENSORS_LIVING_H
#define SENSORS_LIVING_H

#include "sensors/counters.h"
#include "sensors/rows.h"

struct living_set;

struct living_set *living_set_new(void) must_use;
void living_set_free(struct living_set *set);

void living_set_add(struct living_set *set, const struct living *task);

/* Adds every process to the rows. */
void living_set_give(const struct living_set *set, struct rows *rows);

#endif
