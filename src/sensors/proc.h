/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensor for hosts where the kernel programs cannot be loaded: looks at
 * /proc at each frame. It makes the same frames but sees only who lives at
 * that moment, in clock ticks of 10 ms: short processes escape it, and
 * sensor_proc_describe() says so.
 */
#ifndef SENSORS_PROC_H
#define SENSORS_PROC_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/frame.h"
#include "sensors/process.h"

struct sensor_proc;

/* proc is a descriptor of a proc file system, which is duplicated. 0 or -errno. */
int sensor_proc_open(
    int proc, const struct sensor_settings *settings, struct sensor_proc **ret_sensor) must_use;
void sensor_proc_free(struct sensor_proc *sensor);

/* As their namesakes in sensors/process.h. */
void sensor_proc_on_name(
    struct sensor_proc *sensor, sensor_name_callback *callback, void *context);
void sensor_proc_repeat_names(struct sensor_proc *sensor);
int sensor_proc_frame(struct sensor_proc *sensor, int64_t now, struct arena *arena,
    struct frame *ret_frame) must_use;
void sensor_proc_describe(const struct sensor_proc *sensor, struct str *out);

#endif
