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

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"
#include "procs/control_password.h"
#include "procs/places.h"
#include "procs/request_json.h"
#include "procs/roles.h"

enum {
	MOST_RELOADS = MOST_CLIENTS,
	LONGEST_RELOAD_TEXT = 1048576,
	LONGEST_SALT = 400,
	LONGEST_TRIAL = 90000
};

struct control {
	struct process_frame *frame;
	int listener;
	int contained; /* the listener of the containers */
	struct clients *clients;
	struct accounts *accounts;
	struct staff_group staff;
	struct password_desk *passwords;
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
	enum message message = by == PROCESS_KEEPER    ? MESSAGE_HISTORY
			       : by == PROCESS_STEWARD ? MESSAGE_ERRAND
						       : MESSAGE_REQUEST;
	return process_send(control->frame, by, message, bytes.data, bytes.length, -1);
}

/* The steward is given hashes of passwords; for that of the one in force it tells the salt. */
static int
forward_to_steward(struct control *control, struct request *request, struct str *ret_why)
{
	int status = password_desk_take(control->passwords, request, clock_boot(), ret_why);
	if (status == -EINPROGRESS) {
		auto_str bytes = {0};
		wire_put_u64(&bytes, request->id);
		wire_put_u32(&bytes, request->asker.account);
		wire_put_u32(&bytes, request->asker.generation);
		return process_send(control->frame, PROCESS_STEWARD, MESSAGE_SALT_WANTED,
		    bytes.data, bytes.length, -1);
	}
	if (request->ask == ASK_CGI_TEST || request->ask == ASK_MAIL_RESTORE)
		clients_wait_for(control->clients, request->id, LONGEST_TRIAL);
	if (!status)
		return forward(control, request);
	control_answer(control, request->id, ANSWER_INVALID, str_text(ret_why));
	str_clear(ret_why);
	return 0;
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
	request.asker.receiver =
	    peer->uid && peer->uid == control->receiver && !peer->contained;
	if (request_authorise(&request, &words)) {
		control_answer(control, ticket, ANSWER_REFUSED, str_text(&words));
		return;
	}
	enum process by = ask_info(request.ask)->by;
	int status = by == PROCESS_STEWARD ? forward_to_steward(control, &request, &words)
					   : forward(control, &request);
	explicit_bzero(&request, sizeof(request));
	crash_point(CRASH_CONTROL_ASKED);
	if (status) {
		str_clear(&words);
		str_addf(&words, "the %s does not answer just now", process_name(by));
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

static int
on_salt(struct control *control, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct wire_reader reader = wire_read(bytes, length);
	uint64_t ticket = wire_get_u64(&reader);
	int64_t result = wire_get_i64(&reader);
	const char *text = wire_get_text(&reader, arena, LONGEST_SALT);
	int status = wire_end(&reader);
	if (status)
		return status;
	struct request request;
	if (result)
		control_answer(control, ticket, ANSWER_REFUSED, text);
	else if (password_desk_prove(control->passwords, ticket, text, &request) &&
		 forward(control, &request))
		control_answer(
		    control, ticket, ANSWER_UNREACHED, "the steward does not answer just now");
	explicit_bzero(&request, sizeof(request));
	return 0;
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

/* In a folder of its own, which the shell role's container sees, and nothing else of ours. */
static void
listen_contained(struct process_frame *frame, struct control *control, const char *lock)
{
	auto_str path = {0};
	str_addf(&path, "%s/" CONTAINED_FOLDER "/" CONTROL_SOCKET, frame->options->run);
	int status = clients_listen(str_text(&path), lock, &control->contained);
	/* Whoever is root in that container must not keep us from serving the host. */
	if (status)
		log_error("cannot listen on '%s': %s", str_text(&path), strerror(-status));
}

static int
control_prepare(struct process_frame *frame)
{
	struct control *control = memory_new(1, sizeof(*control));
	control->frame = frame;
	control->passwords = password_desk_new();
	frame->state = control;
	control->contained = -1;
	auto_str path = {0}, lock = {0};
	str_addf(&path, "%s/" CONTROL_SOCKET, frame->options->run);
	str_addf(&lock, "%s.lock", str_text(&path));
	int status = clients_listen(str_text(&path), str_text(&lock), &control->listener);
	if (status)
		log_error("cannot listen on '%s': %s", str_text(&path), strerror(-status));
	else
		listen_contained(frame, control, str_text(&lock));
	return status;
}

static int
control_start(struct process_frame *frame)
{
	struct control *control = frame->state;
	struct client_events events = {.line = on_line, .context = control};
	control->clients = clients_new(frame->loop, control->listener, &events);
	if (control->contained >= 0)
		clients_serve_contained(control->clients, control->contained);
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
	if (message == MESSAGE_SALT)
		return on_salt(control, bytes, length);
	if (message == MESSAGE_REPLY || message == MESSAGE_HISTORY_REPLY ||
	    message == MESSAGE_ERRAND_REPLY)
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
	password_desk_free(control->passwords);
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
