/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: a part of the sensor that sees attempts on the server's settings
 * and devices, refused and successful. Needs Linux 6.14, which tells of each
 * capability that is asked for.
 */
#ifndef SENSORS_GUARD_H
#define SENSORS_GUARD_H

#include "sensors/part.h"

extern const struct sensor_part guard_part;

/* In the loader; see part.h. */
int guard_load(const struct sensor_settings *settings, struct loaded *loaded, struct str *why);

#endif
