/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a session at the gate share. */
#ifndef GATES_MAIL_SESSION_INTERNAL_H
#define GATES_MAIL_SESSION_INTERNAL_H

#include <stdio.h>

#include "gates/form_watch.h"
#include "gates/mail_ask.h"
#include "gates/mail_received.h"
#include "gates/mail_report.h"
#include "gates/mail_scan.h"
#include "gates/mail_session.h"
#include "gates/mail_text.h"

/* Into a field, cut to its size. */
#define SET(field, text) snprintf(field, sizeof(field), "%s", text)

enum attest {
	ATTEST_NOT, /* it comes from elsewhere, or was not asked for yet */
	ATTEST_WAITING,
	ATTEST_KNOWN,  /* uid */
	ATTEST_NOBODY, /* who sent it holds it no more */
	ATTEST_FAILED,
};

/* Whom a message is addressed to. */
struct addressed {
	uint32_t count;
	uint64_t *named; /* the first, each by its hash */
	size_t capacity;
	uint64_t to;	 /* the sum of all */
	uint64_t domain; /* of all of them, by its hash; 0: they are at several */
	uint32_t astray_count;
	struct astray astray[MOST_ASTRAY]; /* whom the mail server refused */
	bool is_told;			   /* on record */
};

struct mail_session {
	struct mail_shared *shared;
	struct mail_server server;
	void (*answered)(void *context);
	void *context;
	struct milter *milter;
	struct mail_text *text; /* NULL between messages */
	struct mail_scan *scan;
	uint64_t scanned_for; /* see scan_shares.h */
	struct rating *rating;
	struct score score; /* of the message, if it was sent from here */
	enum attest attest;
	uint64_t question; /* 0: none is out */
	uint64_t telling;  /* of the record; 0: none is waited for */
	int64_t since;	   /* boot ms: of the latter two */
	uint32_t uid;
	int64_t handed_at; /* of what a program handed in */
	char *sender;	   /* of the envelope; its author's bytes */
	struct addressed addressed;
	struct mail_received received;
	struct str named;	     /* the first recipients, one a line */
	struct mail_request request; /* of a visitor, that it came of */
	bool is_own;		   /* what the mail server itself tells a sender of his mail */
	struct mail_report report; /* if it is one: what it says of another mail */
	bool is_report;
	char reference[LONGEST_REFERENCE + 1];
	bool is_waiting; /* a question of the mail server's waits for one of ours */
	enum milter_stage stage;
	struct guest guest;
	struct inside *inside; /* NULL: he does not count yet */
};

/* Whose it is, valid until the next call; NULL: nobody's, or not known. */
const struct account *session_account(const struct mail_session *session);

/* Who answers for the load that it makes, by a number: an account, or else whoever is known. */
uint64_t session_sender(const struct mail_session *session);

/* "program", "loopback", "login", "server", "elsewhere". */
const char *session_by(const struct mail_session *session, const char *login);

void session_forget_addressed(struct mail_session *session);

/* A macro of the mail server's, or "". */
const char *session_macro(const struct mail_session *session, const char *name);

/* A recipient is named, whom the mail server takes or refuses. */
void session_addresses(struct mail_session *session, const char *recipient);

/* A message is over that may never have come: who was refused on the way is told of. */
void session_tell_astray(struct mail_session *session);

/* The record of it, with a number of its own; detail: what was found. */
void session_describe(const struct mail_session *session, const char *outcome,
    const char *detail, struct mailed *mailed);
void session_log(const struct mailed *mailed);

/* Somebody connects; whether he may stay is asked when he begins a mail, for what is said
 * before that no client shows. */
void session_arrives(struct mail_session *session);
bool session_may_stay(struct mail_session *session, struct str *ret_words);
void session_leaves(struct mail_session *session);

#endif
