/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent: root, and therefore deaf. It starts the others and hands over
 * descriptors and blobs that it never looks into; all that it understands of
 * what its children say is two paths, a few numbers, and text for the log.
 *
 *      start ── reader ──places──▶ directories, lock
 *                 │ ▲──────────── who has held which account id
 *                 ├─failed──▶ (first time: end)  (later: all stays as it is)
 *                 ▼ blobs
 *              loader ──kernel descriptors──▶ kept: counting survives the sensor
 *                 │      (and again, when the sensor sees a new server of PHP)
 *                 ▼
 *      sensor, peeker, engine, keeper, control, enforcer, notifier   (family.c keeps them
 * running) ▲ SIGHUP or `hayward reload`: reader again; its blobs go to all
 *
 * SIGTERM ends the children in an order in which no one loses what another
 * still says: who feeds the engine, the engine, who serves it.
 */
#include "procs/parent.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"
#include "procs/background.h"
#include "procs/family.h"
#include "procs/places.h"
#include "procs/roles.h"
#include "procs/sealed.h"

#define HOLDERS_FILE "holders.blob"

enum {
	MOST_BLOB = 256 * 1024 * 1024,
	READER_SECONDS = 60,
	STAGE_SECONDS = 8,
	LONGEST_PLACE = 4096,
};

/* Who ends when; a stage begins when all of the one before are gone. */
static const unsigned stages[] = {
    1u << PROCESS_READER | 1u << PROCESS_LOADER | 1u << PROCESS_SENSOR | 1u << PROCESS_PEEKER |
	1u << PROCESS_CONTROL | 1u << PROCESS_SCANNER | 1u << PROCESS_LOGS |
	1u << PROCESS_STEWARD | 1u << PROCESS_GATE | 1u << PROCESS_PROBER,
    1u << PROCESS_ENGINE,
    1u << PROCESS_KEEPER | 1u << PROCESS_ENFORCER | 1u << PROCESS_NOTIFIER,
};

struct parent {
	struct options options; /* with the two places */
	char *state;		/* as the first reading said */
	char *run;
	struct places places;
	struct event_base *loop;
	struct family *family;
	struct event *reader_late;
	struct event *stage_late;
	int incoming[BLOB_COUNT]; /* what the reader has sent so far */
	struct str failure;	  /* what the reader found wrong */
	bool placed;		  /* the directories are known */
	bool serving;		  /* all are started */
	bool control_asked;
	bool read_again;
	bool ending;
	size_t stage;
	int exit_status;
};

/* Reading. */

static void
begin_reading(struct parent *parent)
{
	if (family_runs(parent->family, PROCESS_READER)) {
		parent->read_again = true;
		return;
	}
	for (enum blob kind = 0; kind < BLOB_COUNT; kind++) {
		cleanup_fd(&parent->incoming[kind]);
		parent->incoming[kind] = -1;
	}
	str_clear(&parent->failure);
	struct timeval patience = {READER_SECONDS, 0};
	evtimer_add(parent->reader_late, &patience);
	family_start(parent->family, PROCESS_READER);
}

static void
on_reader_late(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct parent *parent = context;
	str_add(&parent->failure, "reading the configuration took too long\n");
	family_kill(parent->family, PROCESS_READER);
}

/* Who has held which account id, from the last run; an empty blob if there was none. */
static int
open_holders(struct parent *parent)
{
	auto_str bytes = {0};
	int status = -ENOENT;
	if (parent->places.parent >= 0)
		status = file_read(parent->places.parent, HOLDERS_FILE, MOST_BLOB, &bytes);
	if (status && status != -ENOENT)
		log_warning("cannot read who held the accounts: %s", strerror(-status));
	return file_memory("holders", bytes.data, status ? 0 : bytes.length);
}

static void
keep_holders(struct parent *parent, int fd)
{
	struct sealed sealed;
	int status = sealed_map(fd, MOST_BLOB, &sealed);
	if (!status) {
		status = file_replace(
		    parent->places.parent, HOLDERS_FILE, 0600, sealed.bytes, sealed.length);
		sealed_unmap(&sealed);
	}
	if (status)
		log_error("cannot keep who holds the accounts: %s", strerror(-status));
}

static void
finish(struct parent *parent, int exit_status)
{
	parent->exit_status = exit_status;
	event_base_loopbreak(parent->loop);
}

/* The reader waits for the holders; it was started before they could be found. */
static void
use_places(struct parent *parent)
{
	auto_str error = {0};
	if (!parent->options.test && places_open(&parent->options, &parent->places, &error)) {
		log_error("%s", str_text(&error));
		finish(parent, EXIT_FAILED);
		return;
	}
	int fd = open_holders(parent);
	if (fd < 0)
		fatal("cannot make a memory file: %s", strerror(-fd));
	family_set_blob(parent->family, BLOB_HOLDERS, fd);
}

