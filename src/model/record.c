/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records out and in on the wire, and out as JSON; in from JSON is
 * record_parse.c. All four walk record_fields.def, so a field added there is
 * carried everywhere.
 */
#include "model/record.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/escape.h"

static const struct {
	const char *name;
	const char *words;
} kinds[] = {
#define RECORD(symbol, name_, words_) [RECORD_##symbol] = {name_, words_},
#include "model/records.def"
#undef RECORD
};

const char *
record_kind_name(enum record_kind kind)
{
	return kinds[kind].name;
}

const char *
record_kind_words(enum record_kind kind)
{
	return kinds[kind].words;
}

int
record_kind_find(const char *name)
{
	for (int kind = 0; kind < RECORD_COUNT; kind++)
		if (strcmp(kinds[kind].name, name) == 0)
			return kind;
	return -1;
}

/* How much of text fits into room bytes without cutting a character in two. */
static size_t
fitting(const char *text, size_t length, size_t room)
{
	size_t fits = 0;
	while (fits < length) {
		uint32_t point;
		size_t size = utf8_next(text + fits, length - fits, &point);
		size = size ? size : 1;
		if (fits + size > room)
			break;
		fits += size;
	}
	return fits;
}

void
record_set_text(char *field, size_t size, const char *text)
{
	size_t length = fitting(text, strlen(text), size - 1);
	memmove(field, text, length);
	/* The rest is zeroed, so that equal records are equal bytes. */
	memset(field + length, 0, size - length);
}

void
record_encode(const struct record *record, struct str *out)
{
	wire_put_u64(out, record->sequence);
	wire_put_u32(out, record->kind);
	wire_put_i64(out, record->at);
	wire_put_i64(out, record->wall);
#define NUMBER(type, member, json)	     wire_put_u64(out, (uint64_t)record->member);
#define IDENTITY(member, json)		     wire_put_u64(out, record->member);
#define WORD(type, member, json, name, find) wire_put_text(out, name(record->member));
#define TEXT(size, member, json)	     wire_put_text(out, record->member);
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
}

/* A number that the type holds; the cast back shows whether it did. */
#define get_number(reader, type)                                                               \
	({                                                                                     \
		uint64_t wide_ = wire_get_u64(reader);                                         \
		(reader)->failed |= (uint64_t)(type)wide_ != wide_;                            \
		(type) wide_;                                                                  \
	})

static int
get_word(struct wire_reader *reader, int (*find)(const char *))
{
	char word[64];
	wire_get_text_into(reader, word, sizeof(word));
	int value = find(word);
	if (value >= 0)
		return value;
	reader->failed = true;
	return 0;
}

struct record
record_decode(struct wire_reader *reader)
{
	struct record record = {0};
	record.sequence = wire_get_u64(reader);
	record.kind = wire_get_below(reader, RECORD_COUNT);
	record.at = wire_get_i64(reader);
	record.wall = wire_get_i64(reader);
#define NUMBER(type, member, json)	      record.member = get_number(reader, type);
#define IDENTITY(member, json)		      record.member = wire_get_u64(reader);
#define WORD(type, member, json, name, find_) record.member = (type)get_word(reader, find_);
#define TEXT(size, member, json)	      wire_get_text_into(reader, record.member, size);
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
	return record;
}

void
record_batch_encode(const struct record *records, size_t count, struct str *out)
{
	wire_put_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		record_encode(&records[i], out);
}

/* Bytes that an encoded record has at least: what bounds a count from outside. */
enum {
#define NUMBER(type, member, json)	     +8
#define IDENTITY(member, json)		     +8
#define WORD(type, member, json, name, find) +4
#define TEXT(size, member, json)	     +4
	LEAST_ENCODED = 8 + 4 + 8 + 8
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
};

const struct record *
record_batch_decode(struct wire_reader *reader, struct arena *arena, size_t *ret_count)
{
	uint32_t count = wire_get_count(reader, LEAST_ENCODED);
	struct record *records = arena_alloc(arena, count * sizeof(*records));
	for (uint32_t i = 0; i < count && !reader->failed; i++)
		records[i] = record_decode(reader);
	*ret_count = reader->failed ? 0 : count;
	return records;
}

/* Whether a byte stands for itself in escaped text and in JSON. */
static bool
is_plain(char character)
{
	return character >= ' ' && character <= '~' && character != '"' && character != '\\';
}

/* Bytes that are not plain, as escape_text() leaves them: only \ and " remain to be escaped. */
static void
add_special(struct str *out, const char *text, size_t length)
{
	auto_str clean = {0};
	escape_bytes(&clean, text, length);
	for (const char *at = str_text(&clean); *at; at++) {
		if (*at == '"' || *at == '\\')
			str_add_char(out, '\\');
		str_add_char(out, *at);
	}
}

static void
add_json_text(struct str *out, const char *text)
{
	str_add_char(out, '"');
	while (*text) {
		size_t plain = 0, special = 0;
		while (is_plain(text[plain]))
			plain++;
		str_add_bytes(out, text, plain);
		text += plain;
		while (text[special] && !is_plain(text[special]))
			special++;
		add_special(out, text, special);
		text += special;
	}
	str_add_char(out, '"');
}

static void
add_text(struct str *out, const char *name, const char *text)
{
	if (!*text)
		return;
	str_addf(out, ",\"%s\":", name);
	add_json_text(out, text);
}

static void
add_signed(struct str *out, const char *name, int64_t value)
{
	if (value)
		str_addf(out, ",\"%s\":%" PRId64, name, value);
}

static void
add_unsigned(struct str *out, const char *name, uint64_t value)
{
	if (value)
		str_addf(out, ",\"%s\":%" PRIu64, name, value);
}

static void
add_identity(struct str *out, const char *name, uint64_t value)
{
	if (value)
		str_addf(out, ",\"%s\":\"%016" PRIx64 "\"", name, value);
}

#define add_number(out, name, value)                                                           \
	_Generic((value), int64_t : add_signed, default : add_unsigned)(out, name, value)

void
record_print(const struct record *record, struct str *out)
{
	str_addf(out, "{\"sequence\":%" PRIu64 ",\"record\":\"%s\"", record->sequence,
	    record_kind_name(record->kind));
	str_addf(out, ",\"at\":%" PRId64 ",\"wall\":%" PRId64, record->at, record->wall);
#define NUMBER(type, member, json) add_number(out, json, record->member);
#define IDENTITY(member, json)	   add_identity(out, json, record->member);
#define WORD(type, member, json, name, find)                                                   \
	if (record->member)                                                                    \
		add_text(out, json, name(record->member));
#define TEXT(size, member, json) add_text(out, json, record->member);
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
	str_add_char(out, '}');
}
