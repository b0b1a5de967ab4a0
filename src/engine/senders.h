/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sends mail from here, and what came of it. Of each sender the last recipients are kept,
 * and what was heard of them: that there is no such address, or that somebody complains. Who
 * has a list of people that want to hear of him has few of these; who has bought or guessed one
 * has many. Pure; time is told.
 *
 *     a contact   one recipient, or several that one mail went to: written to a hundred times
 * it is still one, so that a job that writes to a dead mailbox every night is no spam spam what
 * was heard of the last contacts is far more likely if it is (Wald's ratio, base/sequential.h).
 * Not as a sequence: bounces come late, and one after another, of mails that went out among
 * many
 *
 * SECURITY: of a mail only he can report who has its reference, and each report counts for its
 * contact once; so nobody makes somebody else guilty by himself.
 */
#ifndef ENGINE_SENDERS_H
#define ENGINE_SENDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"
#include "base/wire.h"
#include "model/subject.h"

struct senders;

/* A mail that passed. */
struct sent {
	struct subject sender;
	const char *label;     /* of the sender, for people */
	const char *reference; /* by which reports find it */
	uint64_t to;	       /* stands for its recipients */
	uint32_t recipients;
};

/* What a report says of a mail: each for the recipients of that mail. */
struct heard {
	uint32_t unknown; /* there is no such address */
	bool complaint;
};

struct senders *senders_new(void) must_use;
void senders_free(struct senders *senders);

/* now: ms of any clock that does not step. A mail that is known by its reference counts once.
 */
void senders_sent(struct senders *senders, const struct sent *sent, int64_t now);

/*
 * Whether its sender now is one of spam; who that is and why, in words, if so. It is said once:
 * what is known of him is forgotten with it. label is the caller's to free.
 */
bool senders_heard(struct senders *senders, const char *reference, const struct heard *heard,
    struct subject *ret_sender, char **ret_label, struct str *ret_words);

/* Drops whom nothing was heard of for a week. */
void senders_forget(struct senders *senders, int64_t now);

/*
 * What is known of all, as bytes, and back into senders that know nobody yet. now is as in
 * senders_sent(). Malformed bytes make the reader fail, and nobody is known.
 */
void senders_encode(const struct senders *senders, struct str *out);
void senders_decode(struct senders *senders, struct wire_reader *reader, int64_t now);

#endif
