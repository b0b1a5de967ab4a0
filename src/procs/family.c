/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that dies is started again after a pause: a tenth of a second, twice
 * as long each time, at most half a minute; one that has lived for a minute
 * begins with a tenth again. The family never gives a child up, and says each
 * time what it does.
 *
 * Order of what a new child hears: kernel descriptors, blobs, then a channel to
 * each sibling that runs; its siblings are given the other ends.
 */
#include "procs/family.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"
#include "model/newcomers.h"
#include "procs/channel.h"
#include "procs/process_state.h"
#include "procs/roles.h"
#include "procs/spawn.h"

enum {
	FIRST_PAUSE = 100, /* ms */
	LONGEST_PAUSE = 30000,
	LONG_LIFE = 60000,
	MOST_KERNEL_OBJECTS = 256,
	LONGEST_NAME = 256,
};

struct child {
	struct family *family;
	enum process process;
	pid_t pid; /* 0: does not run */
	struct channel *channel;
	struct event *again;
	int64_t started; /* boot ms */
	int64_t started_wall;
	int64_t pause;
	uint32_t restarts;
	bool serves;
	bool stopped;
	char *line;
};

struct kernel_object {
	char name[LONGEST_NAME];
	size_t length;
	int fd;
};

struct family {
	struct event_base *loop;
	const struct options *options;
	const struct places *places;
	const struct family_events *events;
	void *context;
	struct child children[PROCESS_COUNT];
	int blobs[BLOB_COUNT];
	struct kernel_object objects[MOST_KERNEL_OBJECTS];
	size_t object_count;
};

bool
family_runs(const struct family *family, enum process process)
{
	return family->children[process].pid != 0;
}

const char *
family_line(const struct family *family, enum process process)
{
	const char *line = family->children[process].line;
	return line ? line : "";
}

/* A child that does not read is as good as dead. */
void
family_send(struct family *family, enum process to, enum message message, const void *bytes,
    size_t length, int fd)
{
	struct child *child = &family->children[to];
	if (!child->channel)
		return;
	int status = channel_send(child->channel, message, bytes, length, fd);
	if (!status || status == -EPIPE)
		return;
	log_error("cannot send %s to %s: %s", message_name(message), process_name(to),
	    strerror(-status));
	family_kill(family, to);
}

static void
tell_engine(struct family *family)
{
	struct process_state states[PROCESS_COUNT];
	size_t count = 0;
	for (enum process process = 0; process < PROCESS_COUNT; process++) {
		const struct child *child = &family->children[process];
		if (process == PROCESS_PARENT || role_is_one_shot(process) || !child->started)
			continue;
		states[count++] = (struct process_state){
		    .process = process,
		    .pid = child->pid,
		    .restarts = child->restarts,
		    .started = child->started_wall,
		    .serves = child->serves,
		    .line = child->line ? child->line : "",
		};
	}
	auto_str bytes = {0};
	process_states_encode(states, count, &bytes);
	family_send(family, PROCESS_ENGINE, MESSAGE_PROCESSES, bytes.data, bytes.length, -1);
}

/* What children are given. */

static void
give_blob(struct family *family, enum process to, enum blob kind)
{
	auto_str payload = {0};
	wire_put_u32(&payload, kind);
	if (family->blobs[kind] >= 0)
		family_send(family, to, MESSAGE_BLOB, payload.data, payload.length,
		    family->blobs[kind]);
}

void
family_set_blob(struct family *family, enum blob kind, int fd)
{
	cleanup_fd(&family->blobs[kind]);
	family->blobs[kind] = fd;
	for (enum process process = 0; process < PROCESS_COUNT; process++)
		if (role_wants(process, kind) && family_runs(family, process))
			give_blob(family, process, kind);
}

/* The enforcer is told of newcomers, and needs nothing that tells of anything else. */
static bool
is_for(const struct kernel_object *object, enum process to)
{
	size_t length = strlen(NEWCOMERS);
	bool newcomers = object->length > length && !memcmp(object->name, NEWCOMERS, length);
	return to == PROCESS_LOADER || newcomers == (to == PROCESS_ENFORCER);
}

