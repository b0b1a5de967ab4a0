/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that the hayward command talks to. Hostile input ends here: any
 * local user may connect, say anything, or nothing, or never read. What goes
 * on is a typed request that names its asker as the kernel does. Control has
 * no privilege, decides nothing, and remembers only who waits for which answer.
 */
#include "procs/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crash.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"
#include "procs/request_json.h"
#include "procs/roles.h"

enum { MOST_RELOADS = MOST_CLIENTS, LONGEST_RELOAD_TEXT = 1048576 };

struct control {
	struct process_frame *frame;
	int listener;
	struct clients *clients;
	struct accounts *accounts;
	struct staff_group staff;
	uid_t receiver;			/* 0: there is none */
	uint64_t reloads[MOST_RELOADS]; /* tickets that wait for the parent's word */
	size_t reload_count;
};

static void
control_answer(
    struct control *control, uint64_t ticket, enum answer_status status, const char *text)
{
	auto_str bytes = {0};
	reply_encode(ticket, status, text, NULL, &bytes);
	struct reply reply;
	if (reply_decode(bytes.data, bytes.length, &reply))
		panic("a reply of ours does not decode");
	clients_answer(control->clients, reply.id, reply.json, reply.length);
}

static int
forward_reload(struct control *control, uint64_t ticket)
{
	if (control->reload_count == MOST_RELOADS)
		return -ENOBUFS;
	int status = process_send(control->frame, PROCESS_PARENT, MESSAGE_RELOAD, NULL, 0, -1);
	if (!status)
		control->reloads[control->reload_count++] = ticket;
	return status;
}

static int
forward(struct control *control, const struct request *request)
{
	enum process by = ask_info(request->ask)->by;
	if (by == PROCESS_PARENT)
		return forward_reload(control, request->id);
	auto_str bytes = {0};
	request_encode(request, &bytes);
	enum message message = by == PROCESS_KEEPER ? MESSAGE_HISTORY : MESSAGE_REQUEST;
	return process_send(control->frame, by, message, bytes.data, bytes.length, -1);
}

static void
on_line(void *context, uint64_t ticket, const struct client_peer *peer, const char *line,
    size_t length)
{
	struct control *control = context;
	struct request request;
	auto_str words = {0};
	if (request_parse(line, length, &request, &words)) {
		control_answer(control, ticket, ANSWER_USAGE, str_text(&words));
		return;
	}
	request.id = ticket;
	request.asker = asker_of(peer, &control->staff, control->accounts);
	request.asker.receiver = peer->uid && peer->uid == control->receiver;
	if (request_authorise(&request, &words)) {
		control_answer(control, ticket, ANSWER_REFUSED, str_text(&words));
		return;
	}
	int status = forward(control, &request);
	crash_point(CRASH_CONTROL_ASKED);
	if (status) {
		str_addf(&words, "the %s does not answer just now",
		    process_name(ask_info(request.ask)->by));
		control_answer(control, ticket, ANSWER_UNREACHED, str_text(&words));
	}
}

static int
on_reply(struct control *control, const void *bytes, size_t length)
{
	struct reply reply;
	int status = reply_decode(bytes, length, &reply);
	if (!status)
		clients_answer(control->clients, reply.id, reply.json, reply.length);
	return status;
}

/* The parent does one reload at a time, so its word holds for all who asked before it. */
static int
on_reloaded(struct control *control, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct wire_reader reader = wire_read(bytes, length);
	int64_t result = wire_get_i64(&reader);
	const char *text = wire_get_text(&reader, arena, LONGEST_RELOAD_TEXT);
	int status = wire_end(&reader);
	if (status)
		return status;
	for (size_t i = 0; i < control->reload_count; i++)
		control_answer(
		    control, control->reloads[i], result ? ANSWER_INVALID : ANSWER_OK, text);
	control->reload_count = 0;
	return 0;
}

static int
control_prepare(struct process_frame *frame)
{
	struct control *control = memory_new(1, sizeof(*control));
	control->frame = frame;
	frame->state = control;
	auto_str path = {0};
	str_addf(&path, "%s/control", frame->options->run);
	int status = clients_listen(str_text(&path), &control->listener);
	if (status)
		log_error("cannot listen on '%s': %s", str_text(&path), strerror(-status));
	return status;
}

static int
control_start(struct process_frame *frame)
{
	struct control *control = frame->state;
	struct client_events events = {.line = on_line, .context = control};
	control->clients = clients_new(frame->loop, control->listener, &events);
	process_ready(frame, "listening");
	return 0;
}

static int
control_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	struct control *control = frame->state;
	switch (kind) {
	case BLOB_CONFIG:
		control->staff = staff_group_find(frame->config->staff);
		control->receiver = receiver_find();
		if (!control->staff.known)
			log_info("no group '%s': only root is staff", frame->config->staff);
		return 0;
	case BLOB_ACCOUNTS: {
		struct accounts *accounts;
		int status = accounts_decode(bytes, length, &accounts);
		if (status)
			return status;
		accounts_free(control->accounts);
		control->accounts = accounts;
		return 0;
	}
	case BLOB_POLICY:
	case BLOB_HOLDERS:
	case BLOB_COUNT:
		break;
	}
	return 0;
}

static int
control_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	(void)from;
	(void)fd;
	struct control *control = frame->state;
	if (message == MESSAGE_REPLY || message == MESSAGE_HISTORY_REPLY)
		return on_reply(control, bytes, length);
	if (message == MESSAGE_RELOADED)
		return on_reloaded(control, bytes, length);
	return -EBADMSG;
}

static void
control_quit(struct process_frame *frame)
{
	struct control *control = frame->state;
	clients_free(control->clients);
	accounts_free(control->accounts);
	free(control);
	frame->state = NULL;
}

const struct process_handlers *
control_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = control_prepare,
	    .start = control_start,
	    .blob = control_blob,
	    .message = control_message,
	    .quit = control_quit,
	};
	return &handlers;
}
