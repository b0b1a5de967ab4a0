/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the services of this host again and again whether they serve, as anybody would who comes
 * from outside, and tells the engine: a machine may be in distress that no figure of the
 * kernel's shows. See model/probes.def for what is said to whom.
 *
 *     tick ──▶ begin() ──▶ connected, first words ──▶ judge() ──▶ finish() ──▶ PROBED ──▶
 * engine │                                      │ └── refused, silent too long ──────┘
 *
 * A service that never served is none of this host's. One whose port nobody listens at any more
 * for an hour was stopped, and is none any more, either: somebody would have started it again.
 *
 * SECURITY: what listens on a port beyond 1023 may be a customer's. What it says is compared
 * with a few bytes, and the first words of it are escaped and cut before anybody reads them.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/memory.h"
#include "model/probe.h"
#include "procs/roles.h"

enum {
	LEAST_PATIENCE = 3000, /* ms */
	MOST_PATIENCE = 20000, /* ms: a mail server may let a stranger wait for six seconds */
	FAREWELL = 5,	       /* s, until it is left without a word */
	STOPPED = 3600,	       /* s */
	MOST_HEARD = 512,
	LONGEST_WORDS = 60,
};

struct server {
	struct prober *prober;
	struct probe probe;
	struct bufferevent *stream; /* NULL: it is not being asked */
	bool is_leaving;	    /* it has been judged */
	bool is_known;		    /* it served once */
	bool was_refused;	    /* the last time */
	int64_t failing_since;	    /* boot ms; 0: it serves */
	char why[160];
};

struct prober {
	struct process_frame *frame;
	struct event *tick;
	size_t count;
	struct server *servers;
};

/* What is told. */

static void
say_failing(const struct server *server, struct str *out)
{
	if (!server->is_known || !server->failing_since)
		return;
	str_addf(out, "%s%s %s since %" PRId64 " s", out->length ? "; " : "",
	    server->probe.text, server->why, (clock_boot() - server->failing_since) / 1000);
}

static void
tell(struct prober *prober)
{
	auto_str by = {0}, why = {0}, bytes = {0};
	struct probed probed = {0};
	for (size_t i = 0; i < prober->count; i++) {
		const struct server *server = &prober->servers[i];
		if (!server->is_known)
			continue;
		probed.known++;
		probed.failing += server->failing_since != 0;
		str_addf(&by, "%s%s", by.length ? " " : "", server->probe.text);
		say_failing(server, &why);
	}
	str_cut(&by, MOST_HEARD);
	str_cut(&why, MOST_HEARD);
	probed.by = str_text(&by);
	probed.why = str_text(&why);
	probed_encode(&probed, &bytes);
	int status = process_send(
	    prober->frame, PROCESS_ENGINE, MESSAGE_PROBED, bytes.data, bytes.length, -1);
	if (status)
		log_debug("how the services do is not told: %s", strerror(-status));
	process_ready(prober->frame, "%u of %u services serve", probed.known - probed.failing,
	    probed.known);
}

/* One test. */

static void
leave(struct server *server)
{
	if (server->stream)
		bufferevent_free(server->stream);
	server->stream = NULL;
}

static void
finish_well(struct server *server)
{
	if (server->failing_since && server->is_known)
		log_info("%s serves again", server->probe.text);
	server->is_known = true;
	server->was_refused = false;
	server->failing_since = 0;
	tell(server->prober);
}

/* A service that nobody has seen serve is not missed. */
static void
finish_ill(struct server *server, bool refused)
{
	int64_t now = clock_boot();
	if (!server->is_known)
		return;
	if (!server->failing_since) {
		server->failing_since = now;
		log_warning("%s %s", server->probe.text, server->why);
	}
	server->was_refused = refused;
	if (refused && now - server->failing_since > INT64_C(1000) * STOPPED) {
		log_info("%s was stopped, and is not asked for any more", server->probe.text);
		server->is_known = false;
		server->failing_since = 0;
	}
	tell(server->prober);
}

static void
say_words(struct server *server, const char *bytes, size_t length)
{
	auto_str words = {0};
	size_t line = 0;
	while (
	    line < length && line < LONGEST_WORDS && bytes[line] != '\r' && bytes[line] != '\n')
		line++;
	escape_bytes(&words, bytes, line);
	str_cut(&words, 2 * LONGEST_WORDS);
	snprintf(server->why, sizeof(server->why), "says '%s'", str_text(&words));
}

static void
judge(struct server *server)
{
	static const struct timeval patience = {.tv_sec = FAREWELL};
	char bytes[MOST_HEARD];
	struct evbuffer *input = bufferevent_get_input(server->stream);
	ssize_t length = evbuffer_copyout(input, bytes, sizeof(bytes));
	enum probe_kind kind = server->probe.kind;
	enum probe_answer answer = probe_judge(kind, bytes, length < 0 ? 0 : (size_t)length);
	if (answer == PROBE_WAITS)
		return;
	const char *last = probe_last(kind);
	server->is_leaving = true;
	bufferevent_set_timeouts(server->stream, &patience, &patience);
	if (answer == PROBE_SERVES && bufferevent_write(server->stream, last, strlen(last)))
		log_debug("%s hears no farewell", server->probe.text);
	if (answer == PROBE_SERVES) {
		finish_well(server);
		return;
	}
	say_words(server, bytes, (size_t)length);
	finish_ill(server, false);
}

static void
on_bytes(struct bufferevent *stream, void *context)
{
	struct server *server = context;
	struct evbuffer *input = bufferevent_get_input(stream);
	if (!server->is_leaving)
		judge(server);
	if (server->is_leaving && evbuffer_drain(input, evbuffer_get_length(input)))
		leave(server);
}

