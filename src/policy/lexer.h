/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to tokens. Every token knows its place, so that everything made from it
 * can be complained about. Values are read here and nowhere else: a token of a
 * quantity carries its number, its unit and its one canonical spelling.
 */
#ifndef POLICY_LEXER_H
#define POLICY_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "model/tables.h"

enum { MOST_FILE_BYTES = 1024 * 1024, MOST_TEXT_BYTES = 2000 };

struct source {
	const char *name;
	const char *text; /* NUL-terminated, may hold NULs */
	size_t length;
};

/* Where something stands. */
struct spot {
	const struct source *source;
	size_t offset;
	size_t length;
};

enum token_kind {
	TOKEN_END,
	TOKEN_BAD,     /* no word of the language; already complained about */
	TOKEN_WORD,    /* a word of the grammar, reserved */
	TOKEN_NAME,    /* hit-counter */
	TOKEN_DOTTED,  /* cpu.share */
	TOKEN_ID,      /* A15b */
	TOKEN_TEXT,    /* text is what stands between the quotes, escapes and all */
	TOKEN_LITERAL, /* a value with its unit */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_LEFT,
	TOKEN_RIGHT,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_EQUALS,
	TOKEN_MORE,
	TOKEN_AT_LEAST,
	TOKEN_LESS,
	TOKEN_AT_MOST,
};

struct token {
	enum token_kind kind;
	struct spot at;
	const char *text; /* as written; LITERAL: canonical */
	enum unit unit;	  /* LITERAL */
	int64_t number;	  /* LITERAL, in the unit */
};

struct comment {
	struct comment *next;
	size_t offset;
	const char *text; /* from the # on, without blanks at its end */
	bool own_line;	  /* nothing but blanks before it */
	bool blank_after; /* the line below it is empty */
};

struct lexer {
	const struct source *source;
	struct arena *arena;
	struct diag *diag;
	size_t at;
	struct comment *first_comment;
	struct comment **last_comment;
};

/* A lexer over the source; tokens and comments live in the arena. */
void lexer_init(
    struct lexer *lexer, const struct source *source, struct arena *arena, struct diag *diag);

/* The next token. After the end, TOKEN_END again and again. */
struct token lexer_next(struct lexer *lexer);

/* Whether the word is one of the grammar and so cannot be a name. */
bool word_is_reserved(const char *word);

/* The word of the grammar that was probably meant, or NULL. */
const char *word_suggestion(const char *word);

/* The place for diag_add(). */
struct place spot_place(const struct spot *spot);

/* 1-based line of a spot. */
size_t spot_line(const struct spot *spot);

/*
 * Reads a value that begins with a digit or is an address: fills in unit,
 * number, canonical text. False if it is none; then it was complained about.
 */
bool literal_read(struct token *token, struct arena *arena, struct diag *diag);

#endif
