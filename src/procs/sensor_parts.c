/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/sensor_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

struct opened {
	struct parts *all;
	const struct sensor_part *part;
	void *state; /* NULL: not to be had here */
	struct event *wake;
};

struct parts {
	struct parts_listener listener;
	size_t count;
	struct opened opened[MOST_SENSOR_PARTS];
};

static void
look(struct opened *opened)
{
	const struct parts_listener *listener = &opened->all->listener;
	int status = opened->part->look(opened->state, clock_boot(), &listener->tells);
	if (status)
		log_warning(
		    "%s cannot be looked at: %s", opened->part->name, strerror(-status));
}

static void
on_wake(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct opened *opened = context;
	opened->all->listener.before(opened->all->listener.context);
	look(opened);
}

static void
open_part(struct opened *opened, const struct named_fd *fds, size_t count,
    const struct sensor_settings *settings, struct event_base *loop)
{
	int status = opened->part->open(fds, count, settings, &opened->state);
	if (status && status != -ENOENT)
		log_warning("%s cannot be opened: %s", opened->part->name, strerror(-status));
	if (status)
		return;
	int fd = opened->part->wakes ? opened->part->wakes(opened->state) : -1;
	if (fd < 0)
		return;
	opened->wake = event_new(loop, fd, EV_READ | EV_PERSIST, on_wake, opened);
	if (!opened->wake || event_add(opened->wake, NULL))
		fatal("cannot listen to the sensor's parts");
}

struct parts *
parts_open(const struct named_fd *fds, size_t count, const struct sensor_settings *settings,
    struct event_base *loop, const struct parts_listener *listener)
{
	struct parts *parts = memory_new(1, sizeof(*parts));
	parts->listener = *listener;
	for (const struct sensor_part *const *part = sensor_parts; *part; part++) {
		struct opened *opened = &parts->opened[parts->count++];
		opened->all = parts;
		opened->part = *part;
		open_part(opened, fds, count, settings, loop);
	}
	return parts;
}

void
parts_free(struct parts *parts)
{
	for (size_t i = 0; parts && i < parts->count; i++) {
		struct opened *opened = &parts->opened[i];
		if (opened->wake)
			event_free(opened->wake);
		if (opened->state)
			opened->part->close(opened->state);
	}
	free(parts);
}

void
parts_look(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		if (parts->opened[i].state)
			look(&parts->opened[i]);
}

size_t
parts_states(const struct parts *parts, struct arena *arena, struct sensor_state *states)
{
	for (size_t i = 0; i < parts->count; i++) {
		const struct opened *opened = &parts->opened[i];
		auto_str lost = {0};
		if (opened->state)
			opened->part->describe(opened->state, &lost);
		states[i] = (struct sensor_state){
		    .sensor = opened->part->sensor,
		    .works = opened->state != NULL,
		    .by = opened->state ? opened->part->by : "",
		    .lost = arena_copy_text(arena, str_text(&lost)),
		};
	}
	return parts->count;
}
