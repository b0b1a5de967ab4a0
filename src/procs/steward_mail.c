/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail in a queue is held, let go or thrown away, because staff say so: on this host, or by
 * the agent of the role whose server has it.
 */
#include <errno.h>
#include <string.h>

#include "base/escape.h"
#include "procs/answer_json.h"
#include "procs/steward_job.h"
#include "site/mail_queue.h"
#include "site/push.h"

enum { MAIL_MS = 40000, MOST_MAILS = 500, LONGEST_WHY = 200 };

bool
is_about_mail(enum job_kind kind)
{
	return kind == JOB_MAIL_QUEUE || kind == JOB_MAIL_HOLD || kind == JOB_MAIL_RELEASE ||
	       kind == JOB_MAIL_REJECT;
}

static enum mail_order
order_of(const struct working *working)
{
	static const enum mail_order orders[JOB_COUNT] = {[JOB_MAIL_HOLD] = MAIL_HOLD,
	    [JOB_MAIL_RELEASE] = MAIL_RELEASE,
	    [JOB_MAIL_REJECT] = MAIL_REJECT};
	return orders[working->job->kind];
}

/* said: its words, a stranger's if it is a role's. */
static int
explain(struct working *working, int status, const struct str *said)
{
	str_clear(&working->text);
	if (status == -ENOTCONN)
		str_add(&working->text, "that server is down");
	else
		escape_text(&working->text, str_text(said));
	return status == -ENOTCONN || status == -ENODEV ? -EIO : status;
}

/* What the journal is told: "7A3F at web: they all know him". */
static int
finish(struct working *working, const char *where)
{
	const struct request *request = &working->job->request;
	str_addf(&working->text, "%s at %s", request->mail, where);
	if (*request->note)
		str_addf(&working->text, ": %s", request->note);
	work_saved(working);
	return 0;
}

/* ---- what waits ---- */

/* Of one that has several recipients, the first. */
static void
set_recipients(json_t *mail, const json_t *list)
{
	const json_t *first = json_array_get(list, 0);
	const char *to = json_string_value(json_object_get(first, "address"));
	const char *reason = json_string_value(json_object_get(first, "delay_reason"));
	auto_str why = {0};
	if (reason)
		str_add_bytes(&why, reason, strnlen(reason, LONGEST_WHY));
	json_set_shown(mail, "to", to ? to : "");
	json_set_integer(mail, "recipients", (int64_t)json_array_size(list));
	json_set_shown(mail, "why", str_text(&why));
}

static json_t *
mail_of(const char *where, const json_t *line)
{
	const char *id = json_string_value(json_object_get(line, "queue_id"));
	const char *queue = json_string_value(json_object_get(line, "queue_name"));
	const char *from = json_string_value(json_object_get(line, "sender"));
	if (!id || !queue || !from)
		return NULL;
	json_t *mail = json_new_object();
	json_set_shown(mail, "server", where);
	json_set_shown(mail, "mail", id);
	json_set_shown(mail, "queue", queue);
	json_set_shown(mail, "from", from);
	json_set_integer(
	    mail, "bytes", json_integer_value(json_object_get(line, "message_size")));
	json_set(mail, "since",
	    json_moment(1000 * json_integer_value(json_object_get(line, "arrival_time"))));
	set_recipients(mail, json_object_get(line, "recipients"));
	return mail;
}

/* Gives how many there was no room for. */
static int64_t
add_mails(json_t *mails, const char *where, const struct str *said)
{
	int64_t more = 0;
	for (const char *text = str_text(said); *text;) {
		size_t length = strcspn(text, "\n");
		json_t *line = json_loadb(text, length, 0, NULL);
		json_t *mail = line ? mail_of(where, line) : NULL;
		if (mail && json_array_size(mails) < MOST_MAILS)
			json_push(mails, mail);
		else if (mail) {
			json_decref(mail);
			more++;
		}
		json_decref(line);
		text += length + (text[length] == '\n');
	}
	return more;
}

struct queues {
	json_t *mails;
	json_t *silent; /* servers that do not tell */
	int64_t more;
};

static void
add_here(struct queues *queues)
{
	auto_str said = {0};
	int status = mail_queue_read(&said);
	if (status && status != -ENODEV)
		json_push(queues->silent, json_shown("host"));
	queues->more += add_mails(queues->mails, "host", &said);
}

static void
add_role(const struct office *office, enum role role, struct queues *queues)
{
	static const char *const words[] = {"mail-queue", NULL};
	struct pushed result = {0};
	if (office->site.roles[role].place == PLACE_NOWHERE)
		return;
	push_run(&office->site, &office->paths, role, words, MAIL_MS, &result);
	if (result.status)
		json_push(queues->silent, json_shown(role_name(role)));
	else
		queues->more += add_mails(queues->mails, role_name(role), &result.said);
	str_done(&result.said);
}

/* office: NULL where there is no site. */
static int
list(struct working *working, const struct office *office)
{
	static const enum role roles[] = {ROLE_MAIL, ROLE_WEB, ROLE_SHELL};
	struct queues queues = {.mails = json_new_array(), .silent = json_new_array()};
	json_t *data = json_new_object();
	for (size_t i = 0; office && i < array_length(roles); i++)
		add_role(office, roles[i], &queues);
	add_here(&queues);
	json_set(data, "mails", queues.mails);
	json_set(data, "silent", queues.silent);
	json_set_integer(data, "more", queues.more);
	auto_free char *text = json_dumps(data, JSON_COMPACT);
	str_add(&working->data, text ? text : "");
	json_decref(data);
	return 0;
}

/* ---- what is done with one ---- */

int
work_mail_here(struct working *working)
{
	if (working->job->kind == JOB_MAIL_QUEUE)
		return list(working, NULL);
	auto_str said = {0};
	int status = mail_queue_order(order_of(working), working->job->request.mail, &said);
	return status ? explain(working, status, &said) : finish(working, "host");
}

int
work_mail(struct working *working)
{
	const struct office *office = &working->office;
	const struct request *request = &working->job->request;
	if (working->job->kind == JOB_MAIL_QUEUE)
		return list(working, office);
	if (!*request->role || strcmp(request->role, "host") == 0)
		return work_mail_here(working);
	int role = role_find(request->role);
	if (role < 0) {
		str_add(&working->text, "there is no such server");
		return -EINVAL;
	}
	const char *const words[] = {
	    "mail", mail_order_name(order_of(working)), request->mail, NULL};
	struct pushed result = {0};
	push_run(&office->site, &office->paths, (enum role)role, words, MAIL_MS, &result);
	int status = result.status ? explain(working, result.status, &result.said)
				   : finish(working, request->role);
	str_done(&result.said);
	return status;
}
