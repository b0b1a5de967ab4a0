/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How sure rspamd is that a mail is spam, asked on the event loop by its own protocol: HTTP
 * over a UNIX socket, POST /checkv2 (rspamd.com, "Rspamd protocol"). Who does not answer, or in
 * time, knows nothing.
 */
#ifndef GATES_RSPAMD_H
#define GATES_RSPAMD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct event_base;
struct rspamd;
struct rating;

/* Hundredths of rspamd's points. */
struct score {
	bool is_known;
	int64_t points;
	int64_t most; /* from so many on it refuses a mail */
	bool refuses; /* so it does, or for another reason */
};

/* What it is told of a mail besides its text; strings may be "". */
struct rated_mail {
	const char *sender;   /* of the envelope */
	const char *user;     /* who is known to have sent it: a login, or an account */
	int file;	      /* its text, readable by pread() */
	uint64_t begin, size; /* of the text in the file */
};

/* Once for each rating, never from within rspamd_rate(). The rating is gone after it. */
typedef void rspamd_done(void *context, const struct score *score);

/* patience: ms. Nothing is opened. */
struct rspamd *rspamd_new(struct event_base *loop, const char *path, int patience) must_use;

/* No rating may be left. */
void rspamd_free(struct rspamd *rspamd);

/* NULL: it is too large to be asked about, or cannot be read. */
struct rating *rspamd_rate(struct rspamd *rspamd, const struct rated_mail *mail,
    rspamd_done *done, void *context) must_use;

/* Nobody wants to know any more: done is not called. */
void rspamd_forget(struct rating *rating);

/* What an answer says: all of it, with its head. */
struct score rspamd_answer(const char *bytes, size_t length);

#endif
