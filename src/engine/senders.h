/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sends mail from here, and what came of it. Of each sender the last recipients are kept,
 * and what was heard of them: that there is no such address, or that somebody complains. Who
 * has a list of people that want to hear of him has few of these; who has bought or guessed one
 * has many. What they come to engine/suspicion.h tells. Pure; time is told.
 *
 * SECURITY: of a mail only he can report who has its reference, and that stands in each copy.
 * So only our own mail server's word is taken for as many as it names. Everybody else's is that
 * of one who got the mail: once for its contact, and of all mails to several once in all, for
 * the same may be among those of each. So nobody makes somebody else guilty by himself.
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

/* Whom a mail goes to. */
struct recipients {
	uint64_t to;	 /* stands for them, and for no others */
	uint64_t domain; /* stands for the domain of all of them; 0: they are at several */
	uint32_t count;
};

/* A mail that passed. */
struct sent {
	struct subject sender;
	const char *label;     /* of the sender, for people */
	const char *reference; /* by which reports find it */
	struct recipients to;
	bool is_answer; /* to one who wrote to the account before */
};

/* What a report says of a mail: each for the recipients of that mail. */
struct heard {
	uint32_t unknown; /* there is no such address */
	bool complaint;
	bool is_own; /* our mail server says so, by the kernel's word */
};

/* Who is one of spam, and why. */
struct suspect {
	struct subject sender;
	char *label; /* NULL: nobody is */
	struct str words;
};

/* Of their bytes, the younger the greater. */
enum senders_layout {
	SENDERS_UNDATED,   /* neither domains nor when somebody was written to */
	SENDERS_UNTOLD_BY, /* nor whose word it is that somebody is unknown */
	SENDERS_NOW,
};

struct senders *senders_new(void) must_use;
void senders_free(struct senders *senders);
void suspect_done(struct suspect *suspect);

/* now: ms of any clock that does not step. A mail that is known by its reference counts once.
 */
void senders_sent(struct senders *senders, const struct sent *sent, int64_t now);

/*
 * Whether its sender now is one of spam. It is said once: what is known of him is forgotten
 * with it. suspect begins with all zero; suspect_done() in any case.
 */
bool senders_heard(struct senders *senders, const char *reference, const struct heard *heard,
    struct suspect *ret_suspect);

/*
 * The mail server refused to take a mail to these, for they do not exist; sent has no
 * reference. As senders_heard(). A mail to them that is taken later says that they do.
 */
bool senders_refused(
    struct senders *senders, const struct sent *sent, int64_t now, struct suspect *ret_suspect);

/*
 * What the host's filter says of the mail with that reference: a sequence, each contact once.
 * As senders_heard().
 */
bool senders_rated(
    struct senders *senders, const char *reference, bool is_spam, struct suspect *ret_suspect);

/* What he has sent so far speaks against him no more. */
void senders_forgive(struct senders *senders, const struct subject *sender);

/* Drops whom nothing was heard of for a week. */
void senders_forget(struct senders *senders, int64_t now);

/*
 * What is known of all, as bytes, and back into senders that know nobody yet. now is as in
 * senders_sent(). Malformed bytes make the reader fail, and nobody is known.
 */
void senders_encode(const struct senders *senders, struct str *out);
void senders_decode(struct senders *senders, struct wire_reader *reader,
    enum senders_layout layout, int64_t now);

#endif
