/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail as it came, read with GMime: who writes, to whom, what is new in it,
 * and whether a person wrote it at all.
 *
 * SECURITY: everybody can send a mail here. It is read by a child of its own
 * (letter_read_apart()), bounded in time, that shares nothing with who holds
 * the way to hayward; parts, their nesting and their character sets are bounded
 * too.
 */
#ifndef MAIN_REPLY_LETTER_H
#define MAIN_REPLY_LETTER_H

#include <stddef.h>

#include "base/str.h"

enum {
	LARGEST_LETTER = 1024 * 1024, /* bytes; what is more is not looked at */
	LONGEST_FROM = 50, /* bytes; fits an actor of the journal behind "mail from " */
};

/* Everything in it is clean text of one line. */
struct letter {
	struct str from;      /* the address, "" if there is none */
	struct str to;	      /* all that headers tell of whom it was for */
	struct str automatic; /* the header by which it is no person's; "": it may be one's */
	struct str words;     /* what is new in it, words_of_answer() */
};

#define auto_letter __attribute__((cleanup(letter_done))) struct letter

void letter_done(struct letter *letter);

/* Reads a mail of any bytes into an empty letter. */
void letter_read(const void *bytes, size_t length, struct letter *ret_letter);

/* The same in a child. -EBADMSG: it came to no end, or died of it. */
int letter_read_apart(const void *bytes, size_t length, struct letter *ret_letter) must_use;

#endif
