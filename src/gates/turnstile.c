/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/turnstile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/escape.h"
#include "base/map.h"
#include "base/memory.h"
#include "model/quantity.h"

enum {
	MOST_INSIDE = 16384,
	MOST_MAILBOXES = 65536, /* whose logins are remembered */
	MOST_OF_CLIENT = 4,	/* sessions with one folder that count as one */
	MOST_LOGINS = 8,	/* of each; a rule that allows more is never broken */
	LONGEST_WORD = 64,	/* of what is filled in */
	SAME_LOGIN = 500,	/* ms: the engine tells of it by another clock */
};

/* How many are inside from one address. */
struct client {
	uint32_t pop, submission, smtp;
};

/* The last logins of a mailbox, boot ms, the latest first. */
struct lately {
	char *mailbox;
	size_t count;
	int64_t at[MOST_LOGINS];
};

struct inside {
	enum session_kind kind;
	struct address client;
	void *holder;
	char *place;		     /* of IMAP: mailbox and folder */
	char *program;		     /* of IMAP */
	struct inside *next, **link; /* of IMAP: others in the same place */
};

/* Who is in one folder. */
struct place {
	struct inside *first;
	uint32_t clients;
};

struct turnstile {
	struct arena *arena; /* of the rules */
	struct standing_rules rules;
	struct map *clients;   /* address -> client */
	struct map *mailboxes; /* name -> lately */
	struct map *places;    /* mailbox and folder -> place */
	size_t count;
};

/* ---- who is where ---- */

/* A mailbox has no blank in it that a folder could have as well: NUL would end it. */
static char *
place_of(const struct guest *guest)
{
	auto_str name = {0};
	str_addf(&name, "%s\n%s", guest->mailbox, guest->folder);
	return memory_copy_text(str_text(&name));
}

static const struct place *
find_place(const struct turnstile *turnstile, const struct guest *guest)
{
	auto_free char *name = place_of(guest);
	return map_find_text(turnstile->places, name);
}

/* How many sessions of that client's have it; who does not say what he has is nobody's. */
static uint32_t
sessions_of(const struct place *place, const struct address *client, const char *program)
{
	uint32_t count = 0;
	for (const struct inside *one = place && *program ? place->first : NULL; one;
	     one = one->next)
		count +=
		    address_equal(&one->client, client) && text_equal(one->program, program);
	return count;
}

/* Whether one more of that client's counts: the first does, the fifth and so on. */
static bool
is_another(const struct place *place, const struct address *client, const char *program)
{
	return sessions_of(place, client, program) % MOST_OF_CLIENT == 0;
}

static struct client
client_of(const struct turnstile *turnstile, const struct address *address)
{
	const struct client *client = map_find(turnstile->clients, address, sizeof(*address));
	return client ? *client : (struct client){0};
}

static uint32_t *
counter_of(struct client *client, enum session_kind kind)
{
	switch (kind) {
	case SESSION_POP:
		return &client->pop;
	case SESSION_SUBMISSION:
		return &client->submission;
	case SESSION_SMTP:
		return &client->smtp;
	case SESSION_IMAP:
		break;
	}
	return NULL;
}

static void
count_client(struct turnstile *turnstile, const struct inside *inside, bool comes)
{
	struct client *client =
	    map_find(turnstile->clients, &inside->client, sizeof(inside->client));
	if (!client) {
		client = memory_new(1, sizeof(*client));
		map_put(turnstile->clients, &inside->client, sizeof(inside->client), client);
	}
	uint32_t *counter = counter_of(client, inside->kind);
	if (counter)
		*counter += comes ? 1 : (uint32_t)-1;
	if (client->pop || client->submission || client->smtp)
		return;
	map_remove(turnstile->clients, &inside->client, sizeof(inside->client));
	free(client);
}

static void
enter_place(struct turnstile *turnstile, struct inside *inside)
{
	struct place *place = map_find_text(turnstile->places, inside->place);
	if (!place) {
		place = memory_new(1, sizeof(*place));
		map_put_text(turnstile->places, inside->place, place);
	}
	place->clients += is_another(place, &inside->client, inside->program);
	inside->next = place->first;
	inside->link = &place->first;
	if (place->first)
		place->first->link = &inside->next;
	place->first = inside;
}

static void
leave_place(struct turnstile *turnstile, struct inside *inside)
{
	struct place *place = map_find_text(turnstile->places, inside->place);
	*inside->link = inside->next;
	if (inside->next)
		inside->next->link = inside->link;
	place->clients -= is_another(place, &inside->client, inside->program);
	if (place->first)
		return;
	map_remove_text(turnstile->places, inside->place);
	free(place);
}

