/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A word is the longest run of letters, digits and `_ . : / % -`; what it is
 * follows from its form alone, so tokens never depend on where they stand.
 */
#include "policy/lexer.h"

#include <string.h>

#include "base/escape.h"

/* Sorted, for word_is_reserved(). */
/* clang-format off */
static const char *const reserved[] = {"after", "again", "always", "amend", "and", "ask", "at",
    "because", "by", "clause", "covered", "define", "delays", "drop", "each", "emergency", "ends",
    "exception", "for", "grace", "if", "imposed", "in", "include", "is", "kept", "like", "matches",
    "mode", "not", "of", "offers", "once", "operator", "or", "over", "owner", "per", "plan",
    "promise", "provides", "remedy", "revision", "revoked", "role", "says", "scrutiny", "shorten",
    "subject", "terms", "then", "times", "to", "unknown", "until", "waits", "when", "within", NULL};
/* clang-format on */

bool
word_is_reserved(const char *word)
{
	size_t low = 0, high = array_length(reserved) - 1;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(word, reserved[middle]);
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

const char *
word_suggestion(const char *word)
{
	return did_you_mean(word, reserved);
}

struct place
spot_place(const struct spot *spot)
{
	return (struct place){.file = spot->source->name,
	    .text = spot->source->text,
	    .offset = spot->offset,
	    .length = spot->length};
}

size_t
spot_line(const struct spot *spot)
{
	size_t line = 1;
	for (size_t i = 0; i < spot->offset; i++)
		line += spot->source->text[i] == '\n';
	return line;
}

void
lexer_init(
    struct lexer *lexer, const struct source *source, struct arena *arena, struct diag *diag)
{
	*lexer = (struct lexer){.source = source, .arena = arena, .diag = diag};
	lexer->last_comment = &lexer->first_comment;
}

static char
peek(const struct lexer *lexer)
{
	return lexer->at < lexer->source->length ? lexer->source->text[lexer->at] : '\0';
}

static bool
at_end(const struct lexer *lexer)
{
	return lexer->at >= lexer->source->length;
}

static bool
is_blank(char character)
{
	return character == ' ' || character == '\t' || character == '\r';
}

static bool
is_digit(char character)
{
	return character >= '0' && character <= '9';
}

static bool
is_lower(char character)
{
	return character >= 'a' && character <= 'z';
}

static bool
is_upper(char character)
{
	return character >= 'A' && character <= 'Z';
}

static bool
is_word_character(char character)
{
	return is_digit(character) || is_lower(character) || is_upper(character) ||
	       (character && strchr("_.:/%-", character));
}

static bool
starts_line(const struct source *source, size_t offset)
{
	while (offset > 0 && is_blank(source->text[offset - 1]))
		offset--;
	return offset == 0 || source->text[offset - 1] == '\n';
}

static bool
line_is_blank(const struct source *source, size_t offset)
{
	while (offset < source->length && is_blank(source->text[offset]))
		offset++;
	return offset < source->length && source->text[offset] == '\n';
}

/* Control bytes and bidirectional overrides can make a reader see another rule than the
 * machine. */
static bool
is_deceiving(uint32_t point)
{
	return (point < 0x20 && point != '\t') || (point >= 0x7f && point < 0xa0) ||
	       (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

static void
complain(struct lexer *lexer, size_t offset, size_t length, const char *hint, const char *what)
{
	struct spot spot = {lexer->source, offset, length};
	struct place place = spot_place(&spot);
	diag_add(lexer->diag, SEVERITY_ERROR, &place, hint, "%s", what);
}

/* Whether all of the bytes may stand in a text or a comment; complains of the first that may
 * not. */
static bool
check_clean(struct lexer *lexer, size_t offset, size_t length)
{
	const char *text = lexer->source->text + offset;
	for (size_t i = 0; i < length;) {
		uint32_t point = 0;
		size_t size = utf8_next(text + i, length - i, &point);
		if (!size || is_deceiving(point)) {
			complain(lexer, offset + i, size ? size : 1, "take it out",
			    size ? "invisible character" : "this byte is no UTF-8");
			return false;
		}
		i += size;
	}
	return true;
}

static void
read_comment(struct lexer *lexer)
{
	const struct source *source = lexer->source;
	size_t start = lexer->at, end = start;
	while (end < source->length && source->text[end] != '\n')
		end++;
	lexer->at = end;
	bool blank_after = end < source->length && line_is_blank(source, end + 1);
	while (is_blank(source->text[end - 1]))
		end--;
	if (!check_clean(lexer, start, end - start))
		return;
	struct comment *comment = arena_alloc(lexer->arena, sizeof(*comment));
	*comment = (struct comment){.offset = start,
	    .text = arena_copy(lexer->arena, source->text + start, end - start),
	    .own_line = starts_line(source, start),
	    .blank_after = blank_after};
	*lexer->last_comment = comment;
	lexer->last_comment = &comment->next;
}

static void
skip_blanks(struct lexer *lexer)
{
	while (!at_end(lexer)) {
		char next = peek(lexer);
		if (next == '#')
			read_comment(lexer);
		else if (next == '\n' || is_blank(next))
			lexer->at++;
		else
			return;
	}
}

/* "..." with \" and \\, on one line. */
static struct token
read_text(struct lexer *lexer)
{
	struct token token = {.kind = TOKEN_BAD, .at = {lexer->source, lexer->at, 1}};
	const char *text = lexer->source->text;
	size_t start = ++lexer->at;
	bool good = true;
	while (!at_end(lexer) && peek(lexer) != '"' && peek(lexer) != '\n') {
		if (peek(lexer) == '\\') {
			char escaped =
			    lexer->at + 1 < lexer->source->length ? text[lexer->at + 1] : 0;
			if (escaped == '"' || escaped == '\\')
				lexer->at++;
			else
				good = false,
				complain(lexer, lexer->at, 1, "write two of them for one",
				    "a backslash stands before a quote or a backslash only");
		}
		lexer->at++;
	}
	size_t length = lexer->at - start;
	token.at.length = length + 1;
	token.text = arena_copy(lexer->arena, text + start, length);
	if (peek(lexer) != '"') {
		complain(lexer, token.at.offset, 1, "a text ends with \" on its own line",
		    "this text is never closed");
		return token;
	}
	lexer->at++;
	token.at.length++;
	if (length > MOST_TEXT_BYTES) {
		complain(lexer, token.at.offset, 1, "write at most 2_000 bytes",
		    "this text is too long");
		return token;
	}
	if (check_clean(lexer, start, length) && good)
		token.kind = TOKEN_TEXT;
	return token;
}

/* [a-z][a-z0-9]*(-[a-z0-9]+)*; gives how many of the bytes that is. */
static size_t
name_length(const char *text)
{
	if (!is_lower(text[0]))
		return 0;
	size_t length = 1;
	for (;;) {
		while (is_lower(text[length]) || is_digit(text[length]))
			length++;
		if (text[length] != '-' ||
		    !(is_lower(text[length + 1]) || is_digit(text[length + 1])))
			return length;
		length++;
	}
}

static bool
is_dotted(const char *text)
{
	for (;;) {
		size_t length = name_length(text);
		if (!length || !text[length])
			return length != 0;
		if (text[length] != '.')
			return false;
		text += length + 1;
	}
}

/* [A-Z]{1,3}[0-9]{1,3}[a-z]? */
static bool
is_id(const char *text)
{
	size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t digits = strspn(text + letters, "0123456789");
	const char *rest = text + letters + digits;
	return letters >= 1 && letters <= 3 && digits >= 1 && digits <= 3 &&
	       (!rest[0] || (is_lower(rest[0]) && !rest[1]));
}

static struct token
read_word(struct lexer *lexer)
{
	size_t start = lexer->at;
	while (!at_end(lexer) && is_word_character(peek(lexer)))
		lexer->at++;
	struct token token = {
	    .kind = TOKEN_BAD, .at = {lexer->source, start, lexer->at - start}};
	token.text = arena_copy(lexer->arena, lexer->source->text + start, token.at.length);
	if (is_digit(token.text[0]) || strchr(token.text, ':'))
		token.kind =
		    literal_read(&token, lexer->arena, lexer->diag) ? TOKEN_LITERAL : TOKEN_BAD;
	else if (is_id(token.text))
		token.kind = TOKEN_ID;
	else if (is_dotted(token.text))
		token.kind = strchr(token.text, '.')	    ? TOKEN_DOTTED
			     : word_is_reserved(token.text) ? TOKEN_WORD
							    : TOKEN_NAME;
	else
		complain(lexer, start, token.at.length,
		    "names are small letters and digits, joined by single -",
		    "this is no word");
	return token;
}

/* The mark at the lexer's place, or TOKEN_BAD; its bytes are taken. */
static enum token_kind
read_mark(struct lexer *lexer)
{
	char mark = peek(lexer);
	lexer->at++;
	bool equal = (mark == '<' || mark == '>') && peek(lexer) == '=';
	lexer->at += equal;
	switch (mark) {
	case '{':
		return TOKEN_OPEN;
	case '}':
		return TOKEN_CLOSE;
	case '(':
		return TOKEN_LEFT;
	case ')':
		return TOKEN_RIGHT;
	case ',':
		return TOKEN_COMMA;
	case ';':
		return TOKEN_SEMICOLON;
	case '=':
		return TOKEN_EQUALS;
	case '>':
		return equal ? TOKEN_AT_LEAST : TOKEN_MORE;
	case '<':
		return equal ? TOKEN_AT_MOST : TOKEN_LESS;
	default:
		return TOKEN_BAD;
	}
}

struct token
lexer_next(struct lexer *lexer)
{
	skip_blanks(lexer);
	size_t start = lexer->at;
	if (at_end(lexer))
		return (struct token){
		    .at = {lexer->source, lexer->source->length, 0}, .text = ""};
	if (peek(lexer) == '"')
		return read_text(lexer);
	if (is_word_character(peek(lexer)))
		return read_word(lexer);
	struct token token = {.kind = read_mark(lexer)};
	if (token.kind == TOKEN_BAD) {
		uint32_t point;
		size_t size = utf8_next(
		    lexer->source->text + start, lexer->source->length - start, &point);
		lexer->at = start + (size ? size : 1);
		complain(lexer, start, lexer->at - start, NULL,
		    "this character has no meaning here");
	}
	token.at = (struct spot){lexer->source, start, lexer->at - start};
	token.text = arena_copy(lexer->arena, lexer->source->text + start, token.at.length);
	return token;
}
