/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was put aside of an account's mail, for its owner: he sees it, and brings back one that
 * he names, once each: what was put aside while it was his. Whatever else is to be brought
 * back, staff bring.
 *
 * SECURITY: the mail role's agent runs beside customers' programs, and subjects and folders are
 * their authors' words. A line is believed if it is of a mailbox of that account; each text is
 * cut and escaped.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "procs/answer_json.h"
#include "procs/steward_job.h"
#include "site/push.h"
#include "stored/doveadm.h"
#include "stored/kept.h"
#include "stored/remove.h"

enum {
	KEPT_MS = 15000,
	BACK_MS = 60000,
	MOST_MAILS = 300,
	LONGEST_LIST = LARGEST_NEWS / 2, /* bytes, as they are sent */
	LONGEST_TEXT = 200,
	MOST_LEFT_OUT = 1000000,
	SECOND = 1000,
};

/* A line of the agent's, whose texts are the line's. */
struct kept_line {
	json_t *line;
	struct mail_place place;
};

/* ---- what the agent says ---- */

static bool
read_line(
    const struct working *working, const char *text, size_t length, struct kept_line *ret_line)
{
	json_t *line = json_loadb(text, length, 0, NULL);
	char user[256], box[64], uid[24], sign[32];
	char *const words[] = {user, box, uid, sign};
	snprintf(user, sizeof(user), "%s", row_text(line, "mail"));
	snprintf(box, sizeof(box), "%s", row_text(line, "box"));
	snprintf(uid, sizeof(uid), "%lld", (long long)row_number(line, "uid"));
	snprintf(sign, sizeof(sign), "%s", row_text(line, "check"));
	bool is_whole = text_equal(user, row_text(line, "mail"));
	if (!is_whole || mail_place_read(words, &ret_line->place) ||
	    !work_owns_mailbox(working, user)) {
		json_decref(line);
		return false;
	}
	ret_line->line = line;
	ret_line->place.user = row_text(line, "mail");
	ret_line->place.box = row_text(line, "box");
	ret_line->place.sign = row_text(line, "check");
	return true;
}

/* false: there is no further one. */
static bool
next_line(const struct working *working, const char **at, struct kept_line *ret_line)
{
	size_t length;
	for (const char *text; (text = text_next_line(at, &length));)
		if (read_line(working, text, length, ret_line))
			return true;
	return false;
}

/* sign: of the one that is asked for; "": all. */
static void
add_order(const struct working *working, const char *sign, struct str *order)
{
	str_addf(order, "owner %lld\n", (long long)working->account->uid);
	if (working->job->request.asker.staff)
		str_add(order, "staff\n");
	if (*sign)
		str_addf(order, "sign %s\n", sign);
	for (size_t i = 0; i < working->account->mailbox_count; i++)
		str_addf(order, "mailbox %s@%s\n", working->account->mailboxes[i].local,
		    working->account->mailboxes[i].domain);
}

static int
ask(struct working *working, const char *sign, struct str *ret_said)
{
	static const char *const words[] = {"mail-kept", NULL};
	const struct office *office = &working->office;
	auto_str order = {0};
	struct pushed result = {0};
	add_order(working, sign, &order);
	push_run_with(
	    &office->site, &office->paths, ROLE_MAIL, words, &order, KEPT_MS, &result);
	if (result.status)
		str_add(&working->text, "the mail server does not tell what it keeps");
	else
		str_add_bytes(ret_said, str_text(&result.said), result.said.length);
	str_done(&result.said);
	return result.status ? -EIO : 0;
}

/* ---- shown ---- */

static void
set_cut(json_t *object, const char *name, const char *text)
{
	auto_str cut = {0};
	str_add_bytes(&cut, text, strnlen(text, LONGEST_TEXT));
	json_set_shown(object, name, str_text(&cut));
}

static json_t *
mail_of(const struct kept_line *kept)
{
	json_t *mail = json_new_object();
	int64_t until = row_number(kept->line, "until");
	json_set_shown(mail, "reference", kept->place.sign);
	json_set_shown(mail, "mailbox", kept->place.user);
	set_cut(mail, "folder", row_text(kept->line, "in"));
	set_cut(mail, "subject", row_text(kept->line, "subject"));
	json_set_integer(mail, "bytes", row_number(kept->line, "size"));
	json_set(mail, "removed", json_moment(row_number(kept->line, "aside") * SECOND));
	json_set(mail, "kept_until", until ? json_moment(until * SECOND) : json_null());
	json_set_flag(mail, "stripped", json_is_true(json_object_get(kept->line, "rest")));
	json_set_flag(mail, "again", json_is_true(json_object_get(kept->line, "again")));
	return mail;
}