bool
turnstile_counts_login(const struct turnstile *turnstile, const struct guest *guest)
{
	for (size_t i = 0; i < turnstile->rules.count && guest->kind == SESSION_POP; i++) {
		const struct standing_rule *rule = &turnstile->rules.rules[i];
		if (rule->measure == MEASURE_POP_LOGINS &&
		    !standing_excepts(rule, &guest->address, guest->account))
			return true;
	}
	return false;
}

struct inside *
turnstile_enter(
    struct turnstile *turnstile, const struct guest *guest, void *holder, int64_t now)
{
	if (turnstile_counts_login(turnstile, guest))
		turnstile_remember(turnstile, guest->mailbox, now);
	if (turnstile->count >= MOST_INSIDE)
		return NULL;
	struct inside *inside = memory_new(1, sizeof(*inside));
	inside->kind = guest->kind;
	inside->client = guest->client;
	inside->holder = holder;
	if (guest->kind == SESSION_IMAP) {
		inside->place = place_of(guest);
		inside->program = memory_copy_text(guest->program);
		enter_place(turnstile, inside);
	} else
		count_client(turnstile, inside, true);
	turnstile->count++;
	return inside;
}

void
turnstile_leave(struct turnstile *turnstile, struct inside *inside)
{
	if (!inside)
		return;
	if (inside->kind == SESSION_IMAP)
		leave_place(turnstile, inside);
	else
		count_client(turnstile, inside, false);
	turnstile->count--;
	free(inside->place);
	free(inside->program);
	free(inside);
}

void *
inside_holder(const struct inside *inside)
{
	return inside->holder;
}

const struct address *
inside_client(const struct inside *inside)
{
	return &inside->client;
}

size_t
turnstile_count(const struct turnstile *turnstile)
{
	return turnstile->count;
}

/* ---- who came lately ---- */

void
turnstile_remember(struct turnstile *turnstile, const char *mailbox, int64_t at)
{
	struct lately *lately = map_find_text(turnstile->mailboxes, mailbox);
	if (!lately) {
		if (map_count(turnstile->mailboxes) >= MOST_MAILBOXES)
			return;
		lately = memory_new(1, sizeof(*lately));
		lately->mailbox = memory_copy_text(mailbox);
		map_put_text(turnstile->mailboxes, mailbox, lately);
	}
	if (lately->count && at <= lately->at[0] + SAME_LOGIN)
		return;
	size_t kept = lately->count < MOST_LOGINS ? lately->count : MOST_LOGINS - 1;
	memmove(&lately->at[1], &lately->at[0], kept * sizeof(lately->at[0]));
	lately->at[0] = at;
	lately->count = kept + 1;
}

static int64_t
longest_window(const struct turnstile *turnstile)
{
	int64_t longest = 0;
	for (size_t i = 0; i < turnstile->rules.count; i++)
		if (turnstile->rules.rules[i].window > longest)
			longest = turnstile->rules.rules[i].window;
	return longest;
}

void
turnstile_forget(struct turnstile *turnstile, int64_t now)
{
	int64_t since = now - longest_window(turnstile);
	size_t position = 0;
	for (struct lately *one; (one = map_next(turnstile->mailboxes, &position));) {
		if (one->at[0] > since)
			continue;
		map_remove_text(turnstile->mailboxes, one->mailbox);
		free(one->mailbox);
		free(one);
	}
}

static size_t
logins_within(const struct lately *lately, int64_t since)
{
	size_t count = 0;
	while (lately && count < lately->count && lately->at[count] > since)
		count++;
	return count;
}

/* ---- the rules ---- */

/* What the rule counts, with him; 0: it is not about such guests. */
static int64_t
value_of(const struct turnstile *turnstile, const struct standing_rule *rule,
    const struct guest *guest, int64_t now)
{
	const struct client inside = client_of(turnstile, &guest->client);
	const struct place *place;
	switch (guest->kind) {
	case SESSION_POP:
		if (rule->measure == MEASURE_CLIENT_CONNECTIONS)
			return (int64_t)inside.pop + inside.submission + 1;
		if (rule->measure == MEASURE_POP_CONNECTIONS)
			return (int64_t)inside.pop + 1;
		if (rule->measure == MEASURE_POP_LOGINS)
			return (int64_t)logins_within(
				   map_find_text(turnstile->mailboxes, guest->mailbox),
				   now - rule->window) +
			       1;
		return 0;
	case SESSION_SUBMISSION:
		return rule->measure == MEASURE_CLIENT_CONNECTIONS
			   ? (int64_t)inside.pop + inside.submission + 1
			   : 0;
	case SESSION_SMTP:
		return rule->measure == MEASURE_SMTP_CONNECTIONS ? (int64_t)inside.smtp + 1 : 0;
	case SESSION_IMAP:
		if (rule->measure != MEASURE_IMAP_CONNECTIONS)
			return 0;
		place = find_place(turnstile, guest);
		return place && is_another(place, &guest->client, guest->program)
			   ? (int64_t)place->clients + 1
			   : 1;
	}
	return 0;
}

