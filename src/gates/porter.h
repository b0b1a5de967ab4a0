/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The porter stands at all doors by which people come to read and to send mail. He asks the
 * turnstile, says no in the words of the clause, and has it put on record: each clause and whom
 * it is about once in ten minutes, however often he tries, under one reference.
 */
#ifndef GATES_PORTER_H
#define GATES_PORTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"
#include "gates/reference.h"
#include "gates/turnstile.h"
#include "model/account.h"
#include "model/session.h"

struct porter;

/* What he wants of whoever has him. */
struct porter_ways {
	void *context;
	/* The account that somebody logs in to, valid until the next call; NULL: nobody's. */
	const struct account *(*login)(void *context, const char *login);
	/* Has it recorded; lost if nobody is there to do it. */
	void (*turned_away)(void *context, const struct turned_away *away);
	/* Somebody has logged in to POP. */
	void (*logged_in)(void *context, const struct login_seen *login);
};

struct porter *porter_new(const struct porter_ways *ways) must_use;
void porter_free(struct porter *porter);

struct turnstile *porter_turnstile(struct porter *porter);

/*
 * A guest by what is told of him. Whoever comes from this machine itself is none: its own
 * web mailer speaks for many, and who it is there the kernel can tell. login and folder are
 * borrowed. false: he is none, let him pass.
 */
bool porter_guest(struct porter *porter, enum session_kind kind, const char *address,
    const char *login, const char *folder, struct guest *ret_guest);

/* Whether a rule that acts is against him. One that would only is put on record here. */
bool porter_refuses(
    struct porter *porter, const struct guest *guest, int64_t now, struct refused *ret_refused);

/* Says no: it goes on record. What he is told, and the reference to quote. */
void porter_turns_away(struct porter *porter, const struct guest *guest,
    const struct refused *refused, int64_t now, struct str *ret_words,
    char ret_reference[LONGEST_REFERENCE + 1]);

/* He is in; NULL: not counted, see turnstile_enter(). */
struct inside *porter_lets_in(
    struct porter *porter, const struct guest *guest, void *holder, int64_t now);

/* What is old is forgotten; to be called now and then. */
void porter_tick(struct porter *porter, int64_t now);

#endif