static void
give_kernel_objects(struct family *family, enum process to)
{
	for (size_t i = 0; i < family->object_count; i++)
		if (is_for(&family->objects[i], to))
			family_send(family, to, MESSAGE_KERNEL_FD, family->objects[i].name,
			    family->objects[i].length, family->objects[i].fd);
}

static struct kernel_object *
find_object(struct family *family, const void *name, size_t length)
{
	for (size_t i = 0; i < family->object_count; i++)
		if (family->objects[i].length == length &&
		    !memcmp(family->objects[i].name, name, length))
			return &family->objects[i];
	return NULL;
}

void
family_add_kernel_object(struct family *family, const void *name, size_t length, int fd)
{
	struct kernel_object *object = find_object(family, name, length);
	if (!object && (family->object_count == MOST_KERNEL_OBJECTS || length > LONGEST_NAME)) {
		log_error("the loader loaded more than can be kept");
		close(fd);
		return;
	}
	if (!object) {
		object = &family->objects[family->object_count++];
		memcpy(object->name, name, length);
		object->length = length;
		object->fd = -1;
	}
	cleanup_fd(&object->fd);
	object->fd = fd;
}

static void
give_channel_end(struct family *family, enum process to, enum process peer, int fd)
{
	auto_str payload = {0};
	wire_put_u32(&payload, peer);
	family_send(family, to, MESSAGE_PEER, payload.data, payload.length, fd);
}

static void
introduce(struct family *family, enum process one, enum process other)
{
	int ends[2];
	int status = channel_pair(ends);
	if (status) {
		log_error("cannot make a channel: %s", strerror(-status));
		family_kill(family, one);
		return;
	}
	give_channel_end(family, one, other, ends[0]);
	give_channel_end(family, other, one, ends[1]);
	close(ends[0]);
	close(ends[1]);
}

static void
introduce_to_all(struct family *family, enum process process)
{
	for (enum process other = 0; other < PROCESS_COUNT; other++)
		if (other != process && other != PROCESS_PARENT && family_runs(family, other) &&
		    processes_talk(process, other))
			introduce(family, process, other);
}

/* What children say. */

static int
on_ready(struct child *child, const void *bytes, size_t length)
{
	auto_str line = {0};
	str_add_bytes(&line, bytes, length);
	bool first = !child->serves;
	free(child->line);
	child->line = str_take(&line);
	child->serves = true;
	if (first && !role_is_one_shot(child->process))
		log_info("%s: %s", process_name(child->process), child->line);
	tell_engine(child->family);
	return 0;
}

static int
on_dropped(struct child *child, const void *bytes, size_t length)
{
	struct wire_reader reader = wire_read(bytes, length);
	char reason[512];
	enum process culprit = wire_get_below(&reader, PROCESS_COUNT);
	wire_get_text_into(&reader, reason, sizeof(reason));
	if (wire_end(&reader) || culprit == PROCESS_PARENT ||
	    !processes_talk(culprit, child->process))
		return -EBADMSG;
	log_error("%s dropped %s, which sent %s", process_name(child->process),
	    process_name(culprit), reason);
	family_kill(child->family, culprit);
	return 0;
}

static int
on_message(void *context, enum process from, enum message message, const void *bytes,
    size_t length, int *fd)
{
	struct child *child = context;
	if (message == MESSAGE_READY)
		return on_ready(child, bytes, length);
	if (message == MESSAGE_DROPPED)
		return on_dropped(child, bytes, length);
	struct family *family = child->family;
	return family->events->message(family->context, from, message, bytes, length, fd);
}

static void
on_ended(void *context, enum process process, const char *reason)
{
	struct child *child = context;
	channel_free(take(child->channel));
	if (!reason)
		return;
	log_error("%s sent %s; it is killed", process_name(process), reason);
	family_kill(child->family, process);
}

static const struct channel_events channel_events = {
    .message = on_message,
    .ended = on_ended,
};

/* Birth and death. */

static void
start_later(struct child *child)
{
	if (!child->pause || clock_boot() - child->started > LONG_LIFE)
		child->pause = FIRST_PAUSE;
	struct timeval pause = {child->pause / 1000, child->pause % 1000 * 1000};
	evtimer_add(child->again, &pause);
	child->pause = child->pause * 2 < LONGEST_PAUSE ? child->pause * 2 : LONGEST_PAUSE;
}

