/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child's life: born with a channel to the parent as descriptor 3, prepared
 * with full privilege, shut into its sandbox, given its blobs, started; then
 * messages until QUIT, or until the parent is gone.
 *
 * A process that the parent has lost must not live on: a second haywardd could
 * then meet its siblings. The kernel kills it with the parent.
 */
#include "procs/process.h"

#include <errno.h>
#include <event2/event.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "procs/channel.h"
#include "procs/roles.h"
#include "procs/sandbox.h"
#include "procs/sealed.h"
#include "procs/urgency.h"

enum { FLUSH_MILLISECONDS = 2000, MOST_BLOB = 256 * 1024 * 1024 };

struct process_inside {
	struct process_frame frame;
	const struct process_handlers *handlers;
	struct channel *channels[PROCESS_COUNT];
	struct event *urgency;	/* while it goes first */
	struct arena *settings; /* memory of frame.config */
	struct config config;
	bool has[BLOB_COUNT];
	bool started;
	bool finished;
	int exit_status;
};

int
process_send(struct process_frame *frame, enum process to, enum message message,
    const void *bytes, size_t length, int fd)
{
	struct channel *channel = frame->inside->channels[to];
	return channel ? channel_send(channel, message, bytes, length, fd) : -ENOTCONN;
}

bool
process_has_peer(const struct process_frame *frame, enum process peer)
{
	return frame->inside->channels[peer] != NULL;
}

size_t
process_queued(const struct process_frame *frame, enum process peer)
{
	const struct channel *channel = frame->inside->channels[peer];
	return channel ? channel_queued(channel) : 0;
}

void
process_ready(struct process_frame *frame, const char *format, ...)
{
	auto_free char *text = NULL;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		abort();
	size_t most = message_most(MESSAGE_READY);
	size_t said = (size_t)length < most ? (size_t)length : most;
	int status = process_send(frame, PROCESS_PARENT, MESSAGE_READY, text, said, -1);
	if (status && status != -EPIPE)
		log_warning("cannot tell the parent: %s", strerror(-status));
}

void
process_finish(struct process_frame *frame, int exit_status)
{
	frame->inside->finished = true;
	frame->inside->exit_status = exit_status;
	event_base_loopbreak(frame->loop);
}

void
process_go_first(struct process_frame *frame)
{
	urgency_begin(frame->loop, &frame->inside->urgency);
}

static void
must_succeed(const struct process_inside *inside, const char *what, int status)
{
	if (status)
		fatal("%s cannot %s: %s", process_name(inside->frame.self), what,
		    strerror(-status));
}

/* The channels. */

static void
drop_channel(struct process_inside *inside, enum process peer)
{
	struct channel *channel = take(inside->channels[peer]);
	if (!channel)
		return;
	channel_free(channel);
	if (inside->handlers->peer)
		inside->handlers->peer(&inside->frame, peer, false);
}

void
process_complain(struct process_frame *frame, enum process peer, const char *reason)
{
	auto_str report = {0};
	wire_put_u32(&report, peer);
	wire_put_text(&report, reason);
	int status = process_send(
	    frame, PROCESS_PARENT, MESSAGE_DROPPED, report.data, report.length, -1);
	if (status)
		log_warning("cannot tell the parent: %s", strerror(-status));
}

static void
report_nonsense(struct process_inside *inside, enum process peer, const char *reason)
{
	log_error("%s sent %s", process_name(peer), reason);
	process_complain(&inside->frame, peer, reason);
}

static void
on_ended(void *context, enum process peer, const char *reason)
{
	struct process_inside *inside = context;
	if (peer == PROCESS_PARENT) {
		process_finish(&inside->frame, reason ? 1 : 0);
		return;
	}
	if (reason)
		report_nonsense(inside, peer, reason);
	drop_channel(inside, peer);
}

static int on_message(void *context, enum process peer, enum message message, const void *bytes,
    size_t length, int *fd);

static const struct channel_events channel_events = {
    .message = on_message,
    .ended = on_ended,
};

static int
adopt_peer(struct process_inside *inside, const void *bytes, size_t length, int *fd)
{
	struct wire_reader reader = wire_read(bytes, length);
	enum process peer = wire_get_below(&reader, PROCESS_COUNT);
	struct process_frame *frame = &inside->frame;
	if (wire_end(&reader) || peer == PROCESS_PARENT || !processes_talk(peer, frame->self))
		return -EBADMSG;
	drop_channel(inside, peer);
	inside->channels[peer] =
	    channel_new(frame->loop, take_fd(*fd), frame->self, peer, &channel_events, inside);
	if (inside->handlers->peer)
		inside->handlers->peer(frame, peer, true);
	return 0;
}

/* The blobs. */

static void
start_if_complete(struct process_inside *inside)
{
	for (enum blob kind = 0; kind < BLOB_COUNT; kind++)
		if (role_waits_for(inside->frame.self, kind) && !inside->has[kind])
			return;
	if (inside->started)
		return;
	inside->started = true;
	if (inside->handlers->start)
		must_succeed(inside, "start", inside->handlers->start(&inside->frame));
}

/* New settings stand beside the old ones until the handler has let go of those. */
static int
accept_blob(struct process_inside *inside, enum blob kind, const struct sealed *sealed)
{
	auto_arena struct arena *arena = arena_new();
	if (kind == BLOB_CONFIG) {
		struct config config;
		int status = config_decode(sealed->bytes, sealed->length, arena, &config);
		if (status)
			return status;
		struct arena *old = inside->settings;
		inside->settings = arena;
		arena = old;
		inside->config = config;
		inside->frame.config = &inside->config;
	}
	inside->has[kind] = true;
	if (!inside->handlers->blob)
		return 0;
	return inside->handlers->blob(&inside->frame, kind, sealed->bytes, sealed->length);
}

