/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows the web server's access logs and tells the engine who asked the
 * sites of which account for what. While the engine is not there, or does not
 * read, it counts on, and what it says next is of the whole time.
 *
 * What is counted dies with this process: a new one begins at the end of each
 * log. That leaves visitors out, and names nobody wrongly.
 *
 * SECURITY: visitors choose what stands in the logs, and customers own folders
 * in which some lie; see sensors/access_line.h and sensors/follow.h. It reads as
 * a user of its own, and of the group adm where the host has it.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "procs/roles.h"
#include "procs/sandbox.h"
#include "sensors/access_logs.h"
#include "sensors/pool_logs.h"

enum { READ_EVERY = 1000, SEND_EVERY = 5000, MOST_WAITING = 64 };

/* Requests of one visitor that are told at once: before what he causes is held against the
 * owner. */
enum { HURRIED = 20 };

struct logs {
	struct process_frame *frame;
	struct access_logs *access;
	struct pool_logs *pools;
	struct event *tick;
	int64_t sent; /* boot ms */
	struct log_set_state told; /* of both together */
};

static bool
send_visits(void *context, const struct visits *visits)
{
	struct logs *logs = context;
	auto_str bytes = {0};
	visits_encode(visits, &bytes);
	int status = process_send(
	    logs->frame, PROCESS_ENGINE, MESSAGE_VISITS, bytes.data, bytes.length, -1);
	if (status)
		log_debug("visits are kept for later: %s", strerror(-status));
	return status == 0;
}

static void
send_script(void *context, const struct script_name *name)
{
	struct logs *logs = context;
	auto_str bytes = {0};
	script_name_encode(name, &bytes);
	int status = process_send(
	    logs->frame, PROCESS_ENGINE, MESSAGE_POOL_SCRIPT, bytes.data, bytes.length, -1);
	if (status)
		log_debug("the name of a script is not told: %s", strerror(-status));
}

/* What cannot be sent now is lost: the processor time is the pool's then, as without a log. */
static void
send_pool_runs(struct logs *logs)
{
	auto_arena struct arena *arena = arena_new();
	auto_str bytes = {0};
	struct frame frame;
	pool_logs_names(logs->pools, send_script, logs);
	pool_logs_take(logs->pools, arena, &frame);
	if (!frame.row_count)
		return;
	frame_encode(&frame, &bytes);
	int status = process_send(
	    logs->frame, PROCESS_ENGINE, MESSAGE_POOL_RUNS, bytes.data, bytes.length, -1);
	if (status)
		log_warning("what pools ran is not told: %s", strerror(-status));
}

static bool
engine_reads(const struct logs *logs)
{
	return process_has_peer(logs->frame, PROCESS_ENGINE) &&
	       process_queued(logs->frame, PROCESS_ENGINE) <= MOST_WAITING;
}

static void
tell_ready(struct logs *logs)
{
	struct log_set_state state = access_logs_state(logs->access);
	struct log_set_state pools = pool_logs_state(logs->pools);
	state.followed += pools.followed;
	state.named += pools.named;
	if (state.followed == logs->told.followed && state.named == logs->told.named)
		return;
	logs->told = state;
	process_ready(
	    logs->frame, "following %zu of %zu access logs", state.followed, state.named);
}

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct logs *logs = context;
	int64_t now = clock_boot();
	access_logs_read(logs->access, now);
	pool_logs_read(logs->pools, now);
	tell_ready(logs);
	if (!engine_reads(logs))
		return;
	if (now - logs->sent < SEND_EVERY) {
		access_logs_take(logs->access, now, HURRIED, send_visits, logs);
		return;
	}
	logs->sent = now;
	access_logs_take(logs->access, now, 0, send_visits, logs);
	send_pool_runs(logs);
}

static int
logs_prepare(struct process_frame *frame)
{
	struct logs *logs = memory_new(1, sizeof(*logs));
	int64_t now = clock_boot();
	logs->frame = frame;
	logs->access = access_logs_new(sandbox_log_group(), now);
	logs->pools = pool_logs_new(sandbox_log_group());
	logs->sent = now;
	logs->told.named = SIZE_MAX;
	frame->state = logs;
	return 0;
}

static int
logs_start(struct process_frame *frame)
{
	static const struct timeval pause = {READ_EVERY / 1000, READ_EVERY % 1000 * 1000};
	struct logs *logs = frame->state;
	logs->tick = event_new(frame->loop, -1, EV_PERSIST, on_tick, logs);
	if (!logs->tick || event_add(logs->tick, &pause))
		return -ENOMEM;
	access_logs_read(logs->access, clock_boot());
	pool_logs_read(logs->pools, clock_boot());
	tell_ready(logs);
	return 0;
}

/* The settings come before the accounts, which the logs are listed for. */
static int
logs_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	struct logs *logs = frame->state;
	struct accounts *accounts = NULL;
	if (kind != BLOB_ACCOUNTS)
		return 0;
	int status = accounts_decode(bytes, length, &accounts);
	if (status)
		return status;
	const struct config *config = frame->config;
	pool_logs_set(logs->pools, config->pool_logs, accounts, (uint32_t)config->uid_floor);
	access_logs_set(logs->access, config, accounts);
	return 0;
}

static int
logs_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	(void)frame, (void)from, (void)message, (void)bytes, (void)length, (void)fd;
	return -EBADMSG;
}

static void
logs_quit(struct process_frame *frame)
{
	struct logs *logs = frame->state;
	if (logs->tick)
		event_free(logs->tick);
	pool_logs_free(logs->pools);
	access_logs_free(logs->access);
	free(logs);
}

const struct process_handlers *
logs_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = logs_prepare,
	    .start = logs_start,
	    .blob = logs_blob,
	    .message = logs_message,
	    .quit = logs_quit,
	};
	return &handlers;
}
