/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail in a queue is held, let go or thrown away, because staff say so: on this host, or by
 * the agent of the role whose server has it.
 */
#include <errno.h>
#include <string.h>

#include "base/escape.h"
#include "procs/steward_job.h"
#include "procs/steward_queue.h"
#include "site/mail_queue.h"
#include "site/push.h"

enum { MAIL_MS = 40000 };

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

static void
add_here(struct queues *queues)
{
	auto_str said = {0};
	int status = mail_queue_read(&said);
	if (status && status != -ENODEV)
		queues_miss(queues, "host");
	queues_add(queues, "host", &said);
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
		queues_miss(queues, role_name(role));
	else
		queues_add(queues, role_name(role), &result.said);
	str_done(&result.said);
}

/* office: NULL where there is no site. */
static int
list(struct working *working, const struct office *office)
{
	static const enum role roles[] = {ROLE_MAIL, ROLE_WEB, ROLE_SHELL};
	struct queues *queues = queues_new();
	for (size_t i = 0; office && i < array_length(roles); i++)
		add_role(office, roles[i], queues);
	add_here(queues);
	queues_tell(queues, &working->data);
	queues_free(queues);
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