/* When the oldest of the logins that are too many is one no more. */
static int64_t
retry_of(const struct turnstile *turnstile, const struct standing_rule *rule,
    const struct guest *guest, int64_t now)
{
	const struct lately *lately = map_find_text(turnstile->mailboxes, guest->mailbox);
	if (rule->measure != MEASURE_POP_LOGINS || !lately || rule->most < 1 ||
	    (size_t)rule->most > lately->count)
		return 0;
	return lately->at[rule->most - 1] + rule->window - now;
}

static struct inside *
other_of(const struct turnstile *turnstile, const struct guest *guest)
{
	const struct place *place =
	    guest->kind == SESSION_IMAP ? find_place(turnstile, guest) : NULL;
	struct inside *other = place ? place->first : NULL;
	while (other && other->next)
		other = other->next;
	return other;
}

bool
turnstile_refuses(const struct turnstile *turnstile, const struct guest *guest, int64_t now,
    struct refused *ret_refused)
{
	const struct standing_rule *against = NULL;
	int64_t value = 0;
	for (size_t i = 0; i < turnstile->rules.count; i++) {
		const struct standing_rule *rule = &turnstile->rules.rules[i];
		int64_t here = value_of(turnstile, rule, guest, now);
		bool is_better = !against || (rule->acts && !against->acts);
		if (here <= rule->most || !is_better ||
		    standing_excepts(rule, &guest->address, guest->account))
			continue;
		against = rule;
		value = here;
	}
	if (!against)
		return false;
	*ret_refused = (struct refused){
	    .rule = against,
	    .value = value,
	    .retry = retry_of(turnstile, against, guest, now),
	    .other = other_of(turnstile, guest),
	};
	return true;
}

int
turnstile_rules(struct turnstile *turnstile, const void *bytes, size_t length)
{
	struct arena *arena = arena_new();
	struct standing_rules rules;
	int status = standing_decode(bytes, length, arena, &rules);
	if (status) {
		arena_free(arena);
		return status;
	}
	arena_free(turnstile->arena);
	turnstile->arena = arena;
	turnstile->rules = rules;
	return 0;
}

/* ---- words ---- */

/* Whatever somebody chose, short enough and of one line. */
static void
add_word(const char *text, struct str *out)
{
	auto_str escaped = {0};
	escape_header(&escaped, text);
	str_add_bytes(out, str_text(&escaped),
	    escaped.length < LONGEST_WORD ? escaped.length : LONGEST_WORD);
}

void
turnstile_words(const struct refused *refused, const struct guest *guest, struct str *out)
{
	auto_str count = {0}, retry = {0}, mailbox = {0};
	char client[ADDRESS_TEXT], other[ADDRESS_TEXT] = "elsewhere";
	str_addf(&count, "%" PRId64, refused->value);
	/* Whole seconds, and one more: who comes then is let in. */
	quantity_add_exact(&retry, UNIT_TIME, (refused->retry / 1000 + 1) * 1000);
	add_word(*guest->folder ? guest->folder : guest->mailbox, &mailbox);
	address_print_visitor(&guest->client, client);
	if (refused->other)
		address_print_visitor(inside_client(refused->other), other);
	const struct standing_word words[] = {
	    {"count", str_text(&count)},
	    {"retry", str_text(&retry)},
	    {"mailbox", str_text(&mailbox)},
	    {"client", client},
	    {"other-client", other},
	};
	standing_fill(refused->rule->text, words, array_length(words), true, out);
}

/* ---- the whole ---- */

struct turnstile *
turnstile_new(void)
{
	struct turnstile *turnstile = memory_new(1, sizeof(*turnstile));
	turnstile->arena = arena_new();
	turnstile->clients = map_new();
	turnstile->mailboxes = map_new();
	turnstile->places = map_new();
	return turnstile;
}

/* Whoever is inside has left before. */
void
turnstile_free(struct turnstile *turnstile)
{
	size_t position = 0;
	if (!turnstile)
		return;
	for (struct lately *one; (one = map_next(turnstile->mailboxes, &position));) {
		free(one->mailbox);
		free(one);
	}
	map_free(turnstile->mailboxes);
	map_free(turnstile->clients);
	map_free(turnstile->places);
	arena_free(turnstile->arena);
	free(turnstile);
}
