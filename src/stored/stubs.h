/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail without its files: each part that stored/attachments.h counts is replaced by a few
 * words that say what it was. All else stays byte for byte, boundaries and headers included;
 * of the headers of such a part go those of its content ("Content-…").
 *
 * Its signature, where it has one, does not fit the words any more. That is what signatures
 * are for; the words say why.
 */
#ifndef STORED_STUBS_H
#define STORED_STUBS_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* What the words tell of the whole mail. */
struct stubs {
	const char *reference; /* by which its owner asks for it */
	const char *until;     /* the day up to which it is kept: "2027-01-31"; "": not known */
};

/*
 * Adds the message without its files to out, and gives how many there were; 0: out has the
 * message as it is. Bounded as gates/mime.h is: what that does not tell of stays. Afterwards
 * attachments_count() is 0.
 */
uint32_t stubs_put(
    const char *message, size_t length, const struct stubs *stubs, struct str *out);

#endif
