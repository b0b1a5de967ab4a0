/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/attack.h"
#include "sensors/guard.h"
#include "sensors/handing.h"
#include "sensors/part.h"
#include "sensors/polling.h"

const struct sensor_part *const sensor_parts[] = {
    &guard_part,
    &attack_part,
    &polling_part,
    &handing_part,
    NULL,
};
