/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part of the sensor that sees who spends processor time on waking and asking
 * and is given nothing for it. See docs/decisions/0035-polling.md.
 */
#ifndef SENSORS_POLLING_H
#define SENSORS_POLLING_H

#include "sensors/part.h"

/* ms: of each round, for a moment, returns of calls are looked at while there is a suspect. */
enum { POLLING_ROUND = 10 * 1000, POLLING_MOMENT = 350 };

extern const struct sensor_part polling_part;

/* In the loader; see part.h. */
int polling_load(
    const struct sensor_settings *settings, struct loaded *loaded, struct str *why);

#endif
