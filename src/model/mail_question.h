/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the gate asks the peeker: who handed a mail in, by the kernel's word. It names the mail
 * server's process that asked it, whose queue folder and network are looked into.
 */
#ifndef MODEL_MAIL_QUESTION_H
#define MODEL_MAIL_QUESTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"

enum mail_question_kind {
	MAIL_BY_QUEUE_FILE, /* who wrote the file that the mail was handed in by */
	MAIL_BY_CONNECTION, /* who holds the client's end of a connection, if he is on this machine */
	SESSION_BY_PARENT,  /* of a process that says what somebody does: whether it is Dovecot's */
	MAIL_QUESTION_KINDS
};

enum { LONGEST_QUEUE_ID = 31, LONGEST_ADDRESS = 45 };

struct mail_end {
	char address[LONGEST_ADDRESS + 1]; /* IPv4 or IPv6, as inet_ntop() writes it */
	uint16_t port;
};

struct mail_question {
	uint64_t id;
	enum mail_question_kind kind;
	uint32_t pid;	 /* the mail server's process */
	uint32_t server; /* its uid, whose the queue file must be */
	char queue_id[LONGEST_QUEUE_ID + 1]; /* letters and digits; "" of a connection */
	struct mail_end client, here;	     /* its two ends, as the mail server names them */
};

struct mail_answer {
	uint64_t id;
	int status; /* 0; -ESRCH: nobody; -EREMOTE: he is elsewhere; else -errno: it could not be told */
	uint32_t uid; /* of 0 */
	int64_t handed_at; /* wall clock, ms: what the gate reads in the queue file; 0: not known */
};

void mail_question_encode(const struct mail_question *question, struct str *out);
int mail_question_decode(
    const void *bytes, size_t length, struct mail_question *ret_question) must_use;
void mail_answer_encode(const struct mail_answer *answer, struct str *out);
int mail_answer_decode(const void *bytes, size_t length, struct mail_answer *ret_answer) must_use;

#endif
