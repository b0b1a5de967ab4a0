/* SPDX-License-Identifier: Apache-2.0 */
/* What the steward has been asked for, from its coming to its answer and its record. */
#include "procs/steward.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "procs/answer_json.h"

enum {
	ANSWER_AFTER = 12000, /* ms: a change that was saved is answered by then */
	NOTE_AFTER = 3000,    /* ms that the journal is waited for */
	RETRY_AFTER = 5000,   /* ms: the book was somebody else's, a role did not answer */
	TRIES = 12,	      /* of what a role does with one mail */
	SOON = 3000,
	MIND_AGAIN = 15000, /* while a role has not been told; then at longer intervals */
	MIND_DOWN = 60000,  /* at most, if it only has to come back: to ask is cheap */
	MIND_ANYWAY = 600000,
};

/* ---- answers ---- */

static enum answer_status
answer_of(int status)
{
	switch (-status) {
	case 0:
		return ANSWER_OK;
	case ENOENT:
		return ANSWER_NOT_FOUND;
	case EINVAL:
	case EEXIST:
		return ANSWER_INVALID;
	case EIO:
		return ANSWER_UNREACHED;
	}
	return ANSWER_REFUSED;
}

void
steward_reply(
    struct steward *steward, uint64_t ticket, int status, const char *words, const char *data)
{
	auto_str bytes = {0};
	if (!ticket)
		return;
	/* What was done is data, too, as of every other question. */
	json_t *object = !status && !*data ? json_pack("{ss}", "done", words) : NULL;
	auto_free char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	reply_encode(ticket, answer_of(status), words,
	    status  ? NULL
	    : *data ? data
		    : text,
	    &bytes);
	json_decref(object);
	if (process_send(steward->frame, PROCESS_CONTROL, MESSAGE_ERRAND_REPLY, bytes.data,
		bytes.length, -1))
		log_debug("nobody waits for answer %llu", (unsigned long long)ticket);
}

static void
reply_salt(struct steward *steward, const struct task *task)
{
	auto_str bytes = {0};
	wire_put_u64(&bytes, task->ticket);
	wire_put_i64(&bytes, task->status);
	wire_put_text(&bytes, task->status ? task->words : task->data);
	if (process_send(
		steward->frame, PROCESS_CONTROL, MESSAGE_SALT, bytes.data, bytes.length, -1))
		log_debug("control is not there for a salt");
}

static void
answer(struct steward *steward, struct task *task)
{
	task->answered = true;
	if (task->kind == JOB_SALT)
		reply_salt(steward, task);
	else
		steward_reply(steward, task->ticket, task->status, task->words, task->data);
}

/* ---- the journal ---- */

static bool
is_for_journal(const struct task *task)
{
	bool of_engine = task->kind == JOB_OPEN || task->kind == JOB_SHUT;
	return task->saved || (of_engine && task->stage == DONE);
}

static void
tell_engine(struct steward *steward, struct task *task)
{
	auto_str bytes = {0};
	changed_encode(&task->changed, &bytes);
	task->told = !process_send(
	    steward->frame, PROCESS_ENGINE, MESSAGE_CHANGED, bytes.data, bytes.length, -1);
}

/* Lost with an engine that is gone: the next one asks again. */
static void
tell_outcome(struct steward *steward, const struct task *task)
{
	auto_str bytes = {0};
	const struct outcome outcome = {
	    .action = task->action,
	    .operation = task->operation,
	    .status = task->status == -ENODEV ? -ENOTSUP : task->status,
	    .text = task->words,
	};
	outcome_encode(&outcome, &bytes);
	if (process_send(steward->frame, PROCESS_ENGINE, MESSAGE_DESK_OUTCOME, bytes.data,
		bytes.length, -1))
		log_debug("the engine is not there for an outcome");
}

/* ---- tasks ---- */

static void
task_free(struct task *task)
{
	if (task->payload.data)
		explicit_bzero(task->payload.data, task->payload.capacity);
	str_done(&task->payload);
	free(task->words);
	free(task->data);
	free(task);
}

static void
drop_finished(struct steward *steward)
{
	for (struct task **link = &steward->tasks; *link;) {
		struct task *task = *link;
		if (task->stage != DONE || !task->answered || !task->noted) {
			link = &task->next;
			continue;
		}
		*link = task->next;
		task_free(task);
	}
}

size_t
steward_count(const struct steward *steward)
{
	size_t count = 0;
	for (const struct task *task = steward->tasks; task; task = task->next)
		count += task->stage != DONE;
	return count;
}

