/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte string. It is always NUL-terminated, may hold NULs, and owns
 * its memory: init with `struct str s = {0}` (or auto_str), end with str_done().
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

struct str {
	char *data; /* NULL while empty and never grown */
	size_t length;
	size_t capacity;
};

#define auto_str __attribute__((cleanup(str_done))) struct str

/* Frees the bytes; the string is empty and usable afterwards. */
void str_done(struct str *str);

/* Empties the string, keeping its memory. */
void str_clear(struct str *str);

/* The text, "" while empty; valid until the next change. */
const char *str_text(const struct str *str);

/* The heap text, "" if empty; the string is empty afterwards; free() the text. */
char *str_take(struct str *str) must_use;

void str_add_bytes(struct str *str, const void *bytes, size_t length);
void str_add_char(struct str *str, char character);
void str_add(struct str *str, const char *text);
void str_addf(struct str *str, const char *format, ...) printf_like(2, 3);

/* Adds count copies of the character. */
void str_add_fill(struct str *str, char character, size_t count);

/* Cuts the string to length; a longer length changes nothing. */
void str_cut(struct str *str, size_t length);

/* Takes the first length bytes away; all of them if there are no more. */
void str_drop(struct str *str, size_t length);

/* Whether the text starts, or ends, with the affix. */
bool text_starts_with(const char *text, const char *affix);
bool text_ends_with(const char *text, const char *affix);

/* Whether two texts, either of which may be NULL, are the same. */
bool text_equal(const char *one, const char *other);

/*
 * The next of some words between blanks, or NULL at the end; *at moves behind
 * it. It is no text by itself: ret_length bytes of the one that *at points into.
 */
const char *text_next_word(const char **at, size_t *ret_length);

/* The same with lines; an empty one is a line, too. */
const char *text_next_line(const char **at, size_t *ret_length);

/* Whether length bytes of word are one of some words between blanks. */
bool text_has_word(const char *words, const char *word, size_t length);

#endif
