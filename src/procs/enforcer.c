/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enforcer: the only process that touches what customers run. It hears
 * released actions from the engine and nothing else, asks its own table of
 * accounts whether it may, carries out a closed list of verbs and says what
 * came of it. It parses no text that a customer wrote, decides nothing and
 * opens no socket, but the one over which the kernel tells of new processes. Kernel
 * programs that do so better were loaded by another; it is handed what they write to.
 *
 * SECURITY: the engine is not trusted with whom: the account table and the
 * floor of uids come from the reader by way of the parent, and are asked anew
 * for each action and each process that is touched. An outcome that finds no
 * engine is not kept: the engine repeats what has none, and all verbs are
 * idempotent.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/closed.h"
#include "actions/entrance.h"
#include "actions/errand.h"
#include "actions/reaper.h"
#include "actions/verb.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/memory.h"
#include "model/newcomers.h"
#include "model/stewardship.h"
#include "procs/roles.h"
#include "procs/sandbox.h"

struct enforcer {
	struct hands *hands;
	struct accounts *accounts;
	struct event *timer;
	struct event *newcomers;
	struct errands *errands;
	struct reaper *reaper;		 /* NULL: there is none */
	struct entrance *entrance;	 /* NULL: none on this host */
	struct entrance_objects objects; /* -1: not loaded on this host */
};

static void
send_outcome(void *context, const struct outcome *outcome)
{
	struct process_frame *frame = context;
	auto_str bytes = {0};
	crash_point(CRASH_ENFORCER_DONE);
	outcome_encode(outcome, &bytes);
	int status =
	    process_send(frame, PROCESS_ENGINE, MESSAGE_OUTCOME, bytes.data, bytes.length, -1);
	if (status)
		log_warning("cannot tell the outcome of action %llu: %s",
		    (unsigned long long)outcome->action, strerror(-status));
}

/* The steward closes them in the web server of a site; the list is whole, so the last one
 * counts. */
static void
tell_steward(void *context, const struct closed_list *list)
{
	struct process_frame *frame = context;
	auto_free struct closed_script *scripts = memory_new(list->count + 1, sizeof(*scripts));
	struct closed_scripts closed = {.list = scripts};
	auto_str bytes = {0};
	for (size_t i = 0; i < list->count && closed.count < MOST_CLOSED_SCRIPTS; i++)
		if (!list->items[i].is_account)
			scripts[closed.count++] =
			    (struct closed_script){list->items[i].name, list->items[i].path};
	closed_scripts_encode(&closed, &bytes);
	int status =
	    process_send(frame, PROCESS_STEWARD, MESSAGE_CLOSED, bytes.data, bytes.length, -1);
	if (status)
		log_debug("the steward is told of closed scripts when it is there");
}

/* Asks to be called again when the hands say so. */
static void
tick(struct process_frame *frame)
{
	struct enforcer *enforcer = frame->state;
	int64_t now = clock_boot();
	int64_t next = hands_tick(enforcer->hands, now);
	if (next == INT64_MAX) {
		event_del(enforcer->timer);
		return;
	}
	int64_t wait = next > now ? next - now : 0;
	struct timeval timeout = {wait / 1000, wait % 1000 * 1000};
	event_add(enforcer->timer, &timeout);
}

static void
on_timer(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	tick(context);
}

static void
on_newcomers(evutil_socket_t fd, short what, void *context)
{
	struct process_frame *frame = context;
	struct enforcer *enforcer = frame->state;
	(void)fd;
	(void)what;
	hands_heed(enforcer->hands);
}

/* While we still have the power to make it. Who is not root can end nobody anyway. */
static void
start_reaper(struct enforcer *enforcer)
{
	if (geteuid())
		return;
	int status =
	    reaper_start(sandbox_reaper_uid(), sandbox_enter_reaper, &enforcer->reaper);
	if (status)
		log_warning("cannot start the reaper: %s", strerror(-status));
}

static int
enforcer_prepare(struct process_frame *frame)
{
	struct enforcer *enforcer = memory_new(1, sizeof(*enforcer));
	enforcer->objects = (struct entrance_objects){-1, -1, -1, -1};
	int status = entrance_connect(&enforcer->entrance);
	if (status)
		log_debug("there is no connector here: %s", strerror(-status));
	enforcer->errands = errands_start();
	start_reaper(enforcer);
	frame->state = enforcer;
	return 0;
}

/* Accounts may change under holds that last; who lost the right to be acted on is bound no
 * more. */
static int
enforcer_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	struct enforcer *enforcer = frame->state;
	struct accounts *accounts = NULL;
	if (kind == BLOB_CONFIG && enforcer->hands)
		hands_set_config(enforcer->hands, frame->config);
	if (kind != BLOB_ACCOUNTS)
		return 0;
	int status = accounts_decode(bytes, length, &accounts);
	if (status)
		return status;
	if (enforcer->hands)
		hands_set_accounts(enforcer->hands, accounts);
	accounts_free(enforcer->accounts);
	enforcer->accounts = accounts;
	int told = enforcer->reaper ? reaper_set_accounts(enforcer->reaper, bytes, length) : 0;
	if (told)
		log_warning("the reaper does not take the accounts: %s", strerror(-told));
	return 0;
}

