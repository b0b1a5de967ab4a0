/* SPDX-License-Identifier: Apache-2.0 */
/* A part of the sensor that sees what only an attack does: fork bombs, reverse shells, and
 * programs without a file that the web server was made to start. */
#ifndef SENSORS_ATTACK_H
#define SENSORS_ATTACK_H

#include "sensors/part.h"

extern const struct sensor_part attack_part;

/* In the loader; see part.h. */
int attack_load(const struct sensor_settings *settings, struct loaded *loaded, struct str *why);

#endif
