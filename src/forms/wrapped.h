/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in base64 within a value: scripts that are put on a site to send spam by it are
 * told whom and what in it, and so are some that mean no harm. Each run of its digits is
 * unwrapped, as far as that is text; words of a language come to nothing by it.
 *
 * No heap, bounded work for each byte. It is also part of Apache's module.
 */
#ifndef FORMS_WRAPPED_H
#define FORMS_WRAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forms/words.h"

enum {
	WRAPPED_LEAST = 16, /* digits: what has less is a word */
};

struct wrapped {
	struct words words; /* of what was unwrapped */
	size_t digits;
	uint32_t bits;
	unsigned bit_count;
	char held[WRAPPED_LEAST / 4 * 3]; /* until there are so many digits */
	size_t held_length;
	bool is_binary;
};

/* events are borrowed. */
void wrapped_begin(struct wrapped *wrapped, const uint8_t key[WORDS_KEY],
    const struct words_events *events, void *context);

void wrapped_feed(struct wrapped *wrapped, const char *bytes, size_t length);

/* The value is over. */
void wrapped_end(struct wrapped *wrapped);

#endif
