/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is stored in mailboxes. At intervals the hand asks about those of the next accounts, by
 * a child; what comes back is taken apart here, where there is no privilege, and told to the
 * engine: all that it wants to know of an account, or that it is not all.
 *
 * SECURITY: the mail role's agent runs beside customers' programs, and subjects and folders are
 * their authors' words. Nothing is believed of an account but of mailboxes that were asked
 * about, and whose each is our own table of accounts tells.
 */
#include "procs/steward.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "model/stored.h"

enum { GIVEN_UP = 400000, NOT_HERE = 600000, SECOND = 1000, CUT_TEXT = 300, CUT_WHY = 200 };

struct steward_stored {
	struct stored_wanted wanted;
	int64_t next;	/* boot ms: when to ask */
	int64_t asked;	/* boot ms: when the question that is out was put; 0: none is */
	uint32_t first; /* account at which the next turn begins */
};

struct steward_stored *
steward_stored_new(void)
{
	return memory_new(1, sizeof(struct steward_stored));
}

void
steward_stored_free(struct steward_stored *stored)
{
	free(stored);
}

/* ---- taking it apart ---- */

/* An account while it is heard of. */
struct heard {
	struct stored_account account;
	size_t mail_capacity;
	size_t catch_all_capacity;
	uint32_t asked;	   /* mailboxes */
	uint32_t answered; /* of those, wholly */
};

struct hearing {
	const struct accounts *accounts;
	struct arena *arena;
	struct map *by_id; /* struct heard */
	struct map *asked; /* by name: whose mailbox it is */
	size_t mail_count;
};

static struct heard *
heard_of(struct hearing *hearing, const struct account *account)
{
	struct heard *heard = account ? map_find_u64(hearing->by_id, account->id) : NULL;
	if (heard || !account)
		return heard;
	heard = memory_new(1, sizeof(*heard));
	heard->account.account = account->id;
	heard->account.generation = account->generation;
	map_put_u64(hearing->by_id, account->id, heard);
	return heard;
}

static struct heard *
heard_of_mailbox(const struct hearing *hearing, const json_t *line, const char *member)
{
	const char *name = json_string_value(json_object_get(line, member));
	return name ? map_find_text(hearing->asked, name) : NULL;
}

static int64_t
number_of(const json_t *line, const char *name)
{
	const json_t *value = json_object_get(line, name);
	return json_is_integer(value) && json_integer_value(value) >= 0
		   ? json_integer_value(value)
		   : -1;
}

static const char *
text_of(const struct hearing *hearing, const json_t *line, const char *name)
{
	const char *text = json_string_value(json_object_get(line, name));
	auto_str cut = {0};
	str_add(&cut, text ? text : "");
	str_cut(&cut, CUT_TEXT);
	return arena_copy_text(hearing->arena, str_text(&cut));
}

static void
set_text(char *to, size_t size, const json_t *line, const char *name)
{
	const char *text = json_string_value(json_object_get(line, name));
	size_t length = text ? strlen(text) : 0;
	if (length < size)
		memcpy(to, text ? text : "", length + 1);
}

static void
hear_mail(struct hearing *hearing, const json_t *line)
{
	struct heard *heard = heard_of_mailbox(hearing, line, "mail");
	struct stored_mail mail = {.attachments = number_of(line, "attachments")};
	int64_t uid = number_of(line, "uid"), folder = number_of(line, "folder");
	mail.size = number_of(line, "size");
	mail.saved = number_of(line, "saved");
	if (!heard || uid <= 0 || uid > UINT32_MAX || folder < 0 || folder > UINT16_MAX ||
	    mail.size < 0 || mail.saved < 0 || mail.saved > INT64_MAX / SECOND ||
	    hearing->mail_count == MOST_STORED_MAILS)
		return;
	mail.saved *= SECOND;
	mail.folder = (uint32_t)folder;
	mail.place.uid = (uint32_t)uid;
	set_text(mail.place.user, sizeof(mail.place.user), line, "mail");
	set_text(mail.place.box, sizeof(mail.place.box), line, "box");
	set_text(mail.place.sign, sizeof(mail.place.sign), line, "check");
	mail.in = text_of(hearing, line, "in");
	mail.subject = text_of(hearing, line, "subject");
	auto_str label = {0};
	struct stored_place place;
	stored_label(&mail, &label);
	if (stored_place_read(str_text(&label), &place))
		return;
	struct stored_account *account = &heard->account;
	memory_grow(&account->mails, account->mail_count, &heard->mail_capacity,
	    sizeof(*account->mails));
	account->mails[account->mail_count++] = mail;
	hearing->mail_count++;
}