/* The kernel programs tell of those only who are held, and in any namespace. */
static void
prefer_kernel_programs(struct enforcer *enforcer)
{
	struct entrance *entrance = NULL;
	const struct entrance_objects *objects = &enforcer->objects;
	if (objects->told < 0 || objects->board < 0 || objects->sweep < 0)
		return;
	int status = entrance_attach(objects, &entrance);
	if (status) {
		log_warning("cannot hear of newcomers: %s", strerror(-status));
		return;
	}
	entrance_free(enforcer->entrance);
	enforcer->entrance = entrance;
}

static int
enforcer_start(struct process_frame *frame)
{
	struct enforcer *enforcer = frame->state;
	prefer_kernel_programs(enforcer);
	auto_str means = {0};
	struct hands_settings settings = {
	    .cgroup = frame->config->cgroup,
	    .entrance = enforcer->entrance,
	    .state = frame->directory,
	    .errands = enforcer->errands,
	    .wall = clock_wall,
	    .report = send_outcome,
	    .tell_site = tell_steward,
	    .context = frame,
	    .reaper = enforcer->reaper,
	};
	enforcer->hands = hands_new(&settings);
	hands_set_accounts(enforcer->hands, enforcer->accounts);
	hands_set_config(enforcer->hands, frame->config);
	enforcer->timer = evtimer_new(frame->loop, on_timer, frame);
	if (!enforcer->timer)
		return -ENOMEM;
	if (enforcer->entrance)
		enforcer->newcomers =
		    event_new(frame->loop, entrance_descriptor(enforcer->entrance),
			EV_READ | EV_PERSIST, on_newcomers, frame);
	if (enforcer->newcomers)
		event_add(enforcer->newcomers, NULL);
	hands_describe_host(enforcer->hands, &means);
	process_ready(frame, "%s", str_text(&means));
	tick(frame);
	return 0;
}

/* Descriptors that only keep the programs attached are the parent's matter. */
static int
take_kernel_object(struct enforcer *enforcer, const void *name, size_t length, int *fd)
{
	const char *names[] = {
	    NEWCOMERS_TOLD, NEWCOMERS_BOARD, NEWCOMERS_SWEEP, NEWCOMERS_CHANGES};
	int *places[] = {&enforcer->objects.told, &enforcer->objects.board,
	    &enforcer->objects.sweep, &enforcer->objects.changes};
	for (size_t i = 0; i < array_length(names); i++)
		if (length == strlen(names[i]) && !memcmp(name, names[i], length)) {
			cleanup_fd(places[i]);
			*places[i] = take_fd(*fd);
		}
	return 0;
}

static int
enforcer_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	struct enforcer *enforcer = frame->state;
	struct action action;
	(void)from;
	if (message == MESSAGE_KERNEL_FD)
		return take_kernel_object(enforcer, bytes, length, fd);
	if (message != MESSAGE_ACTION && message != MESSAGE_HALT)
		return -EBADMSG;
	int status = action_decode(bytes, length, &action);
	if (status)
		return status;
	if (message == MESSAGE_HALT) {
		process_go_first(frame);
		hands_halt(enforcer->hands, &action, clock_boot());
		tick(frame);
		return 0;
	}
	crash_point(CRASH_ENFORCER_HEARD);
	hands_act(enforcer->hands, &action, clock_boot());
	tick(frame);
	return 0;
}

static void
enforcer_peer(struct process_frame *frame, enum process peer, bool connected)
{
	const struct enforcer *enforcer = frame->state;
	if (peer == PROCESS_STEWARD && connected && enforcer->hands)
		hands_tell_site(enforcer->hands);
}

/* Holds stay in force: the next enforcer takes them up. */
static void
enforcer_quit(struct process_frame *frame)
{
	struct enforcer *enforcer = frame->state;
	if (enforcer->timer)
		event_free(enforcer->timer);
	if (enforcer->newcomers)
		event_free(enforcer->newcomers);
	hands_free(enforcer->hands);
	entrance_free(enforcer->entrance);
	cleanup_fd(&enforcer->objects.told);
	cleanup_fd(&enforcer->objects.board);
	cleanup_fd(&enforcer->objects.sweep);
	cleanup_fd(&enforcer->objects.changes);
	reaper_free(enforcer->reaper);
	errands_free(enforcer->errands);
	accounts_free(enforcer->accounts);
	free(enforcer);
	frame->state = NULL;
}

const struct process_handlers *
enforcer_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = enforcer_prepare,
	    .start = enforcer_start,
	    .blob = enforcer_blob,
	    .peer = enforcer_peer,
	    .message = enforcer_message,
	    .quit = enforcer_quit,
	};
	return &handlers;
}
