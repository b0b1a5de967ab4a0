/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may come in: the standing rules, held against who is inside and who came lately. No
 * descriptor and no clock: who has the door tells it who wants in, who came, and who left.
 *
 *     guest -> turnstile_refuses() -> turnstile_enter() ... turnstile_leave()
 *
 * A mail program opens a folder several times: to wait for what comes, to look into it, and
 * once more when it begins anew. So sessions with one folder of one mailbox, from one address
 * and with the same program, up to four, are one client's and count as one. Who says that he
 * has somebody else's program has four connections where he had one, and no more.
 *
 * Whoever is refused does not count, so he can come again as soon as there is room.
 */
#ifndef GATES_TURNSTILE_H
#define GATES_TURNSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"
#include "model/address.h"
#include "model/standing.h"

enum session_kind {
	SESSION_POP,	    /* by POP or POPS */
	SESSION_SUBMISSION, /* to send, logged in */
	SESSION_SMTP,	    /* a stranger who brings mail */
	SESSION_IMAP,	    /* with that folder selected */
};

/* Who wants in. */
struct guest {
	enum session_kind kind;
	struct address address; /* his own, for exceptions */
	struct address client;	/* by which he counts, see address_of_visitor() */
	uint32_t account;	/* its id; 0: none is known */
	const char *mailbox;	/* by what he logged in with; "" of SMTP */
	const char *folder;	/* of IMAP; else "" */
	const char *program;	/* of IMAP: stands for the one that he says he has; else "" */
};

/* One who is inside. */
struct inside;

/* Why he may not come in. */
struct refused {
	const struct standing_rule *rule;
	int64_t value;	      /* with him */
	int64_t retry;	      /* ms until he may, if nobody else comes; 0: nobody knows */
	struct inside *other; /* who has had what he wants for longest; NULL: it is no folder */
};

struct turnstile;

struct turnstile *turnstile_new(void) must_use;
void turnstile_free(struct turnstile *turnstile);

/* New rules come into force, as standing_encode() writes them. 0 or -EBADMSG: the old ones
 * stay. */
int turnstile_rules(struct turnstile *turnstile, const void *bytes, size_t length) must_use;

/*
 * Whether a rule is against him: of those that act the first, else of those that would. now:
 * boot ms, as everywhere here.
 */
bool turnstile_refuses(const struct turnstile *turnstile, const struct guest *guest,
    int64_t now, struct refused *ret_refused);

/* Whether his login to POP counts for the next one: not if no rule about that binds him. */
bool turnstile_counts_login(const struct turnstile *turnstile, const struct guest *guest);

/* He is inside, whatever the rules say. holder: whatever the caller wants to find him by. NULL:
 * there are too many already, and he is not counted. */
struct inside *turnstile_enter(
    struct turnstile *turnstile, const struct guest *guest, void *holder, int64_t now);
void turnstile_leave(struct turnstile *turnstile, struct inside *inside); /* NULL is fine */

void *inside_holder(const struct inside *inside);
const struct address *inside_client(const struct inside *inside);

/* A login to POP from before; one that is known, or older than one that is, says nothing new.
 */
void turnstile_remember(struct turnstile *turnstile, const char *mailbox, int64_t at);

/* Drops logins that no rule asks for any more. */
void turnstile_forget(struct turnstile *turnstile, int64_t now);

size_t turnstile_count(const struct turnstile *turnstile);

/* The rule's answer to him in words, as one line of ASCII; other: who has what he wants, or
 * NULL. */
void turnstile_words(const struct refused *refused, const struct guest *guest, struct str *out);

#endif