static void
hear_mailbox(struct hearing *hearing, const json_t *line)
{
	struct heard *heard = heard_of_mailbox(hearing, line, "mailbox");
	int64_t bytes = number_of(line, "bytes");
	if (!heard || bytes < 0 || bytes > INT64_MAX / 1000000)
		return;
	heard->account.bytes += bytes;
	heard->answered += json_is_true(json_object_get(line, "whole"));
	if (json_is_true(json_object_get(line, "silent")))
		log_warning(
		    "Dovecot gives no answer for the mailbox '%s', or one that is too long: "
		    "it is asked about alone from now on",
		    json_string_value(json_object_get(line, "mailbox")));
}

/* The domain's owner is the one of any address in it. */
static void
hear_catch_all(struct hearing *hearing, const json_t *line)
{
	auto_str login = {0};
	const char *domain = text_of(hearing, line, "catch-all");
	int64_t bytes = number_of(line, "bytes");
	str_addf(&login, "postmaster@%s", domain);
	const struct account *owner = accounts_find_login(hearing->accounts, str_text(&login));
	struct heard *heard = owner ? map_find_u64(hearing->by_id, owner->id) : NULL;
	if (!heard || bytes < 0 || !*domain)
		return;
	struct stored_account *account = &heard->account;
	memory_grow(&account->catch_alls, account->catch_all_count, &heard->catch_all_capacity,
	    sizeof(*account->catch_alls));
	account->catch_alls[account->catch_all_count++] =
	    (struct stored_catch_all){domain, bytes};
}

/* What the hand says before the agent: whom it asked about. */
static void
hear_asked(struct hearing *hearing, const char *name)
{
	struct heard *heard = heard_of(hearing, accounts_find_login(hearing->accounts, name));
	if (!heard || map_find_text(hearing->asked, name))
		return;
	map_put_text(hearing->asked, name, heard);
	heard->asked++;
}

static void
hear_line(struct hearing *hearing, const char *text, size_t length, uint32_t *next)
{
	auto_str line = {0};
	str_add_bytes(&line, text, length);
	const char *words = str_text(&line);
	if (text_starts_with(words, "next "))
		*next = (uint32_t)strtoul(words + strlen("next "), NULL, 10);
	else if (text_starts_with(words, "account "))
		heard_of(
		    hearing, accounts_find_name(hearing->accounts, words + strlen("account ")));
	else if (text_starts_with(words, "asked "))
		hear_asked(hearing, words + strlen("asked "));
	if (*words != '{')
		return;
	json_t *object = json_loadb(words, line.length, 0, NULL);
	if (json_object_get(object, "mail"))
		hear_mail(hearing, object);
	else if (json_object_get(object, "mailbox"))
		hear_mailbox(hearing, object);
	else if (json_object_get(object, "catch-all"))
		hear_catch_all(hearing, object);
	json_decref(object);
}

