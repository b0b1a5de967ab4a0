/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steward: the only process of haywardd by which the book of customers changes
 * while it runs. It has no privilege; it queues what siblings ask for, has its hand
 * do it (steward_job.h), and tells who asked and the journal what came of it.
 *
 *     asked ──▶ WAITING ──▶ RUNNING ──saved──▶ the roles are told ──ended──▶ noted ──▶ answered
 *
 * One job of an account at a time, so that nobody keeps the others waiting. A change
 * is answered when its record is on disk, or when it has taken long: by then it has
 * happened all the same. Every while, and when something is due, the hand minds the
 * site: openings that ended are taken out of the book, and roles that were away are
 * told what they missed.
 *
 * SECURITY: who asks was judged by control, by the kernel's word. Here it is asked
 * once more whether the account is his, of a table of accounts of our own.
 */
#include "procs/steward.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "procs/roles.h"

enum {
	MOST_WAITING = 64,
	TURN = 250, /* ms between two looks at what is late */
	FIRST_LOOK = 2000,
	SOON = 3000,
};

/* ---- what siblings ask ---- */

static const struct account *
account_of(const struct steward *steward, uint32_t id, uint32_t generation)
{
	const struct account *account =
	    steward->accounts ? accounts_find_id(steward->accounts, id) : NULL;
	return account && account->generation == generation ? account : NULL;
}

static int
job_of(enum ask ask)
{
	static const int kinds[ASK_COUNT] = {
	    [ASK_PASSWD] = 1 + JOB_PASSWORD,
	    [ASK_MAILBOX_ADD] = 1 + JOB_MAILBOX_ADD,
	    [ASK_MAILBOX_REMOVE] = 1 + JOB_MAILBOX_REMOVE,
	    [ASK_MAILBOX_PASSWD] = 1 + JOB_MAILBOX_PASSWORD,
	    [ASK_CATCH_ALL] = 1 + JOB_CATCH_ALL,
	    [ASK_USAGE] = 1 + JOB_USAGE,
	    [ASK_CGI_TEST] = 1 + JOB_CGI_TEST,
	    [ASK_MAIL_QUEUE] = 1 + JOB_MAIL_QUEUE,
	    [ASK_MAIL_HOLD] = 1 + JOB_MAIL_HOLD,
	    [ASK_MAIL_RELEASE] = 1 + JOB_MAIL_RELEASE,
	    [ASK_MAIL_REJECT] = 1 + JOB_MAIL_REJECT,
	    [ASK_MAIL_REMOVED] = 1 + JOB_MAIL_KEPT,
	    [ASK_MAIL_RESTORE] = 1 + JOB_MAIL_BACK,
	};
	return kinds[ask] - 1;
}

/* Why it will not be begun; NULL: it will. */
static const char *
why_not(
    const struct steward *steward, const struct request *request, const struct account *account)
{
	bool is_nobodys =
	    !*request->account && is_about_mail((enum job_kind)job_of(request->ask));
	if (!request_permitted(request))
		return "not yours to ask";
	if (!account && !is_nobodys)
		return *request->account ? "there is no such account"
					 : "whose account? say its name";
	if (account && !request_about(request, account->id, account->generation))
		return "that is not your account";
	if (steward_count(steward) >= MOST_WAITING)
		return "too much is going on; try again later";
	if (!request->asker.staff && account &&
	    steward_is_busy(steward, account->id, (enum job_kind)job_of(request->ask)))
		return "something of yours is being done; try again in a moment";
	return NULL;
}

static int
accept_errand(struct steward *steward, const void *bytes, size_t length)
{
	struct request request;
	int status = request_decode(bytes, length, &request);
	if (status || job_of(request.ask) < 0)
		return -EBADMSG;
	const struct account *account =
	    steward->accounts ? accounts_find_name(steward->accounts, request.account) : NULL;
	const char *not = why_not(steward, &request, account);
	if (not ) {
		steward_reply(steward, request.id, -EPERM, not, "");
		return 0;
	}
	struct task *task = steward_add(steward, (enum job_kind)job_of(request.ask), account);
	task->ticket = request.id;
	memcpy(task->changed.actor, request.asker.name, sizeof(task->changed.actor));
	str_add_bytes(&task->payload, bytes, length);
	return 0;
}

static int
accept_salt_wanted(struct steward *steward, const void *bytes, size_t length)
{
	struct wire_reader reader = wire_read(bytes, length);
	uint64_t ticket = wire_get_u64(&reader);
	uint32_t id = wire_get_u32(&reader);
	const struct account *account = account_of(steward, id, wire_get_u32(&reader));
	if (wire_end(&reader))
		return -EBADMSG;
	struct task *task = steward_add(steward, JOB_SALT, account);
	task->ticket = ticket;
	if (!account || steward_count(steward) > MOST_WAITING)
		steward_finish(steward, task, -EPERM, "there is no such account");
	return 0;
}

