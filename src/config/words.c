/* SPDX-License-Identifier: Apache-2.0 */
#include "config/words.h"

#include <string.h>

#include "base/escape.h"

enum { LONGEST_WORD = 4096 };

static struct place
place_at(const struct words *words, size_t offset, size_t length)
{
	return (struct place){.file = words->source.name,
	    .text = words->source.text,
	    .offset = offset,
	    .length = length};
}

static void
complain(struct words *words, size_t offset, size_t length, const char *hint, const char *what)
{
	struct place place = place_at(words, offset, length);
	diag_add(words->diag, SEVERITY_ERROR, &place, hint, "%s", what);
}

static bool
is_space(char character)
{
	return character == ' ' || character == '\t' || character == '\r';
}

static bool
ends_word(char character)
{
	return is_space(character) || character == '\n' || character == '{' ||
	       character == '}' || character == '"';
}

static void
skip_space(struct words *words)
{
	while (words->at < words->source.length) {
		char character = words->source.text[words->at];
		if (character == '#')
			while (words->at < words->source.length &&
			       words->source.text[words->at] != '\n')
				words->at++;
		else if (is_space(character) || (character == '\n' && !words->lines))
			words->at++;
		else
			return;
	}
}

static struct word
make_word(struct words *words, enum word_kind kind, size_t start, const char *text)
{
	size_t length = words->at > start ? words->at - start : 1;
	return (struct word){kind, text, place_at(words, start, length)};
}

static struct word
read_plain(struct words *words)
{
	size_t start = words->at;
	while (words->at < words->source.length && !ends_word(words->source.text[words->at]))
		words->at++;
	size_t length = words->at - start;
	const char *text = arena_copy(words->arena, words->source.text + start, length);
	if (length > LONGEST_WORD)
		complain(words, start, length, NULL, "a word this long means nothing");
	else if (strlen(text) != length || !text_is_clean(text))
		complain(words, start, length, NULL,
		    "control characters, or bytes that are no UTF-8");
	return make_word(words, WORD_PLAIN, start, text);
}

/* At a backslash within quotes. */
static void
read_escape(struct words *words, struct str *out)
{
	char escaped =
	    words->at + 1 < words->source.length ? words->source.text[words->at + 1] : '\0';
	if (escaped == '"' || escaped == '\\')
		str_add_char(out, escaped);
	else
		complain(words, words->at, 2, "write \\\" or \\\\",
		    "a backslash before something that needs none");
	words->at += escaped && escaped != '\n' ? 2 : 1;
}

static struct word
read_quoted(struct words *words)
{
	size_t start = words->at++;
	auto_str text = {0};
	while (words->at < words->source.length && words->source.text[words->at] != '"' &&
	       words->source.text[words->at] != '\n') {
		if (words->source.text[words->at] == '\\')
			read_escape(words, &text);
		else
			str_add_char(&text, words->source.text[words->at++]);
	}
	if (words->at < words->source.length && words->source.text[words->at] == '"')
		words->at++;
	else
		complain(words, start, words->at - start, "write \" at its end",
		    "a text that does not end on its line");
	const char *copy = arena_copy(words->arena, str_text(&text), text.length);
	if (text.length > LONGEST_WORD)
		complain(
		    words, start, words->at - start, NULL, "a text this long means nothing");
	else if (strlen(copy) != text.length || !text_is_clean(copy))
		complain(words, start, words->at - start, NULL,
		    "control characters, or bytes that are no UTF-8");
	return make_word(words, WORD_QUOTED, start, copy);
}

static struct word
read_mark(struct words *words, enum word_kind kind)
{
	size_t start = words->at++;
	return make_word(
	    words, kind, start, arena_copy(words->arena, words->source.text + start, 1));
}

static struct word
read_word(struct words *words)
{
	skip_space(words);
	if (words->at >= words->source.length)
		return make_word(words, WORD_END, words->at, "");
	switch (words->source.text[words->at]) {
	case '\n':
		return read_mark(words, WORD_LINE_END);
	case '{':
		return read_mark(words, WORD_OPEN);
	case '}':
		return read_mark(words, WORD_CLOSE);
	case '"':
		return read_quoted(words);
	}
	return read_plain(words);
}

struct words
words_read(const struct source *source, bool lines, struct arena *arena, struct diag *diag)
{
	struct words words = {.source = *source, .lines = lines, .arena = arena, .diag = diag};
	words.next = read_word(&words);
	return words;
}

struct word
words_take(struct words *words)
{
	struct word word = words->next;
	words->next = read_word(words);
	return word;
}

bool
words_has_value(const struct words *words)
{
	return words->next.kind == WORD_PLAIN || words->next.kind == WORD_QUOTED;
}

bool
words_next_is(const struct words *words, const char *text)
{
	return words->next.kind == WORD_PLAIN && text_equal(words->next.text, text);
}