/* The first reading says where the directories are; later ones may not move them. */
static int
accept_places(struct parent *parent, const void *bytes, size_t length)
{
	struct wire_reader reader = wire_read(bytes, length);
	char state[LONGEST_PLACE], run[LONGEST_PLACE];
	wire_get_text_into(&reader, state, sizeof(state));
	wire_get_text_into(&reader, run, sizeof(run));
	if (wire_end(&reader) || state[0] != '/' || run[0] != '/')
		return -EBADMSG;
	if (!parent->placed) {
		parent->placed = true;
		parent->options.state = parent->state = memory_copy_text(state);
		parent->options.run = parent->run = memory_copy_text(run);
		use_places(parent);
	} else if (!text_equal(parent->options.state, state) ||
		   !text_equal(parent->options.run, run)) {
		log_warning("other state and run directories need a restart");
	}
	return 0;
}

static int
accept_blob(struct parent *parent, const void *bytes, size_t length, int *fd)
{
	struct wire_reader reader = wire_read(bytes, length);
	enum blob kind = wire_get_below(&reader, BLOB_COUNT);
	if (wire_end(&reader))
		return -EBADMSG;
	cleanup_fd(&parent->incoming[kind]);
	parent->incoming[kind] = take_fd(*fd);
	return 0;
}

/* To whoever asked, and to the log, line by line. */
static void
report(struct parent *parent, int status, const char *text)
{
	if (parent->control_asked) {
		auto_str reply = {0};
		wire_put_i64(&reply, status);
		wire_put_text(&reply, text);
		str_cut(&reply, message_most(MESSAGE_RELOADED));
		family_send(parent->family, PROCESS_CONTROL, MESSAGE_RELOADED, reply.data,
		    reply.length, -1);
		parent->control_asked = false;
	}
	if (!parent->serving && status) {
		/* The very first reading: the person who started haywardd looks on. */
		fputs(text, stderr);
		return;
	}
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		log_at(status ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "%.*s", (int)length, line);
		line += length + (line[length] == '\n');
	}
}

static bool
has_all(const struct parent *parent)
{
	for (enum blob kind = 0; kind < BLOB_COUNT; kind++)
		if (parent->incoming[kind] < 0)
			return false;
	return true;
}

static void
bring_into_force(struct parent *parent)
{
	keep_holders(parent, parent->incoming[BLOB_HOLDERS]);
	crash_point(CRASH_PARENT_READ);
	for (enum blob kind = 0; kind < BLOB_COUNT; kind++) {
		family_set_blob(parent->family, kind, take_fd(parent->incoming[kind]));
		crash_point(CRASH_PARENT_HALF_HANDED);
	}
}

static void
reading_failed(struct parent *parent)
{
	if (!parent->failure.length)
		str_add(&parent->failure, "the reader died\n");
	report(parent, -EINVAL, str_text(&parent->failure));
	if (!parent->serving)
		finish(parent, EXIT_INVALID);
	else
		log_warning("what was in force stays in force");
}

static void
reading_ended(struct parent *parent, int status)
{
	evtimer_del(parent->reader_late);
	bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0 && has_all(parent);
	const char *line = family_line(parent->family, PROCESS_READER);
	if (!good)
		reading_failed(parent);
	else if (parent->options.test)
		finish(parent, EXIT_DONE);
	else
		bring_into_force(parent);
	if (good && parent->serving)
		report(parent, 0, line);
	else if (good)
		log_info("%s", line);
	if (good && !parent->serving && !parent->options.test)
		family_start(parent->family, PROCESS_LOADER);
	if (parent->read_again && !parent->ending) {
		parent->read_again = false;
		begin_reading(parent);
	}
}

/* Serving and ending. */

static void
start_and_go_on(struct parent *parent, enum process process)
{
	family_start(parent->family, process);
	crash_point(CRASH_PARENT_STARTED);
}

static void
begin_serving(struct parent *parent)
{
	if (parent->serving)
		return;
	parent->serving = true;
	for (enum process process = 0; process < PROCESS_COUNT; process++)
		if (process != PROCESS_PARENT && !role_is_one_shot(process))
			start_and_go_on(parent, process);
	background_succeeded();
}

static bool
stage_is_over(const struct parent *parent)
{
	for (enum process process = 0; process < PROCESS_COUNT; process++)
		if (stages[parent->stage] & 1u << process &&
		    family_runs(parent->family, process))
			return false;
	return true;
}