/* What is waiting to be done already is not begun a second time. */
static bool
is_under_way(const struct steward *steward, enum job_kind kind, uint64_t request)
{
	for (const struct task *task = steward->tasks; task; task = task->next)
		if (task->kind == kind && task->changed.request == request &&
		    !(task->stage == DONE && task->noted))
			return true;
	return false;
}

static int
accept_opening(struct steward *steward, const void *bytes, size_t length)
{
	struct opening opening;
	int status = opening_decode(bytes, length, &opening);
	if (status)
		return status;
	enum job_kind kind = opening.shut ? JOB_SHUT : JOB_OPEN;
	if (is_under_way(steward, kind, opening.request))
		return 0;
	const struct account *account =
	    account_of(steward, opening.account, opening.generation);
	struct task *task = steward_add(steward, kind, account);
	task->answered = true;
	task->changed.account = opening.account;
	task->changed.generation = opening.generation;
	task->changed.request = opening.request;
	memcpy(task->changed.actor, opening.by, sizeof(task->changed.actor));
	str_add_bytes(&task->payload, bytes, length);
	/* Who holds the login now is somebody else, and has nothing open. */
	if (!account)
		steward_finish(steward, task, -ESTALE, "the account is gone");
	return 0;
}

static bool
is_begun(const struct steward *steward, const struct action *action)
{
	for (const struct task *task = steward->tasks; task; task = task->next)
		if (task->action == action->id && task->operation == action->operation &&
		    task->stage != DONE)
			return true;
	return false;
}

/* JOB_COUNT: that is nothing of ours. */
static enum job_kind
job_for(const struct action *action)
{
	static const struct {
		enum verb verb;
		enum subject_kind kind;
		enum operation operation;
		enum job_kind job;
	} jobs[] = {
	    {VERB_RESET_PASSWORD, KIND_MAILBOX, OPERATION_APPLY, JOB_RESET},
	    {VERB_DISABLE, KIND_ADDRESS, OPERATION_APPLY, JOB_ADDRESS},
	    {VERB_DISABLE, KIND_ADDRESS, OPERATION_RELEASE, JOB_ADDRESS_BACK},
	    {VERB_REMOVE, KIND_MESSAGE, OPERATION_APPLY, JOB_MAIL_REMOVE},
	    {VERB_REMOVE, KIND_MESSAGE, OPERATION_RELEASE, JOB_MAIL_RESTORE},
	    {VERB_STRIP, KIND_MESSAGE, OPERATION_APPLY, JOB_MAIL_STRIP},
	    {VERB_STRIP, KIND_MESSAGE, OPERATION_RELEASE, JOB_MAIL_RESTORE},
	};
	for (size_t i = 0; i < array_length(jobs); i++)
		if (action->verb == jobs[i].verb && action->subject.kind == jobs[i].kind &&
		    action->operation == jobs[i].operation)
			return jobs[i].job;
	return JOB_COUNT;
}

/* Done twice it is done once, so what was done before our time is begun again. */
static int
accept_action(struct steward *steward, const void *bytes, size_t length)
{
	struct action action;
	int status = action_decode(bytes, length, &action);
	enum job_kind kind = status ? JOB_COUNT : job_for(&action);
	if (status || kind == JOB_COUNT || !action.id)
		return -EBADMSG;
	if (is_begun(steward, &action))
		return 0;
	const struct account *account =
	    account_of(steward, action.subject.account, action.subject.generation);
	struct task *task = steward_add(steward, kind, account);
	task->action = action.id;
	task->operation = action.operation;
	task->answered = true;
	snprintf(task->changed.actor, sizeof(task->changed.actor), "hayward");
	str_add_bytes(&task->payload, bytes, length);
	if (!account || account->is_protected)
		steward_finish(steward, task, account ? -EPERM : -ESTALE,
		    account ? "the account is protected" : "the account is gone");
	return 0;
}

/* The list is whole: one that waits is replaced by one that is newer. */
static int
accept_closed(struct steward *steward, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct closed_scripts closed;
	int status = closed_scripts_decode(bytes, length, arena, &closed);
	if (status || steward->is_no_site)
		return status;
	struct task *task = steward->tasks;
	while (task && (task->kind != JOB_SCRIPTS || task->stage != WAITING))
		task = task->next;
	if (!task)
		task = steward_add(steward, JOB_SCRIPTS, NULL);
	task->answered = true;
	snprintf(task->changed.actor, sizeof(task->changed.actor), "hayward");
	str_clear(&task->payload);
	str_add_bytes(&task->payload, bytes, length);
	return 0;
}