struct task *
steward_add(struct steward *steward, enum job_kind kind, const struct account *account)
{
	struct task **link = &steward->tasks;
	struct task *task = memory_new(1, sizeof(*task));
	while (*link)
		link = &(*link)->next;
	*link = task;
	task->id = ++steward->last;
	task->kind = kind;
	task->since = clock_boot();
	task->words = memory_copy_text("");
	task->data = memory_copy_text("");
	task->changed.id = task->id;
	snprintf(task->changed.what, sizeof(task->changed.what), "%s", job_word(kind));
	if (account) {
		task->changed.account = account->id;
		task->changed.generation = account->generation;
		snprintf(task->changed.account_name, sizeof(task->changed.account_name), "%s",
		    account->name);
	}
	return task;
}

/* What only looks, a script that is tried out above all, keeps nobody from a change. */
static bool
only_looks(enum job_kind kind)
{
	return kind == JOB_USAGE || kind == JOB_CGI_TEST || kind == JOB_SALT ||
	       kind == JOB_DATABASES || kind == JOB_MAIL_QUEUE || kind == JOB_MAIL_KEPT ||
	       kind == JOB_STORED;
}

static bool
is_busy_before(const struct steward *steward, uint32_t account, enum job_kind kind,
    const struct task *before)
{
	for (const struct task *task = steward->tasks; task && task != before;
	     task = task->next)
		if (task->stage != DONE && task->changed.account == account &&
		    only_looks(task->kind) == only_looks(kind))
			return true;
	return false;
}

bool
steward_is_busy(const struct steward *steward, uint32_t account, enum job_kind kind)
{
	return is_busy_before(steward, account, kind, NULL);
}

static bool
may_start(const struct steward *steward, const struct task *task, int64_t now)
{
	return task->stage == WAITING && now >= task->not_before &&
	       !is_busy_before(steward, task->changed.account, task->kind, task);
}

static void
start(struct steward *steward, struct task *task)
{
	auto_str bytes = {0};
	job_encode(task->id, task->kind, task->changed.account, &task->payload, &bytes);
	task->stage = RUNNING;
	task->since = clock_boot();
	ssize_t sent = steward->hand < 0 ? -1
					 : send(steward->hand, bytes.data, bytes.length,
					       MSG_DONTWAIT | MSG_NOSIGNAL);
	explicit_bzero(bytes.data, bytes.capacity);
	if (sent < 0)
		steward_finish(steward, task, -EIO, "the steward has no hand to do it with");
}

static void
start_all(struct steward *steward)
{
	size_t running = 0;
	int64_t now = clock_boot();
	for (const struct task *task = steward->tasks; task; task = task->next)
		running += task->stage == RUNNING;
	for (struct task *task = steward->tasks; task && running < MOST_JOBS; task = task->next)
		if (may_start(steward, task, now)) {
			start(steward, task);
			running++;
		}
}

void
steward_finish(struct steward *steward, struct task *task, int status, const char *words)
{
	task->stage = DONE;
	task->since = clock_boot();
	task->status = status;
	if (status || !*task->words) {
		free(task->words);
		task->words = memory_copy_text(words);
	}
	task->changed.status = status;
	if (task->action)
		tell_outcome(steward, task);
	if (!*task->changed.text)
		snprintf(task->changed.text, sizeof(task->changed.text), "%s", words);
	task->noted = task->noted || !is_for_journal(task);
	if (!task->noted && !task->told)
		tell_engine(steward, task);
	if (task->noted && !task->answered)
		answer(steward, task);
}

/* ---- what the hand says ---- */

static void
hear_saved(struct steward *steward, struct task *task, const struct news *news)
{
	task->saved = true;
	snprintf(task->changed.text, sizeof(task->changed.text), "%s", news->text);
	free(task->words);
	task->words = memory_copy_text(news->text);
	tell_engine(steward, task);
}

void
steward_mind_soon(struct steward *steward, int64_t pause)
{
	int64_t at = clock_boot() + pause;
	if (at < steward->mind_at)
		steward->mind_at = at;
}

/* Somebody is not as the book says: soon after a change, and ever more seldom if nothing
 * helps, for to tell a role of everything is work. */
static void
mind_untold(struct steward *steward, enum job_kind kind, const struct news *news)
{
	int64_t most = news->wrong ? MIND_ANYWAY : MIND_DOWN;
	bool is_again = kind == JOB_MIND && steward->pause;
	steward->pause = is_again ? 2 * steward->pause : MIND_AGAIN;
	if (steward->pause > most)
		steward->pause = most;
	steward_mind_soon(steward, steward->pause);
}

