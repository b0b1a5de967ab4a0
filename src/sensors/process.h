/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel sensor: reads what the kernel programs counted. It needs no
 * capability, only the descriptors that sensor_load() gave, and may die and be
 * opened again on the same descriptors: the kernel keeps both the counters and
 * what was reported of them, so nothing is reported twice.
 */
#ifndef SENSORS_PROCESS_H
#define SENSORS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/frame.h"
#include "sensors/load.h"

struct sensor_process;

/* Is told what a script key stands for, before the first row with it. The texts live for the
 * call only. */
typedef void sensor_name_callback(void *context, const struct script_name *name);

/*
 * Maps the counters. The descriptors are duplicated; the caller's stay its own.
 * -EINVAL if one is missing or is not what its name says; else -errno.
 */
int sensor_process_open(const struct named_fd *fds, size_t count,
    const struct sensor_settings *settings, struct sensor_process **ret_sensor) must_use;
void sensor_process_free(struct sensor_process *sensor);

/* Who hears of new script names; NULL: nobody. */
void sensor_process_on_name(
    struct sensor_process *sensor, sensor_name_callback *callback, void *context);

/* Says every name known again, for a listener that started anew. */
void sensor_process_repeat_names(struct sensor_process *sensor);

/* Hears the names that the kernel programs have said since; a frame does so by itself. 0 or
 * -errno. */
int sensor_process_hear_names(struct sensor_process *sensor) must_use;

/*
 * What was used since the last frame, now being the boot clock in ms. The rows
 * live in the arena. A frame counts as reported once it is made: dying between
 * this call and the sending loses one interval; it never reports one twice,
 * because a loss acquits and a double accuses. 0 or -errno.
 */
int sensor_process_frame(struct sensor_process *sensor, int64_t now, struct arena *arena,
    struct frame *ret_frame) must_use;

/* How many servers of PHP began to which nobody listened; it only grows. */
uint32_t sensor_process_unserved(const struct sensor_process *sensor);

/* Whether the last frame told whose the disks' time was; it may come and go. */
bool sensor_process_tells_disks(const struct sensor_process *sensor);

/* A line for `hayward status` that says why not, or nothing. */
void sensor_process_describe_disks(const struct sensor_process *sensor, struct str *out);

/* What was lost so far, in words, or nothing. */
void sensor_process_describe_lost(const struct sensor_process *sensor, struct str *out);

/* A line for the log: what counts, and what was lost so far. */
void sensor_process_describe(const struct sensor_process *sensor, struct str *out);

#endif
