/* SPDX-License-Identifier: Apache-2.0 */
/* NEEDSWORK: stands in until sensors/ has proc.c, pressure.c and peek.c; the build drops it then. */
#include <errno.h>

#include "sensors/peek.h"
#include "sensors/pressure.h"
#include "sensors/proc.h"

int
sensor_pressure_open(
    const char *const *folders, size_t count, struct sensor_pressure **ret_pressure)
{
	(void)folders, (void)count, (void)ret_pressure;
	return -ENOENT;
}

void
sensor_pressure_free(struct sensor_pressure *pressure)
{
	(void)pressure;
}

size_t
sensor_pressure_observe(struct sensor_pressure *pressure, int64_t now,
    struct observation observations[PRESSURE_MEASURES])
{
	(void)pressure, (void)now, (void)observations;
	return 0;
}

void
sensor_pressure_describe(const struct sensor_pressure *pressure, struct str *out)
{
	(void)pressure, (void)out;
}

int
sensor_proc_open(
    int proc, const struct sensor_settings *settings, struct sensor_proc **ret_sensor)
{
	(void)proc, (void)settings, (void)ret_sensor;
	return -ENOSYS;
}

void
sensor_proc_free(struct sensor_proc *sensor)
{
	(void)sensor;
}

void
sensor_proc_on_name(struct sensor_proc *sensor, sensor_name_callback *callback, void *context)
{
	(void)sensor, (void)callback, (void)context;
}

void
sensor_proc_repeat_names(struct sensor_proc *sensor)
{
	(void)sensor;
}

int
sensor_proc_frame(
    struct sensor_proc *sensor, int64_t now, struct arena *arena, struct frame *ret_frame)
{
	(void)sensor, (void)now, (void)arena, (void)ret_frame;
	return -ENOSYS;
}

void
sensor_proc_describe(const struct sensor_proc *sensor, struct str *out)
{
	(void)sensor, (void)out;
}

void
peek_answer(const struct question *question, const struct accounts *accounts,
    struct arena *arena, struct answer *ret_answer)
{
	(void)accounts, (void)arena;
	*ret_answer = (struct answer){
	    .id = question->id, .kind = question->kind, .status = -ENOSYS, .path = ""};
}