static void
fail(struct server *server, int error)
{
	if (error == ETIMEDOUT)
		snprintf(server->why, sizeof(server->why), "does not answer");
	else if (error == ECONNREFUSED)
		snprintf(server->why, sizeof(server->why), "is not listened at");
	else if (error)
		snprintf(server->why, sizeof(server->why), "fails: %s", strerror(error));
	else
		snprintf(server->why, sizeof(server->why), "hangs up without a word");
	finish_ill(server, error == ECONNREFUSED);
}

static void
on_event(struct bufferevent *stream, short events, void *context)
{
	(void)stream;
	struct server *server = context;
	int error = events & BEV_EVENT_TIMEOUT ? ETIMEDOUT
		    : events & BEV_EVENT_ERROR ? EVUTIL_SOCKET_ERROR()
					       : 0;
	bool is_judged = server->is_leaving;
	leave(server);
	if (!is_judged)
		fail(server, error);
}

/* A socket that is being connected; -errno. */
static int
call(const struct probe *probe)
{
	auto_fd int fd =
	    socket(probe->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || (connect(fd, (const struct sockaddr *)&probe->address, probe->length) &&
			  errno != EINPROGRESS))
		return -errno;
	return take_fd(fd);
}

/* A third of the interval. */
static struct timeval
patience_of(const struct prober *prober)
{
	int64_t patience = prober->frame->config->service_interval / 3;
	patience = patience > MOST_PATIENCE ? MOST_PATIENCE : patience;
	patience = patience < LEAST_PATIENCE ? LEAST_PATIENCE : patience;
	return (struct timeval){patience / 1000, patience % 1000 * 1000};
}

static void
begin(struct server *server)
{
	const struct timeval patience = patience_of(server->prober);
	const char *first = probe_first(server->probe.kind);
	if (server->stream)
		return;
	int fd = call(&server->probe);
	if (fd < 0) {
		fail(server, -fd);
		return;
	}
	server->stream =
	    bufferevent_socket_new(server->prober->frame->loop, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!server->stream) {
		close(fd);
		return;
	}
	server->is_leaving = false;
	bufferevent_setcb(server->stream, on_bytes, NULL, on_event, server);
	bufferevent_set_timeouts(server->stream, &patience, &patience);
	if (bufferevent_enable(server->stream, EV_READ | EV_WRITE) ||
	    bufferevent_write(server->stream, first, strlen(first)))
		leave(server);
}

/* The process. */

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct prober *prober = context;
	for (size_t i = 0; i < prober->count; i++)
		begin(&prober->servers[i]);
}

static void
forget_services(struct prober *prober)
{
	for (size_t i = 0; i < prober->count; i++)
		leave(&prober->servers[i]);
	free(prober->servers);
	prober->servers = NULL;
	prober->count = 0;
}

/* What is known of a service that stays named. */
static void
carry_over(const struct prober *former, struct server *server)
{
	for (size_t i = 0; i < former->count; i++) {
		const struct server *before = &former->servers[i];
		if (!text_equal(before->probe.text, server->probe.text))
			continue;
		server->is_known = before->is_known;
		server->was_refused = before->was_refused;
		server->failing_since = before->failing_since;
		snprintf(server->why, sizeof(server->why), "%s", before->why);
	}
}

static void
set_services(struct prober *prober, const char *list)
{
	struct prober former = *prober;
	struct server server = {.prober = prober};
	size_t capacity = 0;
	prober->servers = NULL;
	prober->count = 0;
	while (prober->count < MOST_PROBES && probe_next(&list, &server.probe) > 0) {
		memory_grow(
		    &prober->servers, prober->count, &capacity, sizeof(*prober->servers));
		prober->servers[prober->count] = server;
		carry_over(&former, &prober->servers[prober->count++]);
	}
	forget_services(&former);
}

static int
set_interval(struct prober *prober)
{
	int64_t interval = prober->frame->config->service_interval;
	struct timeval pause = {interval / 1000, interval % 1000 * 1000};
	event_del(prober->tick);
	if (interval <= 0)
		forget_services(prober);
	else if (event_add(prober->tick, &pause))
		return -ENOMEM;
	on_tick(-1, 0, prober);
	tell(prober);
	return 0;
}

static int
prober_start(struct process_frame *frame)
{
	struct prober *prober = frame->state;
	prober->tick = event_new(frame->loop, -1, EV_PERSIST, on_tick, prober);
	return prober->tick ? set_interval(prober) : -ENOMEM;
}

static int
prober_prepare(struct process_frame *frame)
{
	struct prober *prober = memory_new(1, sizeof(*prober));
	prober->frame = frame;
	frame->state = prober;
	return 0;
}

static int
prober_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	(void)bytes, (void)length;
	struct prober *prober = frame->state;
	if (kind != BLOB_CONFIG)
		return 0;
	set_services(prober, frame->config->services);
	return prober->tick ? set_interval(prober) : 0;
}

static void
prober_peer(struct process_frame *frame, enum process peer, bool connected)
{
	struct prober *prober = frame->state;
	if (peer == PROCESS_ENGINE && connected && prober->tick)
		tell(prober);
}

static int
prober_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	(void)frame, (void)from, (void)message, (void)bytes, (void)length, (void)fd;
	return -EBADMSG;
}

static void
prober_quit(struct process_frame *frame)
{
	struct prober *prober = frame->state;
	forget_services(prober);
	if (prober->tick)
		event_free(prober->tick);
	free(prober);
}

const struct process_handlers *
prober_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = prober_prepare,
	    .start = prober_start,
	    .blob = prober_blob,
	    .peer = prober_peer,
	    .message = prober_message,
	    .quit = prober_quit,
	};
	return &handlers;
}
