/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored mail, by a child of the hand: the mail role's agent is asked about the mailboxes of
 * some accounts, and has one mail put aside or brought back. Where there is no site, Dovecot of
 * this machine is.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/program.h"
#include "model/stored.h"
#include "procs/steward_job.h"
#include "site/push.h"
#include "stored/look.h"
#include "stored/remove.h"

enum {
	MOST_OF_TURN = 500, /* mailboxes; an account is not divided */
	LOOK_MS = 200000,
	PLACE_MS = 150000,
	ASK_MS = 20000,
	SECOND = 1000,
	ROOM = 8192, /* of news, for its other parts */
};

bool
is_about_stored_mail(enum job_kind kind)
{
	return kind == JOB_STORED || kind == JOB_MAIL_REMOVE || kind == JOB_MAIL_STRIP ||
	       kind == JOB_MAIL_RESTORE;
}

/* ---- a turn ---- */

static void
add_limits(const struct stored_turn *turn, struct str *order)
{
	str_addf(order, "size %lld\nage %lld\nkept %lld\n", (long long)turn->size,
	    (long long)(turn->age / SECOND), (long long)(turn->kept / SECOND));
}

static void
add_account(struct working *working, const struct book_account *account, struct str *order)
{
	str_addf(&working->data, "account %s\n", account->name);
	for (size_t i = 0; i < account->mailbox_count; i++) {
		const struct book_mailbox *mailbox = &account->mailboxes[i];
		str_addf(&working->data, "asked %s@%s\n", mailbox->local, mailbox->domain);
		/* Who has more is never known whole, and keeps nobody from his turn. */
		if (i < MOST_LOOKED_AT - MOST_OF_TURN)
			str_addf(order, "mailbox %s@%s\n", mailbox->local, mailbox->domain);
	}
	for (size_t i = 0; i < account->domain_count; i++) {
		const struct book_domain *domain = &account->domains[i];
		if (*domain->catch_all)
			str_addf(order, "catch-all %s %s@%s\n", domain->name, domain->catch_all,
			    domain->name);
	}
}

/* "next 0": the turn after this one begins at the beginning. */
static void
add_accounts(struct working *working, struct str *order)
{
	const struct book *book = &working->office.file.book;
	size_t at = working->job->turn.first, mailboxes = 0;
	for (; at < book->account_count; at++) {
		const struct book_account *account = &book->accounts[at];
		if (mailboxes && mailboxes + account->mailbox_count > MOST_OF_TURN)
			break;
		mailboxes += account->mailbox_count;
		add_account(working, account, order);
	}
	str_addf(&working->data, "next %zu\n", at < book->account_count ? at : 0);
}

/* Whole lines only, and no more than news can carry: what is left out is told as not whole. */
static void
take_lines(struct working *working, const struct str *said)
{
	size_t most = LARGEST_NEWS - ROOM, length = said->length;
	most -= working->data.length < most ? working->data.length : most;
	if (strlen(str_text(said)) < length)
		length = 0;
	while (length > most || (length && str_text(said)[length - 1] != '\n'))
		length--;
	str_add_bytes(&working->data, str_text(said), length);
}

static int
look(struct working *working)
{
	static const char *const words[] = {"stored-mail", NULL};
	auto_str order = {0}, why = {0};
	struct pushed result = {0};
	struct office *office = &working->office;
	int status = office_look(office, &why);
	if (status) {
		str_add(&working->text, str_text(&why));
		return status;
	}
	add_limits(&working->job->turn, &order);
	add_accounts(working, &order);
	push_run_with(
	    &office->site, &office->paths, ROLE_MAIL, words, &order, LOOK_MS, &result);
	status = result.status;
	if (!status)
		take_lines(working, &result.said);
	else
		str_add(&working->text, "the mail server does not tell of stored mail");
	str_done(&result.said);
	return status == -ENODEV ? -EIO : status;
}

/* ---- one mail ---- */

void
work_take_last_line(struct working *working, const struct str *said)
{
	const char *text = str_text(said), *last = "";
	size_t length, last_length = 0;
	for (const char *line; (line = text_next_line(&text, &length));)
		if (length) {
			last = line;
			last_length = length < 200 ? length : 200;
		}
	escape_bytes(&working->text, last, last_length);
}

