/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends the engine a frame at each interval: from the kernel's counters, whose
 * descriptors the parent handed over, or, without them, by sampling /proc. It
 * also tells how the host is doing. It has no privilege but its descriptors.
 *
 * A frame counts as reported once it is made. So none is made while the engine
 * is not there or does not read: the counters go on, and the next frame covers
 * the whole time.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/memory.h"
#include "model/observation.h"
#include "procs/roles.h"
#include "procs/sensor_parts.h"
#include "procs/sensor_state.h"
#include "sensors/load.h"
#include "sensors/pressure.h"
#include "sensors/proc.h"
#include "sensors/process.h"

enum {
	OWN_SENSORS = 4,
	MOST_WAITING = 64,
	SHORTEST_INTERVAL = 100,
	ATTACH_PAUSE = 5000,
	STATE_PAUSE = 10 * 1000,
	WARNING_PAUSE = 60 * 1000
};

struct sensor_inside {
	struct process_frame *frame;
	struct loaded objects;
	struct str state;  /* of the sources, as the engine was told it last */
	int64_t state_at;  /* boot ms: when that was looked at last */
	uint32_t unserved; /* servers of PHP that the parent was told of */
	int64_t attached;  /* boot ms: when it was told last */
	int64_t warned;	   /* boot ms: that the engine does not keep up; 0: never */
	uint64_t untold;   /* messages that it had no room for since */
	int proc;
	struct sensor_process *kernel; /* NULL: not to be had here */
	struct sensor_proc *sampling;  /* NULL: kernel is there */
	struct sensor_pressure *pressure;
	struct parts *parts; /* NULL: without the kernel's counters there are none */
	struct event *tick;
	struct str why_not; /* why the kernel's counters cannot be read */
};

/* SECURITY: a customer's storm must not become one of lines in the log. */
static void
warn_of_engine(struct sensor_inside *inside, int status)
{
	int64_t now = clock_boot();
	inside->untold++;
	if (inside->warned && now - inside->warned < WARNING_PAUSE)
		return;
	log_warning("the engine does not keep up: %s; %llu messages were not sent",
	    strerror(-status), (unsigned long long)inside->untold);
	inside->warned = now;
	inside->untold = 0;
}

static void
tell(struct sensor_inside *inside, enum message message, const struct str *bytes)
{
	int status = process_send(
	    inside->frame, PROCESS_ENGINE, message, bytes->data, bytes->length, -1);
	if (status && status != -ENOTCONN && status != -EPIPE)
		warn_of_engine(inside, status);
}

static void
on_name(void *context, const struct script_name *name)
{
	auto_str bytes = {0};
	script_name_encode(name, &bytes);
	tell(context, MESSAGE_SCRIPT, &bytes);
}

/* The script that a deed is of must have been named. */
static void
before_deeds(void *context)
{
	struct sensor_inside *inside = context;
	if (sensor_process_hear_names(inside->kernel))
		log_warning("cannot hear the names of scripts");
}

static void
on_deed(void *context, const struct deed *deed)
{
	struct sensor_inside *inside = context;
	auto_str bytes = {0};
	deed_encode(deed, &bytes);
	if (process_has_peer(inside->frame, PROCESS_ENGINE))
		tell(inside, MESSAGE_DEED, &bytes);
}

static void
on_handing(void *context, const struct handing *handing)
{
	struct sensor_inside *inside = context;
	auto_str bytes = {0};
	handing_encode(handing, &bytes);
	if (process_has_peer(inside->frame, PROCESS_ENGINE))
		tell(inside, MESSAGE_HANDED, &bytes);
}

/* What is said of the sources. */

static void
describe_counting(struct sensor_inside *inside, struct str *out)
{
	if (inside->kernel)
		sensor_process_describe(inside->kernel, out);
	else if (inside->sampling)
		sensor_proc_describe(inside->sampling, out);
}

