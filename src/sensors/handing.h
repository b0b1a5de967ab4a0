/* SPDX-License-Identifier: Apache-2.0 */
/* A part of the sensor that sees which script hands a mail to sendmail(1). */
#ifndef SENSORS_HANDING_H
#define SENSORS_HANDING_H

#include "sensors/part.h"

extern const struct sensor_part handing_part;

/* In the loader; see part.h. */
int handing_load(
    const struct sensor_settings *settings, struct loaded *loaded, struct str *why);

#endif
