/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standing rules: what a gate needs of the policy to answer alone who may come in. Made by the
 * engine, which knows the modes and exceptions in force; sent anew when something changes.
 */
#ifndef MODEL_STANDING_H
#define MODEL_STANDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/str.h"
#include "model/address.h"
#include "model/tables.h"

enum { LONGEST_ANSWER = 2000 /* bytes of a rule's text */ };

struct standing_rule {
	const char *clause; /* its id */
	enum measure measure;
	int64_t most;	/* so many are let in, the next one is not */
	int64_t window; /* ms in which events are counted; 0: a level */
	bool acts;	/* false: it lets pass, and says that it would not */
	const char
	    *text; /* the answer; {count} {client} {mailbox} {other-client} {retry} are open */
	/* Whom it does not bind: addresses, and accounts by their ids. */
	size_t client_count;
	const struct network *clients;
	size_t account_count;
	const uint32_t *accounts;
};

struct standing_rules {
	size_t count;
	const struct standing_rule *rules;
};

void standing_encode(const struct standing_rules *standing, struct str *out);

/* Everything in ret_standing is the arena's. -EBADMSG. */
int standing_decode(const void *bytes, size_t length, struct arena *arena,
    struct standing_rules *ret_standing) must_use;

/* Whether the rule binds neither that address nor that account (0: none). */
bool standing_excepts(
    const struct standing_rule *rule, const struct address *client, uint32_t account);

/* A name for which a text has a place, and what stands there. */
struct standing_word {
	const char *name;
	const char *value;
};

/*
 * Adds the text with these words in their places. A place for another word stays as it is, to
 * be filled in later; `finally` it goes, and of two braces one is left.
 */
void standing_fill(const char *text, const struct standing_word *words, size_t count,
    bool finally, struct str *out);

#endif
