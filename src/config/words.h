/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of hayward.conf and accounts.conf, written as in the policy
 * language: words, texts in "quotes", braces, # comments to the line's end.
 */
#ifndef CONFIG_WORDS_H
#define CONFIG_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"

enum word_kind { WORD_PLAIN, WORD_QUOTED, WORD_OPEN, WORD_CLOSE, WORD_LINE_END, WORD_END };

struct word {
	enum word_kind kind;
	const char *text; /* quotes and escapes taken away; lives in the arena; never NULL */
	struct place place;
};

/* A file's text: length bytes followed by a NUL. */
struct source {
	const char *name;
	const char *text;
	size_t length;
};

/* A text being read. */
struct words {
	struct source source;
	size_t at;
	struct arena *arena;
	struct diag *diag;
	struct word next; /* the word that words_take() would give */
	bool lines;	  /* line ends are words */
};

/*
 * Begins to read; lines: line ends are words. Bytes that cannot be (control
 * characters, NUL, what is no UTF-8) are said in diag and passed over. The
 * source is borrowed for as long as places are used.
 */
struct words words_read(
    const struct source *source, bool lines, struct arena *arena, struct diag *diag);

/* The next word; at the end WORD_END for ever. */
struct word words_take(struct words *words);

/* Whether the next word is a plain or quoted one; and whether it is this plain one. */
bool words_has_value(const struct words *words);
bool words_next_is(const struct words *words, const char *text);

#endif