static int
start(struct child *child)
{
	struct family *family = child->family;
	int ends[2];
	int status = channel_pair(ends);
	if (status)
		return status;
	auto_fd int theirs = ends[1];
	struct channel *channel = channel_new(
	    family->loop, ends[0], PROCESS_PARENT, child->process, &channel_events, child);
	int directory = places_directory(family->places, child->process);
	status = spawn_process(family->options, child->process, theirs, directory, &child->pid);
	if (status) {
		channel_free(channel);
		return status;
	}
	child->channel = channel;
	child->started = clock_boot();
	child->started_wall = clock_wall();
	child->serves = false;
	return 0;
}

void
family_start(struct family *family, enum process process)
{
	struct child *child = &family->children[process];
	if (child->pid)
		return;
	int status = start(child);
	if (status) {
		log_error("cannot start %s: %s", process_name(process), strerror(-status));
		start_later(child);
		return;
	}
	if (process == PROCESS_SENSOR || process == PROCESS_LOADER ||
	    process == PROCESS_ENFORCER)
		give_kernel_objects(family, process);
	for (enum blob kind = 0; kind < BLOB_COUNT; kind++)
		if (role_wants(process, kind))
			give_blob(family, process, kind);
	introduce_to_all(family, process);
	tell_engine(family);
}

static void
on_again(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct child *child = context;
	if (child->stopped)
		return;
	child->restarts++;
	family_start(child->family, child->process);
}

void
family_kill(struct family *family, enum process process)
{
	if (family_runs(family, process))
		kill(family->children[process].pid, SIGKILL);
}

void
family_stop(struct family *family, enum process process)
{
	family->children[process].stopped = true;
	event_del(family->children[process].again);
	family_send(family, process, MESSAGE_QUIT, NULL, 0, -1);
}

static void
say_death(const struct child *child, int status, const char *then)
{
	const char *name = process_name(child->process);
	if (WIFSIGNALED(status))
		log_error("%s was killed by signal %d (%s)%s", name, WTERMSIG(status),
		    strsignal(WTERMSIG(status)), then);
	else if (role_is_one_shot(child->process) || (child->stopped && !WEXITSTATUS(status)))
		log_debug("%s is done", name);
	else
		log_error("%s ended with status %d%s", name, WEXITSTATUS(status), then);
}

static void
bury(struct child *child, int status)
{
	struct family *family = child->family;
	child->pid = 0;
	child->serves = false;
	/* Its last words may still be in the socket. */
	if (child->channel)
		channel_receive(child->channel);
	channel_free(take(child->channel));
	bool again = !child->stopped && !role_is_one_shot(child->process);
	say_death(child, status, again ? "; it is started again" : "");
	if (again)
		start_later(child);
	else
		family->events->ended(family->context, child->process, status);
	tell_engine(family);
}

void
family_reap(struct family *family)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		for (enum process process = 0; process < PROCESS_COUNT; process++)
			if (family->children[process].pid == pid)
				bury(&family->children[process], status);
}

struct family *
family_new(struct event_base *loop, const struct options *options, const struct places *places,
    const struct family_events *events, void *context)
{
	struct family *family = memory_new(1, sizeof(*family));
	family->loop = loop;
	family->options = options;
	family->places = places;
	family->events = events;
	family->context = context;
	for (enum blob kind = 0; kind < BLOB_COUNT; kind++)
		family->blobs[kind] = -1;
	for (enum process process = 0; process < PROCESS_COUNT; process++) {
		struct child *child = &family->children[process];
		child->family = family;
		child->process = process;
		child->again = evtimer_new(loop, on_again, child);
		if (!child->again)
			fatal("cannot make a timer");
	}
	return family;
}

void
family_free(struct family *family)
{
	for (enum process process = 0; process < PROCESS_COUNT; process++) {
		struct child *child = &family->children[process];
		channel_free(child->channel);
		event_free(child->again);
		free(child->line);
	}
	for (enum blob kind = 0; kind < BLOB_COUNT; kind++)
		cleanup_fd(&family->blobs[kind]);
	for (size_t i = 0; i < family->object_count; i++)
		cleanup_fd(&family->objects[i].fd);
	free(family);
}
