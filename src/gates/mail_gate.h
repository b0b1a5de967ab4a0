/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate that mail servers ask about each mail: conversations in the milter protocol over
 * sockets that are theirs alone. Of a mail that comes from this machine it learns who sends it,
 * by the kernel's word, and says so in one header; each mail is scanned. What cannot be told or
 * scanned just now is refused for now.
 *
 *     connection -> milter -> mail_session -> who sends it? (mail_question) -> scan -> answer
 *
 * It has no files and no clock of its own: whoever has it answers its questions about senders.
 */
#ifndef GATES_MAIL_GATE_H
#define GATES_MAIL_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "gates/mail_pass.h"
#include "model/account.h"
#include "model/mail_question.h"
#include "model/mailed.h"

struct event_base;
struct form_watch;
struct mail_gate;
struct mail_place;
struct porter;

/* By which of a mail server's lists of filters it comes. */
enum mail_door {
	MAIL_DOOR_SMTP,	  /* its network's: smtpd_milters */
	MAIL_DOOR_LOCAL,  /* what programs hand in: non_smtpd_milters */
	MAIL_DOOR_INSIDE, /* its network's, from servers of the same site: smtpd_milter_maps */
	MAIL_DOOR_COUNT
};

/* What the gate wants of whoever has it. */
struct mail_ways {
	void *context;
	/* Puts the question; mail_gate_answer() follows. 0; -errno: nobody can be asked. */
	int (*ask)(void *context, const struct mail_question *question);
	/* Whether a process of that uid can be a mail server; nobody else is spoken to. */
	bool (*is_server)(void *context, uint32_t uid);
	/* The account of that uid, valid until the next call; NULL: it is the system's. */
	const struct account *(*account)(void *context, uint32_t uid);
	/* The same by what somebody logs in with. */
	const struct account *(*login)(void *context, const char *login);
	/* Whose address a recipient's is, and which; see accounts_find_address(). */
	const struct account *(*address)(
	    void *context, const char *recipient, const char **ret_address);
	/* Has a mail recorded; mail_gate_noted() follows. 0; -errno: nobody can be told. */
	int (*record)(void *context, const struct mailed *mailed);
};

/* ways is copied; porter, who is asked about who connects (NULL: nobody), is borrowed. */
struct mail_gate *mail_gate_new(
    struct event_base *loop, const struct mail_ways *ways, struct porter *porter) must_use;
void mail_gate_free(struct mail_gate *gate);

/* With what mails are sealed that go from one server of a site to another; copied. */
void mail_gate_key(struct mail_gate *gate, const uint8_t key[MAIL_PASS_KEY]);

/* Who knows of requests to scripts; borrowed. */
void mail_gate_forms(struct mail_gate *gate, struct form_watch *forms);

/* A mail server, by its name in logs: "mail"; it is the gate's. hands_on: what it takes goes to
 * another, which asks the gate as well. */
struct mail_place *mail_gate_place(
    struct mail_gate *gate, const char *name, bool hands_on) must_use;

/* Serves a listening socket, which it owns from now on. 0 or -errno. */
int mail_gate_serve(struct mail_gate *gate, int listener, struct mail_place *place,
    enum mail_door door) must_use;

/* Where the clamd listens that scans the place's mails; "": nothing is scanned. */
void mail_gate_scanner(struct mail_gate *gate, struct mail_place *place, const char *path);

/* Where the rspamd answers that rates the place's mails; "": nobody does. */
void mail_gate_filter(struct mail_gate *gate, struct mail_place *place, const char *path);

void mail_gate_answer(struct mail_gate *gate, const struct mail_answer *answer);

/* Who was asked is gone: what he owes is not coming any more. */
void mail_gate_unanswered(struct mail_gate *gate);

/* What became of a mail that was told. */
void mail_gate_noted(struct mail_gate *gate, const struct mail_noted *noted);

/* Who was told is gone. */
void mail_gate_unnoted(struct mail_gate *gate);

/* Conversations that go on. */
size_t mail_gate_count(const struct mail_gate *gate);

#endif
