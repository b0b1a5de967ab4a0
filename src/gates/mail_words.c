/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mail_words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "gates/mime.h"

struct read {
	struct mail_words *found;
	struct words words;
};

static void
note_run(void *context, uint32_t run)
{
	struct read *read = context;
	if (run && read->found->count < MAIL_WORDS_MOST)
		read->found->runs[read->found->count++] = run;
}

static void
pass_address(void *context, uint64_t hash)
{
	(void)context, (void)hash;
}

/* ---- what a text is wrapped in ---- */

static int
hexadecimal(char byte)
{
	if (!isxdigit((unsigned char)byte))
		return -1;
	return isdigit((unsigned char)byte) ? byte - '0'
					    : tolower((unsigned char)byte) - 'a' + 10;
}

/* "=41", and "=" at the end of a line, which joins it to the next. */
static void
feed_quoted(struct read *read, const char *at, const char *end)
{
	while (at < end) {
		int high = *at == '=' && end - at > 2 ? hexadecimal(at[1]) : -1;
		int low = high >= 0 ? hexadecimal(at[2]) : -1;
		char byte = low >= 0 ? (char)(high << 4 | low) : *at;
		if (*at == '=' && end - at > 1 && at[1] == '\n')
			at += 2;
		else if (*at == '=' && end - at > 2 && at[1] == '\r' && at[2] == '\n')
			at += 3;
		else {
			words_feed(&read->words, &byte, 1);
			at += low >= 0 ? 3 : 1;
		}
	}
}

static int
digit64(char byte)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = byte ? strchr(digits, byte) : NULL;
	return found ? (int)(found - digits) : -1;
}

static void
feed_base64(struct read *read, const char *at, const char *end)
{
	uint32_t bits = 0;
	int count = 0;
	for (; at < end && *at != '='; at++) {
		int digit = digit64(*at);
		if (digit < 0)
			continue;
		bits = bits << 6 | (uint32_t)digit;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		char byte = (char)(bits >> count);
		words_feed(&read->words, &byte, 1);
	}
}

static void
read_part(void *context, const struct mime_part *part)
{
	struct read *read = context;
	const char *at = part->start + part->body, *end = part->start + part->length;
	bool is_text = !*part->type || text_starts_with(part->type, "text/");
	if (!is_text || part->attached || part->body > part->length)
		return;
	if (!strcmp(part->encoding, "base64"))
		feed_base64(read, at, end);
	else if (!strcmp(part->encoding, "quoted-printable"))
		feed_quoted(read, at, end);
	else
		words_feed(&read->words, at, (size_t)(end - at));
	words_break(&read->words);
}

/* ---- */

static int
compare(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
	return (a > b) - (a < b);
}

void
mail_words_read(
    struct mail_words *words, const uint8_t key[WORDS_KEY], const char *message, size_t length)
{
	static const struct words_events events = {note_run, pass_address};
	struct read read = {.found = words};
	size_t kept = 0;
	words->count = 0;
	words_begin(&read.words, key, &events, &read);
	/* What it does not look into is told as a whole, which is text then or nothing. */
	(void)mime_walk(message,
	    length < MAIL_WORDS_MOST_BYTES ? length : MAIL_WORDS_MOST_BYTES, read_part, &read);
	qsort(words->runs, words->count, sizeof(*words->runs), compare);
	for (size_t i = 0; i < words->count; i++)
		if (!kept || words->runs[kept - 1] != words->runs[i])
			words->runs[kept++] = words->runs[i];
	words->count = kept;
}
