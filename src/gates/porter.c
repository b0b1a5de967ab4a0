/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/porter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"

enum {
	MOST_NOTES = 4096,
	MOST_NOTES_OF_ACCOUNT = 64,
	TOLD_AGAIN = 10 * 60 * 1000, /* ms */
};

/* What was told of a clause and of whom it is about. */
struct note {
	char *key;
	uint32_t account; /* 0: nobody's */
	char reference[LONGEST_REFERENCE + 1];
	int64_t told_at;
	uint32_t times; /* since then */
};

struct porter {
	struct porter_ways ways;
	struct turnstile *turnstile;
	struct map *notes;
};

/* ---- who ---- */

bool
porter_guest(struct porter *porter, enum session_kind kind, const char *address,
    const char *login, const char *folder, struct guest *ret_guest)
{
	struct address client;
	if (address_parse(address, strlen(address), &client) || !address_is_hosts(&client))
		return false;
	const struct account *account =
	    *login ? porter->ways.login(porter->ways.context, login) : NULL;
	*ret_guest = (struct guest){
	    .kind = kind,
	    .address = client,
	    .client = address_of_visitor(&client),
	    .account = account ? account->id : 0,
	    .mailbox = login,
	    .folder = folder,
	    .program = "",
	};
	return true;
}

/* ---- what was told ---- */

static bool
is_about_mailbox(const struct standing_rule *rule)
{
	return rule->measure == MEASURE_POP_LOGINS || rule->measure == MEASURE_IMAP_CONNECTIONS;
}

/* Whom the clause is about, in words that can be shown. */
static void
add_who(const struct guest *guest, const struct standing_rule *rule, struct str *out)
{
	char client[ADDRESS_TEXT];
	if (!is_about_mailbox(rule)) {
		address_print_visitor(&guest->client, client);
		str_add(out, client);
		return;
	}
	escape_text(out, guest->mailbox);
	if (*guest->folder) {
		str_add_char(out, '/');
		escape_text(out, guest->folder);
	}
}

static bool
has_room(const struct porter *porter, uint32_t account)
{
	size_t position = 0, its = 0;
	if (map_count(porter->notes) >= MOST_NOTES)
		return false;
	for (const struct note *note; account && (note = map_next(porter->notes, &position));)
		its += note->account == account;
	return its < MOST_NOTES_OF_ACCOUNT;
}

/* NULL: there are too many. */
static struct note *
note_of(struct porter *porter, const char *key, uint32_t account, int64_t now)
{
	struct note *note = map_find_text(porter->notes, key);
	if (note || !has_room(porter, account))
		return note;
	note = memory_new(1, sizeof(*note));
	note->key = memory_copy_text(key);
	note->account = account;
	note->told_at = now - TOLD_AGAIN;
	map_put_text(porter->notes, key, note);
	return note;
}

static void
describe(const struct porter *porter, const struct guest *guest, const struct refused *refused,
    const char *who, const char *words, struct turned_away *away)
{
	const struct porter_ways *ways = &porter->ways;
	const struct account *account =
	    *guest->mailbox ? ways->login(ways->context, guest->mailbox) : NULL;
	*away = (struct turned_away){
	    .acted = refused->rule->acts,
	    .account = account ? account->id : 0,
	    .generation = account ? account->generation : 0,
	    .kind = is_about_mailbox(refused->rule) ? KIND_MAILBOX : KIND_CLIENT,
	    .value = refused->value,
	    .limit = refused->rule->most,
	};
	snprintf(away->clause, sizeof(away->clause), "%s", refused->rule->clause);
	snprintf(
	    away->account_name, sizeof(away->account_name), "%s", account ? account->name : "");
	snprintf(away->who, sizeof(away->who), "%s", who);
	snprintf(away->text, sizeof(away->text), "%s", words);
	address_print_visitor(&guest->client, away->client);
}

