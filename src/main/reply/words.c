/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail programs agree on little: '>' before what is quoted, "-- " before a
 * signature. The rest goes by form and not by words, for owners write in every
 * language: a line with an address or a date that ends in a colon before a
 * quote, a ruled line, a block of at least three "Name: value" lines.
 */
#include "main/reply/words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/escape.h"

#define ELLIPSIS    "\xe2\x80\xa6"
#define REPLACEMENT "\xef\xbf\xbd"
#define PARAGRAPH   " / "

enum {
	SHORTEST_RULE = 5, /* of dashes around "Original Message" */
	SHORTEST_UNDERLINE = 10,
	LINES_OF_HEAD = 3,
	LONGEST_NAME = 24, /* of a header in such a head, in any language */
	MOST_INDENT = 3,   /* of a quote's '>' */
	MOST_KEPT = 8192,  /* bytes; far more than can be handed on */
	NO_BREAK_SPACE = 0xa0,
	FIRST_VISIBLE = 0xa0, /* below: controls */
};

struct line {
	const char *text;
	size_t length; /* without what ends it, and without blanks there */
};

/* The line at *text, which moves on to the next one; lines end by LF, CRLF or CR. */
static struct line
next_line(const char **text, const char *end)
{
	struct line line = {.text = *text};
	while (*text < end && **text != '\n' && **text != '\r')
		(*text)++;
	line.length = (size_t)(*text - line.text);
	if (*text < end && *(*text)++ == '\r' && *text < end && **text == '\n')
		(*text)++;
	while (line.length && strchr(" \t", line.text[line.length - 1]) &&
	       line.text[line.length - 1])
		line.length--;
	return line;
}

static size_t
run_of(const struct line *line, size_t from, char byte)
{
	size_t count = 0;
	while (from + count < line->length && line->text[from + count] == byte)
		count++;
	return count;
}

static bool
is_quoted(const struct line *line)
{
	size_t indent = run_of(line, 0, ' ');
	return indent <= MOST_INDENT && indent < line->length && line->text[indent] == '>';
}

/* "-- " of a signature, "-----Original Message-----", "__________". */
static bool
is_ruled(const struct line *line)
{
	size_t dashes = run_of(line, 0, '-');
	if (dashes == 2 && line->length == 2)
		return true;
	if (dashes >= SHORTEST_RULE && line->length > dashes)
		return line->text[line->length - 1] == '-';
	return line->length >= SHORTEST_UNDERLINE && run_of(line, 0, '_') == line->length;
}

/* "Name: value", also in bold as "*Name:* value". */
static bool
is_header(const struct line *line)
{
	const char *colon = memchr(line->text, ':', line->length);
	size_t name = colon ? (size_t)(colon - line->text) : 0;
	if (!name || name > LONGEST_NAME || name + 1 == line->length)
		return false;
	for (size_t i = 0; i < name; i++)
		if (strchr(" ,.;!?/<>()0123456789", line->text[i]) && line->text[i])
			return false;
	return true;
}

/* The head of the mail that is answered, as programs put it that do not quote. */
static bool
is_head(const char *text, const char *end)
{
	bool has_address = false;
	for (int i = 0; i < LINES_OF_HEAD; i++) {
		struct line line = next_line(&text, end);
		if (!is_header(&line))
			return false;
		has_address |= memchr(line.text, '@', line.length) != NULL;
	}
	return has_address;
}

static struct line
last_line(const struct str *kept)
{
	const char *text = str_text(kept);
	size_t start = kept->length;
	while (start && text[start - 1] != '\n')
		start--;
	return (struct line){text + start, kept->length - start};
}

static void
cut_blank_end(struct str *kept)
{
	size_t length = kept->length;
	while (length && strchr(" \t\n", kept->data[length - 1]) && kept->data[length - 1])
		length--;
	str_cut(kept, length);
}

static bool
names_somebody(const struct line *line)
{
	bool found = false;
	for (size_t i = 0; i < line->length; i++)
		found |= line->text[i] == '@' || isdigit((unsigned char)line->text[i]);
	return found;
}

/* Whether an attribution that ends with this line begins on the one before. */
static bool
continues(const struct line *line, const struct line *before)
{
	bool has_address = memchr(line->text, '@', line->length) != NULL;
	if (has_address)
		return *line->text == '<' && names_somebody(before);
	return memchr(before->text, '@', before->length) != NULL;
}

/* "On Monday, hayward <...> wrote:" above a quote, on one line or two. */
static void
cut_attribution(struct str *kept)
{
	cut_blank_end(kept);
	struct line line = last_line(kept);
	struct str above = {kept->data, kept->length - line.length, 0};
	above.length -= above.length > 0; /* the line's end */
	struct line before = last_line(&above);
	if (line.length && line.text[line.length - 1] == ':') {
		if (continues(&line, &before))
			str_cut(kept, (size_t)(before.text - str_text(kept)));
		else if (names_somebody(&line))
			str_cut(kept, kept->length - line.length);
		cut_blank_end(kept);
	}
	str_add(kept, "\n\n");
}

void
words_of_answer(const char *text, size_t length, struct str *out)
{
	auto_str kept = {0};
	const char *end = text + length;
	bool in_quote = false;
	while (text < end && kept.length < MOST_KEPT) {
		const char *start = text;
		struct line line = next_line(&text, end);
		if (is_ruled(&line) || is_head(start, end))
			break;
		if (is_quoted(&line) && !in_quote)
			cut_attribution(&kept);
		in_quote = is_quoted(&line);
		if (in_quote)
			continue;
		size_t room = MOST_KEPT - kept.length;
		str_add_bytes(&kept, line.text, line.length < room ? line.length : room);
		str_add_char(&kept, '\n');
	}
	words_fold(str_text(&kept), kept.length, LONGEST_WORDS, out);
}

static bool
is_blank(uint32_t point)
{
	return point == ' ' || (point >= '\t' && point <= '\r') || point == NO_BREAK_SPACE;
}

/* What one character becomes; size 0: a byte that is no UTF-8. */
static void
shown_as(const char *text, size_t size, uint32_t point, char ret_shown[8])
{
	char alone[8] = {0};
	memcpy(alone, text, size);
	bool clean = size && point && text_is_clean(alone);
	if (clean)
		memcpy(ret_shown, alone, sizeof(alone));
	else if (size && point >= FIRST_VISIBLE)
		*ret_shown = '\0';
	else
		memcpy(ret_shown, REPLACEMENT, sizeof(REPLACEMENT));
}

void
words_fold(const char *text, size_t length, size_t most, struct str *out)
{
	size_t start = out->length, limit = start + most - strlen(ELLIPSIS);
	size_t breaks = 0;
	bool blank = false;
	while (length) {
		uint32_t point = 0;
		size_t size = utf8_next(text, length, &point);
		char shown[8] = {0};
		if (size && is_blank(point)) {
			blank = true;
			breaks += point == '\n';
		} else {
			shown_as(text, size, point, shown);
		}
		const char *gap = out->length == start || !blank ? ""
				  : breaks > 1			 ? PARAGRAPH
								 : " ";
		if (*shown && out->length + strlen(gap) + strlen(shown) > limit) {
			str_add(out, ELLIPSIS);
			return;
		}
		if (*shown) {
			str_addf(out, "%s%s", gap, shown);
			blank = false;
			breaks = 0;
		}
		text += size ? size : 1;
		length -= size ? size : 1;
	}
}