static void
encode_state(struct sensor_inside *inside, struct str *out)
{
	auto_arena struct arena *arena = arena_new();
	auto_str lost = {0}, disks = {0}, pressure = {0};
	bool disks_work = inside->kernel && sensor_process_tells_disks(inside->kernel);
	if (inside->kernel) {
		sensor_process_describe_disks(inside->kernel, &disks);
		sensor_process_describe_lost(inside->kernel, &lost);
	}
	bool sampling = inside->sampling != NULL;
	if (sampling) {
		describe_counting(inside, &lost);
		if (inside->why_not.length)
			str_addf(&lost, " (%s)", str_text(&inside->why_not));
	}
	if (inside->pressure)
		sensor_pressure_describe(inside->pressure, &pressure);
	struct sensor_state states[OWN_SENSORS + MOST_SENSOR_PARTS] = {
	    {
		.sensor = SENSOR_KERNEL,
		.works = inside->kernel || sampling,
		.by = inside->kernel ? "BPF"
		      : sampling     ? "sampling of /proc"
				     : "",
		.lost = str_text(&lost),
	    },
	    {
		.sensor = SENSOR_RUNS,
		.works = inside->kernel != NULL,
		.by = inside->kernel ? "BPF" : "",
		.lost = "",
	    },
	    {
		.sensor = SENSOR_IO,
		.works = disks_work,
		.by = disks_work ? "BPF and the disks' own counts" : "",
		.lost = str_text(&disks),
	    },
	    {
		.sensor = SENSOR_PRESSURE,
		.works = inside->pressure != NULL,
		.by = inside->pressure ? "pressure stall information" : "",
		.lost = str_text(&pressure),
	    },
	};
	size_t count = OWN_SENSORS;
	if (inside->parts)
		count += parts_states(inside->parts, arena, states + count);
	sensor_states_encode(states, count, out);
}

static void
tell_state(struct sensor_inside *inside)
{
	str_clear(&inside->state);
	encode_state(inside, &inside->state);
	tell(inside, MESSAGE_SENSOR_STATE, &inside->state);
}

/* What was lost grows, and whose the disks' time is may come and go. */
static void
tell_changed_state(struct sensor_inside *inside)
{
	int64_t now = clock_boot();
	auto_str state = {0};
	if (now - inside->state_at < STATE_PAUSE)
		return;
	inside->state_at = now;
	encode_state(inside, &state);
	if (state.length != inside->state.length ||
	    memcmp(state.data, inside->state.data, state.length) != 0)
		tell_state(inside);
}

static void
tell_ready(struct sensor_inside *inside)
{
	auto_str line = {0};
	describe_counting(inside, &line);
	while (line.length && line.data[line.length - 1] == '\n')
		str_cut(&line, line.length - 1);
	process_ready(inside->frame, "%s", str_text(&line));
}

/* At each interval. */

static int
make_frame(struct sensor_inside *inside, struct arena *arena, struct frame *ret_frame)
{
	if (inside->kernel)
		return sensor_process_frame(inside->kernel, clock_boot(), arena, ret_frame);
	return sensor_proc_frame(inside->sampling, clock_boot(), arena, ret_frame);
}

static void
send_frame(struct sensor_inside *inside)
{
	auto_arena struct arena *arena = arena_new();
	struct frame frame;
	auto_str bytes = {0};
	int status = make_frame(inside, arena, &frame);
	if (status)
		fatal("cannot read the counters: %s", strerror(-status));
	frame_encode(&frame, &bytes);
	crash_point(CRASH_SENSOR_READ);
	tell(inside, MESSAGE_FRAME, &bytes);
}

static void
send_pressure(struct sensor_inside *inside)
{
	struct observation observations[PRESSURE_MEASURES];
	if (!inside->pressure)
		return;
	size_t count = sensor_pressure_observe(inside->pressure, clock_boot(), observations);
	for (size_t i = 0; i < count; i++) {
		auto_str bytes = {0};
		observation_encode(&observations[i], &bytes);
		tell(inside, MESSAGE_OBSERVATION, &bytes);
	}
}

/* Servers of PHP that began: somebody with the power to do so is to listen to them. */
static void
want_listeners(struct sensor_inside *inside)
{
	int64_t now = clock_boot();
	uint32_t unserved = inside->kernel ? sensor_process_unserved(inside->kernel) : 0;
	if (unserved == inside->unserved || now - inside->attached < ATTACH_PAUSE)
		return;
	inside->attached = now;
	if (!process_send(inside->frame, PROCESS_PARENT, MESSAGE_ATTACH, NULL, 0, -1))
		inside->unserved = unserved;
}

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct sensor_inside *inside = context;
	if (!process_has_peer(inside->frame, PROCESS_ENGINE) ||
	    process_queued(inside->frame, PROCESS_ENGINE) > MOST_WAITING)
		return;
	send_frame(inside);
	send_pressure(inside);
	tell_changed_state(inside);
	if (inside->parts)
		parts_look(inside->parts);
	want_listeners(inside);
}

