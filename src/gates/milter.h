/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter's side of the milter protocol, version 6, as a mail server speaks it: bytes go in,
 * questions come out, and so do the bytes of the answers. No descriptor, no clock, no loop: who
 * has the socket feeds it, and sends what it left in the output.
 *
 *     bytes -> packet -> what was told is kept -> question -> milter_answer() -> output
 *
 * After a question nothing further is taken up until it is answered, at once or later. What is
 * against the protocol ends the conversation, and so does what is longer than it may be. The
 * strings that come out are the mail's author's own: bytes without a NUL, in any encoding.
 */
#ifndef GATES_MILTER_H
#define GATES_MILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"

/* The stages of a conversation, by the numbers that the protocol gives their macros. */
enum milter_stage {
	MILTER_CONNECT,
	MILTER_HELO,
	MILTER_SENDER,
	MILTER_RECIPIENT,
	MILTER_DATA,
	MILTER_MESSAGE, /* all of it has come */
	MILTER_HEADERS, /* all of them have come */
	MILTER_STAGE_COUNT
};

enum milter_family {
	MILTER_UNKNOWN = 'U',
	MILTER_UNIX = 'L',
	MILTER_IPV4 = '4',
	MILTER_IPV6 = '6',
};

struct milter_client {
	enum milter_family family;
	uint16_t port; /* 0: not told, as of mail that a program handed in */
	char *address; /* "" if the family is unknown */
	char *name;
};

struct milter;

/* What is told. None of them may free the milter. */
struct milter_events {
	/*
	 * A question: milter_answer() is to be called for it, within the call or later. argument
	 * is the greeting, or an address with its brackets; "" of other stages. It is asked of
	 * MILTER_CONNECT, _SENDER, _RECIPIENT and _MESSAGE.
	 */
	void (*question)(void *context, enum milter_stage stage, const char *argument);
	/* Parts of the message, in order. value: what is behind the colon, lines within it by \n. */
	void (*header)(void *context, const char *name, const char *value);
	void (*end_of_headers)(void *context);
	void (*body)(void *context, const void *bytes, size_t length);
	/* The message is over: it was answered, or the client went another way. */
	void (*forget)(void *context);
};

enum milter_verdict {
	MILTER_CONTINUE,
	MILTER_ACCEPT,	/* and ask no further about this message */
	MILTER_DISCARD, /* take it, and throw it away */
	MILTER_REPLY,	/* the text: three digits, an enhanced status, words */
};

/* events and context are the caller's and outlive it. */
struct milter *milter_new(const struct milter_events *events, void *context) must_use;
void milter_free(struct milter *milter);

/*
 * Takes bytes in. 0; -EBADMSG: against the protocol, hang up; -ECONNRESET: the server takes its
 * leave. What is behind a question that is not answered yet is kept.
 */
int milter_read(struct milter *milter, const void *bytes, size_t length) must_use;

/* Whether a question is not answered yet: who waits need not read on. */
bool milter_waits(const struct milter *milter);

/* What is to be sent; the caller empties it. */
struct str *milter_output(struct milter *milter);

/*
 * Answers the question. text of MILTER_REPLY: one line or several by \n, each of which gets the
 * digits before it; what could be another line of SMTP or a macro of the server is made
 * harmless. As milter_read(): what was kept is taken up.
 */
int milter_answer(
    struct milter *milter, enum milter_verdict verdict, const char *text) must_use;

/* To be called before a MILTER_MESSAGE is answered; the value has no line end at its end. */
void milter_insert_header(struct milter *milter, const char *name, const char *value);
/* Takes the index-th header of that name away; the first has 1. */
void milter_remove_header(struct milter *milter, const char *name, uint32_t index);
/* Has the server keep the message back once it is accepted. */
void milter_hold(struct milter *milter, const char *reason);

/* The latest value of a macro, without its braces; NULL: it was not told. */
const char *milter_macro(const struct milter *milter, const char *name);

/* Who is connected; NULL before MILTER_CONNECT. */
const struct milter_client *milter_client(const struct milter *milter);

/* What the server calls a stage's question: for logs. */
const char *milter_stage_name(enum milter_stage stage);

#endif
