/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the contacts of a sender say of him, by Wald's ratio (base/sequential.h): how much more
 * likely all that was heard of them is if he sends spam. Not as a sequence: bounces come late,
 * and one after another, of mails that went out among many.
 *
 *     a contact   one recipient, or several that one mail went to: written to a hundred times
 *                 it is still one, so that a job that writes to a dead mailbox every night is
 *                 no spam
 *     a week      all that he wrote to in that time
 *     a run       those whom he wrote to for the first time, within one hour: his friends of
 *                 before, or those of whose mailbox he stole, speak for him no longer
 *
 * Of contacts that are several, what one of them says counts once in all: he may be among those
 * of each, and nothing tells who it was.
 *
 * That somebody writes to many who are new to him, at many domains, is no sign of anything: so
 * does a newsletter. It only chooses what else is looked at.
 */
#ifndef ENGINE_SUSPICION_H
#define ENGINE_SUSPICION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/sequential.h"
#include "base/str.h"

struct contact {
	uint64_t to;
	uint64_t reference; /* of the last mail to it, by its hash; 0: none was taken */
	uint64_t domain;    /* of all its recipients, by its hash; 0: of several */
	int64_t first;	    /* ms: when it was written to for the first time */
	int64_t last;	    /* ms: and for the last */
	uint32_t recipients;
	uint32_t unknown; /* of those: there is no such address, says our mail server */
	bool told;	  /* and so says whoever got it, of one */
	bool complained;
	bool rated;   /* by the host's filter */
	bool is_spam; /* and it would refuse it */
	/* To somebody who had written first: by a forged name, maybe, for which who answers can
	 * do nothing. It is forgotten with a life, which comes before most bounces. */
	bool is_answer;
};

/* How many of a sender are kept. */
enum { MOST_CONTACTS = 128, DEAD_SHARES = 2 };

struct suspicion_tests {
	struct sequential_test dead[DEAD_SHARES]; /* half of a list, and nearly all */
	struct sequential_test complaints;
	struct sequential_test refused;
};

struct suspicion_tests suspicion_prepare(void);

/* Whether they are those of a sender of spam, and why, in words. */
bool suspicion_of(const struct suspicion_tests *tests, const struct contact *contacts,
    uint32_t count, struct str *ret_words) must_use;

#endif