/* What the agent had no room for. */
static int64_t
left_out(const struct str *said)
{
	const char *at = str_text(said);
	int64_t more = 0;
	size_t length;
	for (const char *text; (text = text_next_line(&at, &length));) {
		json_t *line = json_loadb(text, length, 0, NULL);
		more = json_object_get(line, "more") ? row_number(line, "more") : more;
		json_decref(line);
	}
	return more < MOST_LEFT_OUT ? more : MOST_LEFT_OUT;
}

/* false: there is no room for it. */
static bool
push_mail(json_t *mails, const struct kept_line *kept, size_t *length)
{
	json_t *mail = mail_of(kept);
	auto_free char *text = json_dumps(mail, JSON_COMPACT);
	*length += text ? strlen(text) + 1 : 0;
	bool fits = json_array_size(mails) < MOST_MAILS && *length < LONGEST_LIST;
	if (fits)
		json_push(mails, mail);
	else
		json_decref(mail);
	return fits;
}

static int
list(struct working *working, const struct str *said)
{
	json_t *data = json_new_object(), *mails = json_new_array();
	const char *at = str_text(said);
	struct kept_line kept;
	int64_t more = left_out(said);
	size_t length = 0;
	while (next_line(working, &at, &kept)) {
		more += !push_mail(mails, &kept, &length);
		json_decref(kept.line);
	}
	json_set(data, "mails", mails);
	json_set_integer(data, "more", more);
	auto_free char *text = json_dumps(data, JSON_COMPACT);
	str_add(&working->data, text ? text : "");
	json_decref(data);
	return 0;
}

/* ---- back ---- */

/* Who could do it again and again would keep for ever what may be kept for a month. */
static int
check_again(struct working *working, const struct kept_line *kept)
{
	if (working->job->request.asker.staff ||
	    !json_is_true(json_object_get(kept->line, "again")))
		return 0;
	str_add(&working->text, "it was brought back once before: ask the staff");
	return -EACCES;
}

static int
bring(struct working *working, const struct kept_line *kept)
{
	char uid[16];
	const struct office *office = &working->office;
	const struct request *request = &working->job->request;
	struct pushed result = {0};
	snprintf(uid, sizeof(uid), "%u", kept->place.uid);
	const char *const words[] = {
	    "mail-restore", kept->place.user, kept->place.box, uid, kept->place.sign, NULL};
	push_run(&office->site, &office->paths, ROLE_MAIL, words, BACK_MS, &result);
	work_take_last_line(working, &result.said);
	str_done(&result.said);
	if (result.status)
		return -EIO;
	str_addf(&working->text, ": %s of %s", request->mail, kept->place.user);
	if (*request->note)
		str_addf(&working->text, ": %s", request->note);
	work_saved(working);
	return 0;
}

static bool
is_sign(const char *text)
{
	return strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16;
}

static int
no_such_mail(struct working *working)
{
	str_add(&working->text, "no mail of that number is kept");
	return -ENOENT;
}

static int
bring_named(struct working *working, const struct str *said)
{
	const char *at = str_text(said);
	struct kept_line kept;
	while (next_line(working, &at, &kept)) {
		bool is_it = text_equal(kept.place.sign, working->job->request.mail);
		int status = is_it ? check_again(working, &kept) : 0;
		if (is_it && !status)
			status = bring(working, &kept);
		json_decref(kept.line);
		if (is_it)
			return status;
	}
	return no_such_mail(working);
}

int
work_kept_mail(struct working *working)
{
	auto_str why = {0}, said = {0};
	bool brings = working->job->kind == JOB_MAIL_BACK;
	int status = office_look(&working->office, &why);
	if (status) {
		str_add(&working->text, str_text(&why));
		return status;
	}
	status = work_find_account(working);
	if (!status && brings)
		status = work_check_standing(working);
	if (!status && brings && !is_sign(working->job->request.mail))
		return no_such_mail(working);
	if (!status)
		status = ask(working, brings ? working->job->request.mail : "", &said);
	if (status)
		return status;
	return brings ? bring_named(working, &said) : list(working, &said);
}