static int
accept_noted(struct steward *steward, const void *bytes, size_t length)
{
	struct wire_reader reader = wire_read(bytes, length);
	uint64_t id = wire_get_u64(&reader);
	if (wire_end(&reader))
		return -EBADMSG;
	for (struct task *task = steward->tasks; task; task = task->next)
		if (task->id == id && task->told)
			steward_noted(steward, task);
	return 0;
}

static int
dispatch(struct steward *steward, enum message message, const void *bytes, size_t length)
{
	if (message == MESSAGE_ERRAND)
		return accept_errand(steward, bytes, length);
	if (message == MESSAGE_SALT_WANTED)
		return accept_salt_wanted(steward, bytes, length);
	if (message == MESSAGE_OPENING)
		return accept_opening(steward, bytes, length);
	if (message == MESSAGE_DESK)
		return accept_action(steward, bytes, length);
	if (message == MESSAGE_STORED_WANTED)
		return steward_stored_wanted(steward, bytes, length);
	if (message == MESSAGE_CLOSED)
		return accept_closed(steward, bytes, length);
	return message == MESSAGE_NOTED ? accept_noted(steward, bytes, length) : -EBADMSG;
}

/* ---- the handlers ---- */

static void
on_heard(evutil_socket_t fd, short what, void *context)
{
	(void)what;
	struct steward *steward = context;
	auto_free char *bytes = memory_new(1, 2 * LARGEST_NEWS);
	ssize_t length = recv(fd, bytes, 2 * LARGEST_NEWS, MSG_DONTWAIT);
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Without it we are of no use: the next steward has a new one. */
	if (length <= 0)
		fatal("the steward's hand is gone");
	steward_hear(steward, bytes, (size_t)length);
	steward_go_on(steward);
}

static void
schedule(struct steward *steward)
{
	struct timeval turn = {TURN / 1000, TURN % 1000 * 1000};
	evtimer_add(steward->timer, &turn);
}

static void
on_timer(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	steward_tick(context);
	schedule(context);
}

static int
steward_prepare(struct process_frame *frame)
{
	struct steward *steward = memory_new(1, sizeof(*steward));
	frame->state = steward;
	steward->frame = frame;
	steward->places = (struct office_places){
	    .configuration = frame->options->config, .state = frame->options->state};
	steward->databases = steward_databases_new();
	steward->stored = steward_stored_new();
	steward->hand = steward_hand_start(&steward->places);
	if (steward->hand < 0)
		log_error("cannot start the steward's hand: %s", strerror(-steward->hand));
	/* Ids of tellings differ from those of the steward before. */
	steward->last = (uint64_t)clock_wall() << 16;
	steward->ends_at = INT64_MAX;
	return 0;
}

static int
steward_start(struct process_frame *frame)
{
	struct steward *steward = frame->state;
	steward->timer = evtimer_new(frame->loop, on_timer, steward);
	steward->heard = steward->hand < 0 ? NULL
					   : event_new(frame->loop, steward->hand,
						 EV_READ | EV_PERSIST, on_heard, steward);
	if (!steward->timer || (steward->hand >= 0 && !steward->heard))
		return -ENOMEM;
	if (steward->heard)
		event_add(steward->heard, NULL);
	steward->mind_at = clock_boot() + FIRST_LOOK;
	schedule(steward);
	process_ready(frame, "changes the book, if this host has a site");
	return 0;
}

/* New accounts: somebody worked at the desk, and a role may have been away then. */
static int
steward_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	struct steward *steward = frame->state;
	struct accounts *accounts;
	if (kind != BLOB_ACCOUNTS)
		return 0;
	int status = accounts_decode(bytes, length, &accounts);
	if (status)
		return status;
	accounts_free(steward->accounts);
	steward->accounts = accounts;
	if (steward->timer)
		steward_mind_soon(steward, SOON);
	return 0;
}

static void
steward_peer(struct process_frame *frame, enum process peer, bool connected)
{
	struct steward *steward = frame->state;
	if (peer != PROCESS_ENGINE || !connected)
		return;
	steward_tell_again(steward);
	steward_databases_again(steward);
}

static int
steward_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	(void)from, (void)fd;
	struct steward *steward = frame->state;
	int status = dispatch(steward, message, bytes, length);
	steward_go_on(steward);
	return status;
}

static void
steward_quit(struct process_frame *frame)
{
	struct steward *steward = frame->state;
	steward_forget_all(steward);
	if (steward->heard)
		event_free(steward->heard);
	if (steward->timer)
		event_free(steward->timer);
	if (steward->hand >= 0)
		close(steward->hand);
	accounts_free(steward->accounts);
	steward_databases_free(steward->databases);
	steward_stored_free(steward->stored);
	free(steward);
	frame->state = NULL;
}

const struct process_handlers *
steward_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = steward_prepare,
	    .start = steward_start,
	    .blob = steward_blob,
	    .peer = steward_peer,
	    .message = steward_message,
	    .quit = steward_quit,
	};
	return &handlers;
}
