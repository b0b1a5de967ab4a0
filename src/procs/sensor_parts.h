/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the sensor beside the sums (sensors/part.h), as its process keeps them. */
#ifndef PROCS_SENSOR_PARTS_H
#define PROCS_SENSOR_PARTS_H

#include <event2/event.h>

#include "procs/sensor_state.h"
#include "sensors/part.h"

/* Tells what is done; must not fail. */
struct parts_listener {
	void (*before)(void *context); /* before the deeds of a look, if there may be any */
	struct part_listener tells;
	void *context; /* of before */
};

struct parts;

/*
 * Opens every part that was loaded, and listens to those that wake. The descriptors are
 * duplicated or mapped. parts_free() it.
 */
struct parts *parts_open(const struct named_fd *fds, size_t count,
    const struct sensor_settings *settings, struct event_base *loop,
    const struct parts_listener *listener) must_use;
void parts_free(struct parts *parts);

/* Looks at all of them, at the end of an interval. */
void parts_look(struct parts *parts);

/*
 * How each does: MOST_SENSOR_PARTS states at most, returns how many. Their texts live in the
 * arena.
 */
size_t parts_states(
    const struct parts *parts, struct arena *arena, struct sensor_state *states);

#endif
