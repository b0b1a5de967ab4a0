/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/part.h"

const struct sensor_part *const sensor_parts[] = {
    NULL,
};
