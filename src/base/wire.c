/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

void
wire_put_u8(struct str *out, uint8_t value)
{
	str_add_bytes(out, &value, sizeof(value));
}

void
wire_put_u32(struct str *out, uint32_t value)
{
	uint32_t little = htole32(value);
	str_add_bytes(out, &little, sizeof(little));
}

void
wire_put_u64(struct str *out, uint64_t value)
{
	uint64_t little = htole64(value);
	str_add_bytes(out, &little, sizeof(little));
}

void
wire_put_i64(struct str *out, int64_t value)
{
	wire_put_u64(out, (uint64_t)value);
}

void
wire_put_bytes(struct str *out, const void *bytes, size_t length)
{
	wire_put_u32(out, (uint32_t)length);
	str_add_bytes(out, bytes, length);
}

void
wire_put_text(struct str *out, const char *text)
{
	wire_put_bytes(out, text ? text : "", text ? strlen(text) : 0);
}

struct wire_reader
wire_read(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	return (struct wire_reader){.at = at, .end = length ? at + length : at};
}

/* The next length bytes, or NULL (and a failed reader) if there are fewer. */
static const unsigned char *
next(struct wire_reader *reader, size_t length)
{
	if (reader->failed || length > (size_t)(reader->end - reader->at)) {
		reader->failed = true;
		return NULL;
	}
	const unsigned char *bytes = reader->at;
	reader->at += length;
	return bytes;
}

uint8_t
wire_get_u8(struct wire_reader *reader)
{
	const unsigned char *bytes = next(reader, 1);
	return bytes ? *bytes : 0;
}

uint32_t
wire_get_u32(struct wire_reader *reader)
{
	uint32_t little = 0;
	const unsigned char *bytes = next(reader, sizeof(little));
	if (bytes)
		memcpy(&little, bytes, sizeof(little));
	return le32toh(little);
}

uint64_t
wire_get_u64(struct wire_reader *reader)
{
	uint64_t little = 0;
	const unsigned char *bytes = next(reader, sizeof(little));
	if (bytes)
		memcpy(&little, bytes, sizeof(little));
	return le64toh(little);
}

int64_t
wire_get_i64(struct wire_reader *reader)
{
	return (int64_t)wire_get_u64(reader);
}

uint32_t
wire_get_below(struct wire_reader *reader, uint32_t limit)
{
	uint32_t value = wire_get_u32(reader);
	if (value < limit)
		return value;
	reader->failed = true;
	return 0;
}

uint32_t
wire_get_count(struct wire_reader *reader, size_t element_size)
{
	uint32_t count = wire_get_u32(reader);
	if (!reader->failed && count <= (size_t)(reader->end - reader->at) / element_size)
		return count;
	reader->failed = true;
	return 0;
}

const void *
wire_get_bytes(struct wire_reader *reader, size_t max, size_t *ret_length)
{
	*ret_length = 0;
	uint32_t length = wire_get_u32(reader);
	if (length > max)
		reader->failed = true;
	const unsigned char *bytes = next(reader, length);
	if (bytes)
		*ret_length = length;
	return bytes;
}

/* As wire_get_bytes, refusing NULs. */
static const char *
get_text(struct wire_reader *reader, size_t max, size_t *ret_length)
{
	const char *bytes = wire_get_bytes(reader, max, ret_length);
	if (bytes && memchr(bytes, '\0', *ret_length)) {
		reader->failed = true;
		*ret_length = 0;
		return NULL;
	}
	return bytes;
}

const char *
wire_get_text(struct wire_reader *reader, struct arena *arena, size_t max)
{
	size_t length;
	const char *bytes = get_text(reader, max, &length);
	return arena_copy(arena, bytes ? bytes : "", length);
}

void
wire_get_text_into(struct wire_reader *reader, char *buffer, size_t size)
{
	size_t length;
	const char *bytes = get_text(reader, size - 1, &length);
	if (length)
		memcpy(buffer, bytes, length);
	buffer[length] = '\0';
}

int
wire_end(const struct wire_reader *reader)
{
	return reader->failed || reader->at != reader->end ? -EBADMSG : 0;
}
