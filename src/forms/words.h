/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a text is made of, known by hashes: mail addresses, and each run of three words. A
 * visitor's request and the mail that came of it are read in this same way, so that what one
 * has of the other can be told without keeping either. What programs do to a text on its way
 * (other line ends, HTML around it and in place of single letters, another character set)
 * changes few of the runs.
 *
 * No heap, no clock, bounded work for each byte. It is also part of Apache's module.
 */
#ifndef FORMS_WORDS_H
#define FORMS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WORDS_KEY = 16,
	WORDS_LONGEST = 64,	     /* bytes of a word; what is longer is cut */
	WORDS_LONGEST_ADDRESS = 254, /* RFC 5321; what is longer is none */
	WORDS_LONGEST_ENTITY = 8,
};

struct words_events {
	void (*run)(void *context, uint32_t hash);
	void (*address)(void *context, uint64_t hash);
};

struct words {
	const struct words_events *events;
	void *context;
	uint8_t key[WORDS_KEY];
	char word[WORDS_LONGEST]; /* its letters and digits of ASCII */
	size_t word_length;
	char foreign[WORDS_LONGEST]; /* its other bytes, which count if it has no others */
	size_t foreign_length;
	uint64_t before[2]; /* the two words before; 0: there was none */
	bool has_run;	    /* three words were together, so that there was a run of them */
	char address[WORDS_LONGEST_ADDRESS + 1];
	size_t address_length; /* more than fits: it is none */
	char entity[WORDS_LONGEST_ENTITY];
	size_t entity_length;
	bool in_entity;
	size_t in_tag; /* bytes of it so far; 0: in none */
};

/* events are borrowed. */
void words_begin(struct words *words, const uint8_t key[WORDS_KEY],
    const struct words_events *events, void *context);

void words_feed(struct words *words, const char *bytes, size_t length);

/* The text is over: the next word is not behind the last one. One of less than three words is a
 * run of its own, or nothing would be known of it. */
void words_break(struct words *words);

#endif
