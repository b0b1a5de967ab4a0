/* SPDX-License-Identifier: Apache-2.0 */
/* What all productions use: the token at hand, what was expected, where to go on. */
#include "policy/parsing.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct token
parser_take(struct parser *parser)
{
	struct token taken = parser->token;
	parser->last = taken.at;
	parser->token = lexer_next(&parser->lexer);
	return taken;
}

bool
parser_at(const struct parser *parser, enum token_kind kind)
{
	return parser->token.kind == kind;
}

bool
parser_at_word(const struct parser *parser, const char *word)
{
	return parser->token.kind == TOKEN_WORD && strcmp(parser->token.text, word) == 0;
}

bool
parser_accept(struct parser *parser, enum token_kind kind)
{
	if (!parser_at(parser, kind))
		return false;
	parser_take(parser);
	return true;
}

bool
parser_accept_word(struct parser *parser, const char *word)
{
	if (!parser_at_word(parser, word))
		return false;
	parser_take(parser);
	return true;
}

void
parser_error(
    struct parser *parser, const struct spot *at, const char *hint, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	auto_free char *message = NULL;
	if (vasprintf(&message, format, arguments) < 0)
		abort();
	va_end(arguments);
	struct place place = spot_place(at);
	diag_add(parser->diag, SEVERITY_ERROR, &place, hint, "%s", message);
}

static const char *
describe(struct parser *parser)
{
	const struct token *token = &parser->token;
	switch (token->kind) {
	case TOKEN_END:
		return "the end of the file";
	case TOKEN_TEXT:
		return "a text";
	case TOKEN_LITERAL:
		if (token->unit == UNIT_COUNT)
			return arena_printf(parser->arena, "the bare number %s", token->text);
		break;
	case TOKEN_BAD:
	case TOKEN_WORD:
	case TOKEN_NAME:
	case TOKEN_DOTTED:
	case TOKEN_ID:
	case TOKEN_OPEN:
	case TOKEN_CLOSE:
	case TOKEN_LEFT:
	case TOKEN_RIGHT:
	case TOKEN_COMMA:
	case TOKEN_SEMICOLON:
	case TOKEN_EQUALS:
	case TOKEN_MORE:
	case TOKEN_AT_LEAST:
	case TOKEN_LESS:
	case TOKEN_AT_MOST:
		break;
	}
	return arena_printf(parser->arena, "'%s'", token->text);
}

bool
parser_unexpected(struct parser *parser, const char *what, const char *hint)
{
	if (!parser_at(parser, TOKEN_BAD))
		parser_error(parser, &parser->token.at, hint, "expected %s, found %s", what,
		    describe(parser));
	return false;
}

const char *
parser_suggestion(struct parser *parser)
{
	const char *meant =
	    parser_at(parser, TOKEN_NAME) ? word_suggestion(parser->token.text) : NULL;
	return meant ? arena_printf(parser->arena, "did you mean '%s'?", meant) : NULL;
}

bool
parser_expect(struct parser *parser, enum token_kind kind, const char *what)
{
	return parser_accept(parser, kind) || parser_unexpected(parser, what, NULL);
}

bool
parser_expect_word(struct parser *parser, const char *word)
{
	return parser_accept_word(parser, word) ||
	       parser_unexpected(parser, arena_printf(parser->arena, "'%s'", word), NULL);
}

/* A reserved word where a name belongs: say so, or nobody understands what is wrong with it. */
bool
parse_word(struct parser *parser, enum token_kind kind, const char *what, struct word *ret_word)
{
	if (!parser_at(parser, kind)) {
		bool reserved_word = kind == TOKEN_NAME && parser_at(parser, TOKEN_WORD);
		return parser_unexpected(parser, what,
		    reserved_word ? "this is a word of the language, it cannot be a name"
				  : NULL);
	}
	struct token token = parser_take(parser);
	*ret_word = (struct word){.at = token.at, .text = token.text};
	return true;
}

bool
parse_words(
    struct parser *parser, enum token_kind kind, const char *what, struct word **ret_words)
{
	struct word **next = ret_words;
	size_t count = 0;
	do {
		if (count++ == MOST_WORDS)
			return parser_unexpected(parser, "no more than 64 names", NULL);
		struct word *word = parser_new(parser, struct word);
		if (!parse_word(parser, kind, what, word))
			return false;
		*next = word;
		next = &word->next;
	} while (parser_accept(parser, TOKEN_COMMA));
	return true;
}

void
parser_claim_comments(struct parser *parser, struct remarks *ret_remarks)
{
	size_t end = parser->last.offset + parser->last.length;
	*ret_remarks = (struct remarks){.above = *parser->comment};
	for (; *parser->comment && (*parser->comment)->offset < end;
	     parser->comment = &(*parser->comment)->next)
		ret_remarks->above_count++;
	struct comment *next = *parser->comment;
	if (!next || next->own_line || next->offset > parser->token.at.offset)
		return;
	ret_remarks->beside = next;
	parser->comment = &next->next;
}

/*
 * Goes to the next token that can begin an entry of the block or end it. Words
 * that begin entries are reserved, so a set that was never closed does not
 * swallow them.
 */
static void
skip_entry(struct parser *parser, bool (*begins)(const struct parser *parser))
{
	int open = 0;
	while (!parser_at(parser, TOKEN_END)) {
		if (begins(parser) || (begins_statement(parser) && open == 0))
			return;
		if (parser_at(parser, TOKEN_CLOSE) && open-- == 0)
			return;
		if (parser_at(parser, TOKEN_OPEN))
			open++;
		parser_take(parser);
	}
}

static bool
never_closed(struct parser *parser, const struct spot *open)
{
	const char *hint = "no matching '}' before the end of the file";
	if (!parser_at(parser, TOKEN_END))
		hint = arena_printf(parser->arena, "'%s' in line %zu begins before its '}'",
		    parser->token.text, spot_line(&parser->token.at));
	parser_error(parser, open, hint, "this '{' is never closed");
	return false;
}

bool
parse_block(struct parser *parser, struct statement *statement, parse_entry *entry,
    bool (*begins)(const struct parser *parser), const char *what)
{
	struct spot open = parser->token.at;
	if (!parser_expect(parser, TOKEN_OPEN, "'{'"))
		return false;
	parser_claim_comments(parser, &statement->remarks);
	bool good = true;
	while (!parser_at(parser, TOKEN_CLOSE)) {
		if (parser_at(parser, TOKEN_END) || begins_statement(parser))
			return never_closed(parser, &open);
		if (begins(parser) ? entry(parser, statement)
				   : parser_unexpected(parser, what, parser_suggestion(parser)))
			continue;
		good = false;
		skip_entry(parser, begins);
	}
	parser_take(parser);
	parser_claim_comments(parser, &statement->closing);
	return good;
}
