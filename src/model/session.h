/* SPDX-License-Identifier: Apache-2.0 */
/* What gate and engine tell each other of who comes to read or to send mail. */
#ifndef MODEL_SESSION_H
#define MODEL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/str.h"
#include "model/subject.h"

enum { LONGEST_MAILBOX = 255 };

/* A login to POP, which the mailbox's next one is held against. */
struct login_seen {
	const char *mailbox; /* by what was logged in with */
	int64_t ago;	     /* ms */
};

void login_seen_encode(const struct login_seen *login, struct str *out);
int login_seen_decode(const void *bytes, size_t length, struct arena *arena,
    struct login_seen *ret_login) must_use;

/* Several, oldest first. */
struct logins_seen {
	size_t count;
	const struct login_seen *logins;
};

void logins_seen_encode(const struct logins_seen *logins, struct str *out);
int logins_seen_decode(const void *bytes, size_t length, struct arena *arena,
    struct logins_seen *ret_logins) must_use;

/* Somebody was not let in, or would not have been if the mode allowed it. */
struct turned_away {
	char clause[16];
	bool acted;
	uint32_t account; /* its id; 0: nobody's */
	uint32_t generation;
	char account_name[64];
	enum subject_kind kind;	       /* KIND_CLIENT or KIND_MAILBOX */
	char who[LONGEST_MAILBOX + 1]; /* of that kind */
	char client[64];	       /* where he is */
	char reference[24];
	int64_t value; /* with him */
	int64_t limit;
	uint32_t times; /* since it was told last, this one included */
	char text[512]; /* what he was told */
};

void turned_away_encode(const struct turned_away *away, struct str *out);
int turned_away_decode(const void *bytes, size_t length, struct turned_away *ret_away) must_use;

#endif