static void *
copy_of(struct arena *arena, const void *bytes, size_t size)
{
	void *copy = arena_alloc(arena, size + 1);
	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

/* What was heard of an account, in the arena; heard is not any more. */
static struct stored_account
settle(const struct hearing *hearing, struct heard *heard)
{
	struct stored_account account = heard->account;
	account.whole = heard->answered >= heard->asked;
	account.mails =
	    copy_of(hearing->arena, account.mails, account.mail_count * sizeof(*account.mails));
	account.catch_alls = copy_of(hearing->arena, account.catch_alls,
	    account.catch_all_count * sizeof(*account.catch_alls));
	free(heard->account.mails);
	free(heard->account.catch_alls);
	free(heard);
	return account;
}

uint32_t
steward_stored_read(const struct accounts *accounts, const char *text, struct arena *arena,
    struct stored *ret_stored)
{
	struct hearing hearing = {accounts, arena, map_new(), map_new(), 0};
	struct stored stored = {.works = true, .why = ""};
	size_t length, position = 0;
	uint32_t next = 0;
	for (const char *line; (line = text_next_line(&text, &length));)
		hear_line(&hearing, line, length, &next);
	stored.accounts =
	    arena_alloc(arena, (map_count(hearing.by_id) + 1) * sizeof(*stored.accounts));
	for (struct heard *heard; (heard = map_next(hearing.by_id, &position));)
		stored.accounts[stored.count++] = settle(&hearing, heard);
	map_free(hearing.by_id);
	map_free(hearing.asked);
	*ret_stored = stored;
	return next;
}

/* ---- telling ---- */

static void
tell(struct steward *steward, const struct stored *stored)
{
	auto_str bytes = {0};
	stored_encode(stored, &bytes);
	if (process_send(
		steward->frame, PROCESS_ENGINE, MESSAGE_STORED, bytes.data, bytes.length, -1))
		log_debug("the engine is not there to hear of stored mail");
}

static void
take_answer(struct steward *steward, const char *text)
{
	auto_arena struct arena *arena = arena_new();
	struct stored stored;
	steward->stored->first = steward_stored_read(steward->accounts, text, arena, &stored);
	stored.wall = clock_wall();
	stored.boot = clock_boot();
	tell(steward, &stored);
}

static uint32_t
next_of(const char *answer)
{
	uint32_t next = 0;
	size_t length;
	for (const char *line; (line = text_next_line(&answer, &length));)
		if (text_starts_with(line, "next "))
			next = (uint32_t)strtoul(line + strlen("next "), NULL, 10);
	return next;
}

void
steward_stored_heard(struct steward *steward, int status, const char *answer, const char *words)
{
	struct steward_stored *stored = steward->stored;
	int64_t now = clock_boot();
	stored->asked = 0;
	if (!status && steward->accounts) {
		take_answer(steward, answer);
		return;
	}
	/* What those of this turn have wrong must not keep others from theirs. */
	stored->first = next_of(answer);
	auto_str why = {0};
	str_add(&why, words);
	str_cut(&why, CUT_WHY);
	tell(steward,
	    &(struct stored){.why = str_text(&why), .wall = clock_wall(), .boot = now});
	if (status == -ENODEV)
		stored->next = now + NOT_HERE;
}

/* ---- asking ---- */

int
steward_stored_wanted(struct steward *steward, const void *bytes, size_t length)
{
	struct steward_stored *stored = steward->stored;
	int status = stored_wanted_decode(bytes, length, &stored->wanted);
	/* A new engine, or new rules: from the beginning. */
	if (!status) {
		stored->first = 0;
		stored->next = 0;
	}
	return status;
}

void
steward_stored_tick(struct steward *steward, int64_t now)
{
	struct steward_stored *stored = steward->stored;
	const struct config *config = steward->frame->config;
	int64_t every = config->stored_mail_interval;
	bool is_out = stored->asked && now - stored->asked < GIVEN_UP;
	if (!every || !stored->wanted.wanted || is_out || now < stored->next ||
	    steward->hand < 0)
		return;
	const struct stored_turn turn = {
	    stored->first, stored->wanted.size, stored->wanted.age, config->removed_mail_kept};
	stored->asked = now > 0 ? now : 1;
	stored->next = now + every;
	struct task *task = steward_add(steward, JOB_STORED, NULL);
	task->answered = true;
	stored_turn_encode(&turn, &task->payload);
}
