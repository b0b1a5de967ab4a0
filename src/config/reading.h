/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of accounts.conf and of site.conf have in common: statements
 * of words, values, and lists in braces. After a mistake reading goes on at the
 * next word that can begin an item, so that one run reports many.
 */
#ifndef CONFIG_READING_H
#define CONFIG_READING_H

#include <stdint.h>

#include "config/words.h"

/* A file being read. */
struct reading {
	struct words words;
	struct arena *arena;
	struct diag *diag;
};

struct reading reading_begin(
    const struct source *source, struct arena *arena, struct diag *diag) must_use;

/* "WANTED, this is 'WORD'", at the word's place. */
void reading_complain(
    struct reading *reading, const struct word *word, const char *hint, const char *wanted);

/* The same with a hint if the word is like one of those; names ends with NULL. */
void reading_complain_name(struct reading *reading, const struct word *word,
    const char *const *names, const char *wanted);

/* The next value; NULL if there is none, which has been said. */
const char *reading_value(struct reading *reading, const char *wanted, struct word *ret_word);

/* A value that the function understands, or it is said; *value is set only if it does. */
void reading_number(struct reading *reading, int (*parse)(const char *text, int64_t *ret_value),
    const char *wanted, int64_t *value);

/* Any text but a list. */
void reading_text(struct reading *reading, const char **text, const char *wanted);

/* An opening brace, taken; false: there is none, which has been said with those words. */
bool reading_open(struct reading *reading, const char *wanted);

/* Whether there is a further member of a list; its closing brace is taken. */
bool reading_more(struct reading *reading, size_t count);

/* Room in the arena for one more item of an array that has count; it grows by doubling. */
void *reading_grow(struct reading *reading, void *items, size_t count, size_t size) must_use;

/*
 * The next item of a block in braces: the index of its word among the names
 * (which end with NULL), with the word taken. At the closing brace, which is
 * taken, or at the end: -1. Words that are no item are said, with what an item
 * is, and passed over; so is one that was said before: lines holds the line of
 * each item, 0 in the beginning.
 */
int reading_item(struct reading *reading, const char *const *names, size_t *lines,
    const char *wanted, const char *end);

/* "FIRST-LAST" or "FIRST+COUNT" of numbers above 0. -EINVAL, -ERANGE. */
int reading_range(const char *text, uint32_t *ret_first, uint32_t *ret_count) must_use;

#endif