static void
begin_stage(struct parent *parent)
{
	struct timeval patience = {STAGE_SECONDS, 0};
	evtimer_add(parent->stage_late, &patience);
	for (enum process process = 0; process < PROCESS_COUNT; process++)
		if (stages[parent->stage] & 1u << process)
			family_stop(parent->family, process);
}

static void
end_in_order(struct parent *parent)
{
	while (stage_is_over(parent)) {
		if (++parent->stage == array_length(stages)) {
			finish(parent, EXIT_DONE);
			return;
		}
		begin_stage(parent);
	}
}

static void
on_stage_late(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct parent *parent = context;
	for (enum process process = 0; process < PROCESS_COUNT; process++)
		if (stages[parent->stage] & 1u << process &&
		    family_runs(parent->family, process)) {
			log_error("%s does not end; it is killed", process_name(process));
			family_kill(parent->family, process);
		}
}

static void
begin_ending(struct parent *parent)
{
	if (parent->ending)
		return;
	parent->ending = true;
	begin_stage(parent);
	end_in_order(parent);
}

/* What happens. */

static int
on_message(void *context, enum process from, enum message message, const void *bytes,
    size_t length, int *fd)
{
	struct parent *parent = context;
	(void)from;
	if (message == MESSAGE_READ_PLACES)
		return accept_places(parent, bytes, length);
	if (message == MESSAGE_READ_BLOB)
		return accept_blob(parent, bytes, length, fd);
	if (message == MESSAGE_READ_FAILED) {
		str_add_bytes(&parent->failure, bytes, length);
		return 0;
	}
	if (message == MESSAGE_ATTACH) {
		if (parent->serving && !parent->ending)
			family_start(parent->family, PROCESS_LOADER);
		return 0;
	}
	if (message == MESSAGE_LOADED_FD) {
		family_add_kernel_object(parent->family, bytes, length, take_fd(*fd));
		return 0;
	}
	if (message != MESSAGE_RELOAD)
		return -EBADMSG;
	parent->control_asked = true;
	begin_reading(parent);
	return 0;
}

static void
on_ended(void *context, enum process process, int status)
{
	struct parent *parent = context;
	if (parent->ending)
		end_in_order(parent);
	else if (process == PROCESS_READER)
		reading_ended(parent, status);
	else if (process == PROCESS_LOADER)
		begin_serving(parent);
}

static void
on_signal(evutil_socket_t signal_number, short what, void *context)
{
	(void)what;
	struct parent *parent = context;
	if (signal_number == SIGCHLD)
		family_reap(parent->family);
	else if (signal_number == SIGHUP)
		begin_reading(parent);
	else
		begin_ending(parent);
}

static const int signals[] = {SIGCHLD, SIGHUP, SIGTERM, SIGINT};

static void
run_loop(struct parent *parent)
{
	struct event *events[array_length(signals)];
	for (size_t i = 0; i < array_length(signals); i++) {
		events[i] = evsignal_new(parent->loop, signals[i], on_signal, parent);
		if (!events[i] || evsignal_add(events[i], NULL))
			fatal("cannot listen for signals");
	}
	begin_reading(parent);
	if (event_base_dispatch(parent->loop) < 0)
		fatal("the event loop failed");
	for (size_t i = 0; i < array_length(signals); i++)
		event_free(events[i]);
}

/* Whoever is still there when we fail early. */
static void
kill_all(struct parent *parent)
{
	for (enum process process = 0; process < PROCESS_COUNT; process++)
		family_kill(parent->family, process);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static void
parent_done(struct parent *parent)
{
	kill_all(parent);
	places_close(&parent->places);
	family_free(parent->family);
	event_free(parent->reader_late);
	event_free(parent->stage_late);
	event_base_free(parent->loop);
	for (enum blob kind = 0; kind < BLOB_COUNT; kind++)
		cleanup_fd(&parent->incoming[kind]);
	str_done(&parent->failure);
	free(parent->state);
	free(parent->run);
}

int
parent_run(const struct options *options)
{
	static const struct family_events events = {.message = on_message, .ended = on_ended};
	struct parent parent = {
	    .options = *options,
	    .places = PLACES_NONE,
	    .loop = event_base_new(),
	    .incoming = {-1, -1, -1, -1},
	    .exit_status = EXIT_FAILED,
	};
	if (!parent.loop)
		fatal("cannot make an event loop");
	signal(SIGPIPE, SIG_IGN);
	parent.family =
	    family_new(parent.loop, &parent.options, &parent.places, &events, &parent);
	parent.reader_late = evtimer_new(parent.loop, on_reader_late, &parent);
	parent.stage_late = evtimer_new(parent.loop, on_stage_late, &parent);
	if (!parent.reader_late || !parent.stage_late)
		fatal("cannot make a timer");
	run_loop(&parent);
	parent_done(&parent);
	return parent.exit_status;
}
