/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the host is doing: pressure stall information (the kernel's
 * Documentation/accounting/psi.rst), free memory, free disk. Everything is
 * opened once, so that it can be read on without the right to open anything.
 */
#ifndef SENSORS_PRESSURE_H
#define SENSORS_PRESSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"
#include "model/observation.h"

struct sensor_pressure;

enum { PRESSURE_MEASURES = 5 };

/*
 * folders: one folder in each filesystem that holds accounts; what cannot be
 * opened is left out and told by sensor_pressure_describe(). Fails only when
 * nothing at all can be read: -ENOENT.
 */
int sensor_pressure_open(
    const char *const *folders, size_t count, struct sensor_pressure **ret_pressure) must_use;
void sensor_pressure_free(struct sensor_pressure *pressure);

/*
 * The observations of the host at now (boot clock, ms) into at most
 * PRESSURE_MEASURES places; gives how many. Pressures are the part of the time
 * since the last call, so the first call gives none.
 */
size_t sensor_pressure_observe(struct sensor_pressure *pressure, int64_t now,
    struct observation observations[PRESSURE_MEASURES]);

/* Whether this host can tell the measure at all. */
bool sensor_pressure_feeds(const struct sensor_pressure *pressure, enum measure measure);

/* For `hayward status`: what is fed and what is missing. */
void sensor_pressure_describe(const struct sensor_pressure *pressure, struct str *out);

#endif