/*
 * Whoever tries again and again has one reference for ten minutes, and one line in log and
 * journal.
 *
 * SECURITY: folders are named by customers, as many as they like, and so are mailboxes of
 * their own domains, for a customer's process may say that it is a session of one that nobody
 * has. Folders have no note of their own, and an account has no more than its share.
 */
static void
put_on_record(
    struct porter *porter, const struct guest *guest, struct turned_away *away, int64_t now)
{
	auto_str key = {0};
	bool is_client = away->kind == KIND_CLIENT;
	str_addf(&key, "%s %s", away->clause, is_client ? away->client : guest->mailbox);
	struct note *note = note_of(porter, str_text(&key), away->account, now);
	if (!note) {
		reference_make(away->reference);
		return;
	}
	note->times++;
	if (now - note->told_at >= TOLD_AGAIN) {
		reference_make(note->reference);
		memcpy(away->reference, note->reference, sizeof(away->reference));
		away->times = note->times;
		porter->ways.turned_away(porter->ways.context, away);
		log_info("%s%s%s %s turned away: %s, reference %s", away->who,
		    is_client ? "" : " at ", is_client ? "" : away->client,
		    away->acted ? "is" : "would be", away->text, away->reference);
		note->told_at = now;
		note->times = 0;
	}
	memcpy(away->reference, note->reference, sizeof(away->reference));
}

void
porter_turns_away(struct porter *porter, const struct guest *guest,
    const struct refused *refused, int64_t now, struct str *ret_words,
    char ret_reference[LONGEST_REFERENCE + 1])
{
	struct turned_away away;
	auto_str who = {0};
	add_who(guest, refused->rule, &who);
	turnstile_words(refused, guest, ret_words);
	describe(porter, guest, refused, str_text(&who), str_text(ret_words), &away);
	put_on_record(porter, guest, &away, now);
	memcpy(ret_reference, away.reference, sizeof(away.reference));
}

bool
porter_refuses(
    struct porter *porter, const struct guest *guest, int64_t now, struct refused *ret_refused)
{
	struct refused refused;
	if (!turnstile_refuses(porter->turnstile, guest, now, &refused))
		return false;
	if (refused.rule->acts) {
		*ret_refused = refused;
		return true;
	}
	auto_str words = {0};
	char reference[LONGEST_REFERENCE + 1];
	porter_turns_away(porter, guest, &refused, now, &words, reference);
	return false;
}

struct inside *
porter_lets_in(struct porter *porter, const struct guest *guest, void *holder, int64_t now)
{
	if (turnstile_counts_login(porter->turnstile, guest))
		porter->ways.logged_in(
		    porter->ways.context, &(struct login_seen){.mailbox = guest->mailbox});
	return turnstile_enter(porter->turnstile, guest, holder, now);
}

/* ---- the whole ---- */

struct porter *
porter_new(const struct porter_ways *ways)
{
	struct porter *porter = memory_new(1, sizeof(*porter));
	porter->ways = *ways;
	porter->turnstile = turnstile_new();
	porter->notes = map_new();
	return porter;
}

static void
note_free(struct porter *porter, struct note *note)
{
	map_remove_text(porter->notes, note->key);
	free(note->key);
	free(note);
}

void
porter_tick(struct porter *porter, int64_t now)
{
	size_t position = 0;
	turnstile_forget(porter->turnstile, now);
	for (struct note *note; (note = map_next(porter->notes, &position));)
		if (now - note->told_at >= (note->times ? 2 : 1) * TOLD_AGAIN)
			note_free(porter, note);
}

void
porter_free(struct porter *porter)
{
	size_t position = 0;
	if (!porter)
		return;
	for (struct note *note; (note = map_next(porter->notes, &position));)
		note_free(porter, note);
	map_free(porter->notes);
	turnstile_free(porter->turnstile);
	free(porter);
}

struct turnstile *
porter_turnstile(struct porter *porter)
{
	return porter->turnstile;
}