static int
receive_blob(struct process_inside *inside, const void *bytes, size_t length, int fd)
{
	struct wire_reader reader = wire_read(bytes, length);
	enum blob kind = wire_get_below(&reader, BLOB_COUNT);
	struct sealed sealed;
	if (wire_end(&reader))
		return -EBADMSG;
	int status = sealed_map(fd, MOST_BLOB, &sealed);
	if (status)
		return status;
	status = accept_blob(inside, kind, &sealed);
	sealed_unmap(&sealed);
	if (!status)
		start_if_complete(inside);
	return status;
}

static int
on_message(void *context, enum process peer, enum message message, const void *bytes,
    size_t length, int *fd)
{
	struct process_inside *inside = context;
	if (message == MESSAGE_PEER)
		return adopt_peer(inside, bytes, length, fd);
	if (message == MESSAGE_BLOB)
		return receive_blob(inside, bytes, length, *fd);
	if (message == MESSAGE_QUIT) {
		process_finish(&inside->frame, 0);
		return 0;
	}
	if (message == MESSAGE_HURRY) {
		process_go_first(&inside->frame);
		return 0;
	}
	if (!inside->handlers->message)
		return -EBADMSG;
	return inside->handlers->message(&inside->frame, peer, message, bytes, length, fd);
}

/* Birth and end. */

/* A role is no program to be started by hand: only a parent's child has such a descriptor. */
static void
check_birth(void)
{
	int type = 0;
	socklen_t size = sizeof(type);
	struct ucred creator = {0};
	socklen_t creator_size = sizeof(creator);
	if (getsockopt(PARENT_DESCRIPTOR, SOL_SOCKET, SO_TYPE, &type, &size) ||
	    type != SOCK_SEQPACKET ||
	    getsockopt(PARENT_DESCRIPTOR, SOL_SOCKET, SO_PEERCRED, &creator, &creator_size) ||
	    creator.pid != getppid())
		fatal("a process of haywardd is started by its parent only");
}

static void
die_with_parent(void)
{
	struct ucred parent = {0};
	socklen_t size = sizeof(parent);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) ||
	    getsockopt(PARENT_DESCRIPTOR, SOL_SOCKET, SO_PEERCRED, &parent, &size) ||
	    getppid() != parent.pid)
		fatal("the parent is gone");
}

/* The parent ends its children in their order; a terminal or service manager does not. */
static void
ignore_signals(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE};
	for (size_t i = 0; i < array_length(ignored); i++)
		signal(ignored[i], SIG_IGN);
}

/* Both kinds of hash maps; jansson would otherwise open /dev/urandom when it is too late. */
static void
choose_secrets(void)
{
	uint8_t secret[16];
	size_t seed;
	if (getrandom(secret, sizeof(secret), 0) != sizeof(secret) ||
	    getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		fatal("cannot get random bytes: %s", strerror(errno));
	map_set_secret(secret);
	json_object_seed(seed | 1);
}

static void
must_be_crashable(void)
{
	int status = crash_allow();
	if (status)
		fatal("cannot crash as HAYWARD_CRASH says: %s", strerror(-status));
}

static struct event_base *
new_loop(void)
{
	struct event_config *config = event_config_new();
	struct event_base *loop = NULL;
	if (config && !event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK))
		loop = event_base_new_with_config(config);
	if (!loop)
		fatal("cannot make an event loop");
	event_config_free(config);
	return loop;
}

/* What siblings had said before the end is still heard, then this one's last words are sent. */
static void
leave(struct process_inside *inside)
{
	for (enum process peer = 0; peer < PROCESS_COUNT; peer++)
		if (inside->channels[peer] && peer != PROCESS_PARENT && inside->started)
			channel_receive(inside->channels[peer]);
	if (inside->handlers->quit && inside->started)
		inside->handlers->quit(&inside->frame);
	for (enum process peer = 0; peer < PROCESS_COUNT; peer++)
		if (inside->channels[peer] &&
		    channel_flush(inside->channels[peer], FLUSH_MILLISECONDS) == -ETIMEDOUT)
			log_warning("%s does not read", process_name(peer));
	for (enum process peer = 0; peer < PROCESS_COUNT; peer++)
		channel_free(take(inside->channels[peer]));
}

static int
live(struct process_inside *inside)
{
	inside->channels[PROCESS_PARENT] = channel_new(inside->frame.loop, PARENT_DESCRIPTOR,
	    inside->frame.self, PROCESS_PARENT, &channel_events, inside);
	start_if_complete(inside);
	if (!inside->finished && event_base_dispatch(inside->frame.loop) < 0)
		fatal("the event loop failed");
	leave(inside);
	if (inside->urgency)
		event_free(inside->urgency);
	event_base_free(inside->frame.loop);
	arena_free(inside->settings);
	return inside->exit_status;
}

int
process_run(enum process self, const struct options *options)
{
	auto_str name = {0};
	str_addf(&name, "haywardd/%s", process_name(self));
	log_init(str_text(&name), !options->foreground,
	    options->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	check_birth();
	ignore_signals();
	choose_secrets();
	if (options->allow_crash)
		must_be_crashable();
	struct process_inside inside = {.handlers = role_handlers(self)};
	inside.frame = (struct process_frame){
	    .options = options,
	    .self = self,
	    .loop = new_loop(),
	    .directory = role_directory(self) ? DIRECTORY_DESCRIPTOR : -1,
	    .inside = &inside,
	};
	if (inside.handlers->prepare)
		must_succeed(&inside, "prepare", inside.handlers->prepare(&inside.frame));
	urgency_prepare(self);
	sandbox_enter(self, options);
	die_with_parent();
	return live(&inside);
}
