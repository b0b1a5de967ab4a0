/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One conversation with a mail server, of one connection and all mails that come by it. Only
 * for mail_gate.c, which has the sockets.
 */
#ifndef GATES_MAIL_SESSION_H
#define GATES_MAIL_SESSION_H

#include "gates/clamd.h"
#include "gates/mail_gate.h"
#include "gates/milter.h"
#include "gates/porter.h"
#include "gates/rspamd.h"
#include "gates/scan_shares.h"

struct mail_session;

/* What a session shares with all others. */
struct mail_shared {
	struct mail_ways ways;
	struct porter *porter;	  /* NULL: everybody may come */
	struct form_watch *forms; /* NULL: of requests to scripts nothing is known */
	uint8_t key[MAIL_PASS_KEY];
	uint64_t last_question;
	uint64_t last_telling;
	struct scan_shares scans;
};

/* The mail server that it is about. */
struct mail_place {
	struct mail_place *next;
	char *name;
	bool hands_on;
	struct clamd *clamd;	   /* NULL: nothing is scanned */
	struct rspamd *rspamd;	   /* NULL: nothing is rated */
	int64_t scanner_failed_at; /* boot ms: nobody was there; 0: he is */
};

/* Who is at the other end, by the kernel. */
struct mail_server {
	uint32_t pid;
	uint32_t uid;
	enum mail_door door;
	struct mail_place *place;
};

/* answered: a question was answered, not from within a call of the session's. Both are
 * borrowed. */
struct mail_session *mail_session_new(struct mail_shared *shared,
    const struct mail_server *server, void (*answered)(void *context), void *context) must_use;
void mail_session_free(struct mail_session *session);

struct milter *mail_session_milter(struct mail_session *session);

/* The question about a sender that it waits for; 0: none. */
uint64_t mail_session_question(const struct mail_session *session);
void mail_session_attest(struct mail_session *session, const struct mail_answer *answer);

/* The record that it waits for; 0: none. */
uint64_t mail_session_telling(const struct mail_session *session);
void mail_session_noted(struct mail_session *session, const struct mail_noted *noted);

/* What it has waited for too long is not coming any more. */
void mail_session_tick(struct mail_session *session, int64_t now);

#endif