/* What a mail server that does not answer must not keep others from for ever. */
static bool
is_of_mail(enum job_kind kind)
{
	return kind == JOB_MAIL_REMOVE || kind == JOB_MAIL_STRIP || kind == JOB_MAIL_RESTORE ||
	       kind == JOB_STORED;
}

/* A child that was cut off behind its change has changed it all the same. */
static void
hear_ended(struct steward *steward, struct task *task, const struct news *news)
{
	auto_str words = {0};
	int status = task->saved ? 0 : (int)news->status;
	if (status == -EBUSY && !task->ticket &&
	    (!is_of_mail(task->kind) || task->tries < TRIES)) {
		task->tries++;
		task->stage = WAITING;
		task->not_before = clock_boot() + RETRY_AFTER;
		return;
	}
	if (task->kind == JOB_STORED)
		steward_stored_heard(steward, status, news->data, news->text);
	if (task->kind == JOB_DATABASES)
		steward_databases_heard(steward, status, news->data, news->text);
	if (task->kind == JOB_MIND) {
		steward->is_no_site = status == -ENODEV;
		steward->ends_at = news->next;
		steward->mind_at = clock_boot() + MIND_ANYWAY;
	} else if (task->saved) {
		/* Those that had not to know at once. */
		steward_mind_soon(steward, SOON);
	}
	if (news->untold || news->wrong)
		mind_untold(steward, task->kind, news);
	else if (task->kind == JOB_MIND)
		steward->pause = 0;
	if (task->saved && *news->text) {
		str_addf(&words, "%s\n%s", task->words, news->text);
		free(task->words);
		task->words = str_take(&words);
	}
	free(task->data);
	task->data = memory_copy_text(news->data);
	steward_finish(steward, task, status, news->text);
}

void
steward_hear(struct steward *steward, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct news news;
	if (news_decode(bytes, length, arena, &news)) {
		log_error("the steward's hand says what cannot be understood");
		return;
	}
	struct task *task = steward->tasks;
	while (task && task->id != news.job)
		task = task->next;
	if (!task || task->stage != RUNNING)
		return;
	if (news.stage == JOB_SAVED)
		hear_saved(steward, task, &news);
	else
		hear_ended(steward, task, &news);
}

/* ---- time ---- */

static void
answer_late(struct steward *steward, struct task *task, int64_t now)
{
	bool has_long_run =
	    task->stage == RUNNING && task->saved && now - task->since >= ANSWER_AFTER;
	bool waits_for_note = task->stage == DONE && now - task->since >= NOTE_AFTER;
	if (task->answered || (!has_long_run && !waits_for_note))
		return;
	if (has_long_run) {
		auto_str words = {0};
		str_addf(&words, "%s\nthe roles are still being told", task->words);
		free(task->words);
		task->words = str_take(&words);
	}
	answer(steward, task);
}

static void
mind(struct steward *steward, int64_t now)
{
	if (clock_wall() >= steward->ends_at)
		steward->mind_at = now;
	if (now < steward->mind_at)
		return;
	steward->mind_at = now + MIND_ANYWAY;
	steward->ends_at = INT64_MAX;
	struct task *task = steward_add(steward, JOB_MIND, NULL);
	task->answered = true;
	snprintf(task->changed.actor, sizeof(task->changed.actor), "hayward");
}

void
steward_tick(struct steward *steward)
{
	int64_t now = clock_boot();
	mind(steward, now);
	steward_databases_tick(steward, now);
	steward_stored_tick(steward, now);
	for (struct task *task = steward->tasks; task; task = task->next)
		answer_late(steward, task, now);
	steward_go_on(steward);
}

void
steward_go_on(struct steward *steward)
{
	start_all(steward);
	drop_finished(steward);
}

void
steward_noted(struct steward *steward, struct task *task)
{
	task->noted = true;
	if (task->stage == DONE && !task->answered)
		answer(steward, task);
}

void
steward_tell_again(struct steward *steward)
{
	for (struct task *task = steward->tasks; task; task = task->next)
		if (!task->noted && is_for_journal(task))
			tell_engine(steward, task);
}

void
steward_forget_all(struct steward *steward)
{
	while (steward->tasks) {
		struct task *task = steward->tasks;
		steward->tasks = task->next;
		task_free(task);
	}
}
