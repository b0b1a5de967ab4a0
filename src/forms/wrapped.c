/* SPDX-License-Identifier: Apache-2.0 */
#include "forms/wrapped.h"

#include <string.h>

void
wrapped_begin(struct wrapped *wrapped, const uint8_t key[WORDS_KEY],
    const struct words_events *events, void *context)
{
	*wrapped = (struct wrapped){0};
	words_begin(&wrapped->words, key, events, context);
}

/* In addresses of pages "-" and "_" stand for the last two. */
static int
digit_of(char byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return byte - 'A';
	if (byte >= 'a' && byte <= 'z')
		return byte - 'a' + 26;
	if (byte >= '0' && byte <= '9')
		return byte - '0' + 52;
	if (byte == '+' || byte == '-')
		return 62;
	return byte == '/' || byte == '_' ? 63 : -1;
}

/* A picture would drive out of the trace what its visitor wrote. */
static bool
is_text(char byte)
{
	return (unsigned char)byte >= ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static void
take(struct wrapped *wrapped, char byte)
{
	wrapped->is_binary |= !is_text(byte);
	if (wrapped->is_binary)
		return;
	if (wrapped->digits <= WRAPPED_LEAST)
		wrapped->held[wrapped->held_length++] = byte;
	else
		words_feed(&wrapped->words, &byte, 1);
	if (wrapped->digits != WRAPPED_LEAST)
		return;
	words_feed(&wrapped->words, wrapped->held, wrapped->held_length);
}

void
wrapped_end(struct wrapped *wrapped)
{
	if (wrapped->digits >= WRAPPED_LEAST)
		words_break(&wrapped->words);
	wrapped->digits = wrapped->held_length = 0;
	wrapped->bit_count = 0;
	wrapped->is_binary = false;
}

/* Programs break it into lines. */
static void
feed(struct wrapped *wrapped, char byte)
{
	int digit = digit_of(byte);
	if (digit < 0) {
		if (byte != '\r' && byte != '\n')
			wrapped_end(wrapped);
		return;
	}
	wrapped->digits++;
	wrapped->bits = wrapped->bits << 6 | (uint32_t)digit;
	wrapped->bit_count += 6;
	if (wrapped->bit_count < 8)
		return;
	wrapped->bit_count -= 8;
	take(wrapped, (char)(wrapped->bits >> wrapped->bit_count));
}

void
wrapped_feed(struct wrapped *wrapped, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		feed(wrapped, bytes[i]);
}
