/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parser's files share. One token of lookahead (parser->token)
 * decides everywhere. A production that fails has complained, and gives NULL
 * or false; whoever holds a part or a statement then skips to the next word
 * that can begin one.
 */
#ifndef POLICY_PARSING_H
#define POLICY_PARSING_H

#include "policy/tree.h"

/* Hostile input must not overflow the stack, in the parser or in what reads its tree. */
enum {
	MOST_DEPTH = 16,
	MOST_SET_MEMBERS = 4096,
	MOST_MISTAKES = 100,
	MOST_LIMITS = 256,
	MOST_WORDS = 64
};

struct parser {
	struct lexer lexer;
	struct token token; /* the next one */
	struct spot last;   /* the one taken last */
	struct arena *arena;
	struct diag *diag;
	struct comment **comment; /* leads to the first one that belongs to nothing yet */
	int depth;
	bool keep_member_comments;
};

#define parser_new(parser, type) ((type *)arena_alloc((parser)->arena, sizeof(type)))

/* Takes the token and reads the next one. */
struct token parser_take(struct parser *parser);

bool parser_at(const struct parser *parser, enum token_kind kind);
bool parser_at_word(const struct parser *parser, const char *word);

/* Takes the token if it is that; false if not. */
bool parser_accept(struct parser *parser, enum token_kind kind);
bool parser_accept_word(struct parser *parser, const char *word);

/* As accept, and complains: "expected WHAT, found ...". */
bool parser_expect(struct parser *parser, enum token_kind kind, const char *what) must_use;
bool parser_expect_word(struct parser *parser, const char *word) must_use;

/* Complains of the present token: "expected WHAT, found ..."; always false. */
bool parser_unexpected(struct parser *parser, const char *what, const char *hint);

/* "did you mean 'clause'?" if the token is nearly a word of the grammar, or NULL. */
const char *parser_suggestion(struct parser *parser);

/* A mistake at a place. */
void parser_error(struct parser *parser, const struct spot *at, const char *hint,
    const char *format, ...) printf_like(4, 5);

/* Takes a token of that kind as a word. */
bool parse_word(struct parser *parser, enum token_kind kind, const char *what,
    struct word *ret_word) must_use;

bool parse_time(struct parser *parser, struct time_node *ret_time) must_use;
bool parse_percent(struct parser *parser, struct value_node **ret_value) must_use;
bool parse_text(struct parser *parser, struct text_node **ret_text) must_use;

/* One string only. */
bool parse_string(struct parser *parser, struct text_node **ret_text) must_use;

bool parse_value(struct parser *parser, struct value_node **ret_value) must_use;

/* Names, or ids, with commas between. */
bool parse_words(struct parser *parser, enum token_kind kind, const char *what,
    struct word **ret_words) must_use;

bool parse_condition(struct parser *parser, struct condition_node **ret_condition) must_use;
bool parse_term(struct parser *parser, struct condition_node **ret_condition) must_use;
bool parse_ladder(struct parser *parser, struct ladder_node *ret_ladder) must_use;

/* `{ part ... }`, into the statement. */
bool parse_clause_block(struct parser *parser, struct statement *statement) must_use;

/* One round of a block, in statement. False: it failed. */
typedef bool parse_entry(struct parser *parser, struct statement *statement);

/*
 * `{ entry ... }`: goes on after a mistake in an entry. begins tells whether
 * the token can begin one.
 */
bool parse_block(struct parser *parser, struct statement *statement, parse_entry *entry,
    bool (*begins)(const struct parser *parser), const char *what) must_use;

/* Gives the comments up to the token taken last to the thing that ends with it. */
void parser_claim_comments(struct parser *parser, struct remarks *ret_remarks);

/* Whether the token is a word that begins a part, or a statement. */
bool begins_part(const struct parser *parser);
bool begins_statement(const struct parser *parser);

#endif
