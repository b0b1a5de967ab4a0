/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a session at the gate share. */
#ifndef GATES_MAIL_SESSION_INTERNAL_H
#define GATES_MAIL_SESSION_INTERNAL_H

#include <stdio.h>

#include "gates/mail_ask.h"
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

struct mail_session {
	struct mail_shared *shared;
	struct mail_server server;
	void (*answered)(void *context);
	void *context;
	struct milter *milter;
	struct mail_text *text; /* NULL between messages */
	struct mail_scan *scan;
	enum attest attest;
	uint64_t question; /* 0: none is out */
	uint64_t telling;  /* of the record; 0: none is waited for */
	int64_t since;	   /* boot ms: of the latter two */
	uint32_t uid;
	int64_t handed_at; /* of what a program handed in */
	char *sender;	   /* of the envelope; its author's bytes */
	uint32_t recipients;
	uint64_t to;		   /* their sum, each by its hash */
	bool is_own;		   /* what the mail server itself tells a sender of his mail */
	struct mail_report report; /* if it is one: what it says of another mail */
	bool is_report;
	char reference[LONGEST_REFERENCE + 1];
	bool is_waiting; /* a question of the mail server's waits for one of ours */
	enum milter_stage stage;
};

/* Whose it is, valid until the next call; NULL: nobody's, or not known. */
const struct account *session_account(const struct mail_session *session);

/* "program", "loopback", "login", "server", "elsewhere". */
const char *session_by(const struct mail_session *session, const char *login);

/* A macro of the mail server's, or "". */
const char *session_macro(const struct mail_session *session, const char *name);

/* The record of it, with a number of its own; detail: what was found. */
void session_describe(const struct mail_session *session, const char *outcome,
    const char *detail, struct mailed *mailed);
void session_log(const struct mailed *mailed);

#endif
