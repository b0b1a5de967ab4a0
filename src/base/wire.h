/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encoding and decoding of what processes say to each other and of what is
 * checkpointed: little-endian integers, length-prefixed texts. A reader never
 * goes past its end: after the first thing that does not fit it yields zeroes
 * and remembers that it failed, so a decoder is checked once, by wire_end().
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct wire_reader {
	const unsigned char *at;
	const unsigned char *end;
	bool failed;
};

void wire_put_u8(struct str *out, uint8_t value);
void wire_put_u32(struct str *out, uint32_t value);
void wire_put_u64(struct str *out, uint64_t value);
void wire_put_i64(struct str *out, int64_t value);

/* A text, NULL being written as "". */
void wire_put_text(struct str *out, const char *text);
void wire_put_bytes(struct str *out, const void *bytes, size_t length);

struct wire_reader wire_read(const void *bytes, size_t length);
uint8_t wire_get_u8(struct wire_reader *reader);
uint32_t wire_get_u32(struct wire_reader *reader);
uint64_t wire_get_u64(struct wire_reader *reader);
int64_t wire_get_i64(struct wire_reader *reader);

/* A value below limit; anything else fails the reader. For enums. */
uint32_t wire_get_below(struct wire_reader *reader, uint32_t limit);

/* A count of elements that take at least element_size bytes each: what cannot fit fails. */
uint32_t wire_get_count(struct wire_reader *reader, size_t element_size);

/*
 * A text of at most max bytes without NUL, copied into the arena; "" when it
 * does not fit. Never NULL.
 */
const char *wire_get_text(struct wire_reader *reader, struct arena *arena, size_t max);

/* A text into a buffer of size bytes; longer ones, and ones with NUL, fail the reader. */
void wire_get_text_into(struct wire_reader *reader, char *buffer, size_t size);

/* Bytes inside the message itself (valid as long as it); NULL when they do not fit. */
const void *wire_get_bytes(struct wire_reader *reader, size_t max, size_t *ret_length);

/* 0 if everything was read and fitted, -EBADMSG otherwise (bytes left over included). */
int wire_end(const struct wire_reader *reader) must_use;

#endif
