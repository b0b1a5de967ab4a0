/* SPDX-License-Identifier: Apache-2.0 */
/* How values are written for people: in notices, listings, explanations. */
#ifndef MODEL_QUANTITY_H
#define MODEL_QUANTITY_H

#include <stdint.h>

#include "base/str.h"
#include "model/tables.h"

/*
 * "14 %", "2.5 GiB", "10 m", "1 h 30 m", "100_000", "20/h", "yes". Percentages
 * with at most two decimals, sizes with one, both exact when they are.
 */
void quantity_add(struct str *out, enum unit unit, int64_t value);

/* A value of that measure: as quantity_add(), and of listed values the name. */
void quantity_add_of(struct str *out, enum measure measure, int64_t value);

/* As the policy language writes it, exactly: "14%", "2560MiB", "1h30m", "100_000". */
void quantity_add_exact(struct str *out, enum unit unit, int64_t value);

#endif