static void
set_interval(struct sensor_inside *inside)
{
	int64_t interval = inside->frame->config->interval;
	if (interval < SHORTEST_INTERVAL)
		interval = SHORTEST_INTERVAL;
	struct timeval pause = {interval / 1000, interval % 1000 * 1000};
	if (event_add(inside->tick, &pause))
		fatal("cannot set a timer");
}

/* Opening. */

static int
open_kernel(struct sensor_inside *inside)
{
	struct sensor_settings settings = sensor_settings_of(inside->frame->config);
	if (!inside->objects.count) {
		str_add(&inside->why_not, "the kernel programs could not be loaded");
		return -ENOENT;
	}
	int status = sensor_process_open(
	    inside->objects.fds, inside->objects.count, &settings, &inside->kernel);
	if (status)
		str_addf(&inside->why_not, "the kernel's counters cannot be read: %s",
		    strerror(-status));
	if (status)
		return status;
	sensor_process_on_name(inside->kernel, on_name, inside);
	const struct parts_listener listener = {
	    before_deeds, {on_deed, on_handing, inside}, inside};
	inside->parts = parts_open(inside->objects.fds, inside->objects.count, &settings,
	    inside->frame->loop, &listener);
	return 0;
}

static int
open_sampling(struct sensor_inside *inside)
{
	struct sensor_settings settings = sensor_settings_of(inside->frame->config);
	int status = sensor_proc_open(inside->proc, &settings, &inside->sampling);
	if (!status)
		sensor_proc_on_name(inside->sampling, on_name, inside);
	return status;
}

/* Folders of the filesystems on which accounts usually live. */
static int
open_pressure(struct sensor_pressure **ret_pressure)
{
	static const char *const usual[] = {
	    "/", "/home", "/srv", "/var", "/var/mail", "/var/www"};
	const char *folders[array_length(usual)];
	size_t count = 0;
	for (size_t i = 0; i < array_length(usual); i++)
		if (!access(usual[i], F_OK))
			folders[count++] = usual[i];
	return sensor_pressure_open(folders, count, ret_pressure);
}

static int
sensor_prepare(struct process_frame *frame)
{
	struct sensor_inside *inside = memory_new(1, sizeof(*inside));
	inside->frame = frame;
	frame->state = inside;
	inside->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (inside->proc < 0)
		return -errno;
	int status = open_pressure(&inside->pressure);
	if (status)
		log_warning("cannot tell how the host is doing: %s", strerror(-status));
	return 0;
}

static int
sensor_start(struct process_frame *frame)
{
	struct sensor_inside *inside = frame->state;
	if (open_kernel(inside)) {
		log_warning("%s: sampling /proc instead", str_text(&inside->why_not));
		int status = open_sampling(inside);
		if (status)
			return status;
	}
	inside->tick = event_new(frame->loop, -1, EV_PERSIST, on_tick, inside);
	if (!inside->tick)
		return -ENOMEM;
	set_interval(inside);
	tell_ready(inside);
	return 0;
}

static int
sensor_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	(void)bytes, (void)length;
	struct sensor_inside *inside = frame->state;
	if (kind == BLOB_CONFIG && inside->tick)
		set_interval(inside);
	return 0;
}

/* A new engine knows no script by name. */
static void
sensor_peer(struct process_frame *frame, enum process peer, bool connected)
{
	struct sensor_inside *inside = frame->state;
	if (peer != PROCESS_ENGINE || !connected)
		return;
	tell_state(inside);
	if (inside->kernel)
		sensor_process_repeat_names(inside->kernel);
	else if (inside->sampling)
		sensor_proc_repeat_names(inside->sampling);
}

static int
sensor_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	(void)from;
	struct sensor_inside *inside = frame->state;
	if (message != MESSAGE_KERNEL_FD)
		return -EBADMSG;
	return loaded_add(&inside->objects, bytes, length, fd);
}

static void
sensor_quit(struct process_frame *frame)
{
	struct sensor_inside *inside = frame->state;
	event_free(inside->tick);
	parts_free(inside->parts);
	sensor_process_free(inside->kernel);
	sensor_proc_free(inside->sampling);
	sensor_pressure_free(inside->pressure);
	loaded_done(&inside->objects);
	cleanup_fd(&inside->proc);
	str_done(&inside->why_not);
	str_done(&inside->state);
	free(inside);
}

const struct process_handlers *
sensor_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = sensor_prepare,
	    .start = sensor_start,
	    .blob = sensor_blob,
	    .peer = sensor_peer,
	    .message = sensor_message,
	    .quit = sensor_quit,
	};
	return &handlers;
}