/* What is done with one, by the agent or here. */
static const struct deed_with_mail {
	enum job_kind kind;
	const char *word;
	int (*here)(const struct mail_place *place, struct str *words);
} deeds[] = {{JOB_MAIL_REMOVE, "mail-remove", stored_remove},
    {JOB_MAIL_STRIP, "mail-strip", stored_strip},
    {JOB_MAIL_RESTORE, "mail-restore", stored_restore}};

static const struct deed_with_mail *
deed_of(const struct working *working)
{
	const struct deed_with_mail *deed = deeds;
	while (deed->kind != working->job->kind)
		deed++;
	return deed;
}

static int
place_at_role(struct working *working, const struct stored_place *place)
{
	char uid[16];
	struct office *office = &working->office;
	struct pushed result = {0};
	snprintf(uid, sizeof(uid), "%u", place->uid);
	const char *const words[] = {
	    deed_of(working)->word, place->user, place->box, uid, place->sign, NULL};
	push_run(&office->site, &office->paths, ROLE_MAIL, words, PLACE_MS, &result);
	int status = result.status;
	work_take_last_line(working, &result.said);
	str_done(&result.said);
	/* It is tried again: a server that is down comes back. */
	return status == -ENOTCONN || status == -EINVAL || status == -ETIMEDOUT ? -EBUSY
										: status;
}

static int
place_here(struct working *working, const struct stored_place *place)
{
	struct mail_place found = {place->user, place->box, place->uid, place->sign};
	int status = deed_of(working)->here(&found, &working->text);
	return status && status != -ENOENT && status != -ENODEV && status != -EFBIG ? -EBUSY
										    : status;
}

/* The mailbox must be the account's: the label is what the engine was told of it. */
static int
read_place(struct working *working, struct stored_place *ret_place)
{
	if (!stored_place_read(working->job->action.path, ret_place))
		return 0;
	str_add(&working->text, "that is no mail");
	return -EINVAL;
}

bool
work_owns_mailbox(const struct working *working, const char *user)
{
	const struct book_account *account =
	    book_find_uid(&working->office.file.book, working->job->account);
	for (size_t i = 0; account && i < account->mailbox_count; i++) {
		auto_str address = {0};
		str_addf(&address, "%s@%s", account->mailboxes[i].local,
		    account->mailboxes[i].domain);
		if (text_equal(str_text(&address), user))
			return true;
	}
	return false;
}

/* What was done is said in the end, as what was not. */
static int
told(struct working *working, int status)
{
	if (!status)
		str_add(&working->remarks, str_text(&working->text));
	return status;
}

static int
place(struct working *working)
{
	struct stored_place found;
	auto_str why = {0};
	int status = read_place(working, &found);
	if (!status)
		status = office_look(&working->office, &why);
	if (status)
		return status;
	if (work_owns_mailbox(working, found.user))
		return told(working, place_at_role(working, &found));
	str_add(&working->text, "the mailbox is gone");
	return told(working, working->job->kind == JOB_MAIL_RESTORE ? -ENOENT : 0);
}

int
work_stored_mail(struct working *working)
{
	return working->job->kind == JOB_STORED ? look(working) : place(working);
}

/* ---- without a site ---- */

/* All mailboxes that Dovecot knows, up to as many as one look takes. */
static int
list_here(struct working *working, struct str *order)
{
	static const char *const words[] = {"/usr/bin/doveadm", "user", "*", NULL};
	auto_str said = {0};
	size_t count = 0, length;
	int status = program_run(words, NULL, ASK_MS, &said);
	if (status)
		return status == -ENOENT ? -ENODEV : -EIO;
	const char *text = str_text(&said);
	for (const char *line; (line = text_next_line(&text, &length));) {
		if (!length || memchr(line, ' ', length) || count++ >= MOST_LOOKED_AT)
			continue;
		str_addf(&working->data, "asked %.*s\n", (int)length, line);
		str_addf(order, "mailbox %.*s\n", (int)length, line);
	}
	return 0;
}

static int
look_here(struct working *working)
{
	auto_str order = {0}, said = {0};
	add_limits(&working->job->turn, &order);
	int status = list_here(working, &order);
	if (!status)
		status = stored_look(str_text(&order), &said, &working->text);
	else
		str_add(&working->text, "no Dovecot answers here");
	if (!status)
		take_lines(working, &said);
	return status == -EBUSY ? -EIO : status;
}

int
work_stored_mail_here(struct working *working)
{
	struct stored_place found;
	if (working->job->kind == JOB_STORED)
		return look_here(working);
	int status = read_place(working, &found);
	return status ? status : told(working, place_here(working, &found));
}
