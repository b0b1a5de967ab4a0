/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of the journal back into a record: the inverse of record_print().
 * It reads the JSON that record_print() writes, one flat object without
 * spaces, and nothing else: a line that is read differently from how it was
 * written must not be replayed. Members may come in any order, but each once.
 */
#include "model/record.h"

#include <errno.h>
#include <string.h>

struct cursor {
	const char *at;
	const char *end;
	bool failed;
};

static bool
skip(struct cursor *cursor, char expected)
{
	if (cursor->failed || cursor->at == cursor->end || *cursor->at != expected) {
		cursor->failed = true;
		return false;
	}
	cursor->at++;
	return true;
}

static bool
looks_at(const struct cursor *cursor, char character)
{
	return !cursor->failed && cursor->at < cursor->end && *cursor->at == character;
}

/* number = [ "-" ] ( "0" | digit without 0 , { digit } ) ; as magnitude and sign. */
static uint64_t
parse_magnitude(struct cursor *cursor, bool *ret_negative)
{
	*ret_negative = looks_at(cursor, '-') && skip(cursor, '-');
	const char *start = cursor->at;
	uint64_t value = 0;
	while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
		uint64_t digit = (uint64_t)(*cursor->at++ - '0');
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			cursor->failed = true;
	}
	bool leading_zero = cursor->at - start > 1 && *start == '0';
	cursor->failed |= cursor->at == start || leading_zero || (*ret_negative && !value);
	return value;
}

static int64_t
parse_signed(struct cursor *cursor)
{
	bool negative;
	uint64_t magnitude = parse_magnitude(cursor, &negative);
	if (magnitude > (uint64_t)INT64_MAX + negative)
		cursor->failed = true;
	return (int64_t)(negative ? 0 - magnitude : magnitude);
}

static uint64_t
parse_unsigned(struct cursor *cursor, uint64_t most)
{
	bool negative;
	uint64_t value = parse_magnitude(cursor, &negative);
	cursor->failed |= negative || value > most;
	return value;
}

/* One character of a JSON string as record_print() writes it, or -1 at its end or if it is
 * none. */
static int
next_character(struct cursor *cursor)
{
	if (cursor->failed || cursor->at == cursor->end || looks_at(cursor, '"'))
		return -1;
	if (looks_at(cursor, '\\')) {
		cursor->at++;
		if (!looks_at(cursor, '"') && !looks_at(cursor, '\\'))
			cursor->failed = true;
		if (cursor->failed)
			return -1;
	}
	return (unsigned char)*cursor->at++;
}

static unsigned
hex_digit(struct cursor *cursor)
{
	static const char digits[] = "0123456789abcdef";
	int character = next_character(cursor);
	const char *found = character > 0 ? strchr(digits, character) : NULL;
	cursor->failed |= !found;
	return found ? (unsigned)(found - digits) : 0;
}

/* What escape_text() made of one byte, undone: \\ and \xNN; NUL cannot have been there. */
static char
unescape(struct cursor *cursor)
{
	int character = next_character(cursor);
	if (character == '\\')
		return '\\';
	cursor->failed |= character != 'x';
	unsigned high = hex_digit(cursor), low = hex_digit(cursor);
	cursor->failed |= !(high << 4 | low);
	return (char)(high << 4 | low);
}

static void
parse_text(struct cursor *cursor, char *field, size_t size)
{
	size_t length = 0;
	skip(cursor, '"');
	for (int character; (character = next_character(cursor)) >= 0;) {
		cursor->failed |= character < 0x20 || length + 1 >= size;
		if (cursor->failed)
			return;
		field[length++] = character == '\\' ? unescape(cursor) : (char)character;
	}
	skip(cursor, '"');
}

static uint64_t
parse_identity(struct cursor *cursor)
{
	uint64_t value = 0;
	skip(cursor, '"');
	for (int i = 0; i < 16; i++)
		value = value << 4 | hex_digit(cursor);
	skip(cursor, '"');
	return value;
}

static int
parse_word(struct cursor *cursor, int (*find)(const char *))
{
	char word[64] = "";
	parse_text(cursor, word, sizeof(word));
	int value = cursor->failed ? -1 : find(word);
	cursor->failed |= value < 0;
	return value < 0 ? 0 : value;
}

/* The largest value of an unsigned type. */
#define most_of(type) ((uint64_t)(type) ~(type)0)

#define parse_number(cursor, type)                                                             \
	_Generic((type)0, int64_t                                                              \
		 : (type)parse_signed(cursor), default                                         \
		 : (type)parse_unsigned(cursor, most_of(type)))

enum field {
	FIELD_sequence,
	FIELD_record,
	FIELD_at,
	FIELD_wall,
#define NUMBER(type, member, json)	     FIELD_##member,
#define IDENTITY(member, json)		     FIELD_##member,
#define WORD(type, member, json, name, find) FIELD_##member,
#define TEXT(size, member, json)	     FIELD_##member,
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
	FIELD_COUNT
};

static const char *const field_names[] = {
    "sequence",
    "record",
    "at",
    "wall",
#define NUMBER(type, member, json)	     json,
#define IDENTITY(member, json)		     json,
#define WORD(type, member, json, name, find) json,
#define TEXT(size, member, json)	     json,
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
};

static enum field
parse_name(struct cursor *cursor)
{
	char name[32] = "";
	parse_text(cursor, name, sizeof(name));
	for (enum field field = 0; field < FIELD_COUNT; field++)
		if (strcmp(name, field_names[field]) == 0)
			return field;
	cursor->failed = true;
	return FIELD_COUNT;
}

/* clang-format off */
static void
parse_value(struct cursor *cursor, enum field field, struct record *record)
{
	switch (field) {
	case FIELD_sequence: record->sequence = parse_unsigned(cursor, UINT64_MAX); break;
	case FIELD_record: record->kind = (enum record_kind)parse_word(cursor, record_kind_find); break;
	case FIELD_at: record->at = parse_signed(cursor); break;
	case FIELD_wall: record->wall = parse_signed(cursor); break;
#define NUMBER(type, member, json) \
	case FIELD_##member: record->member = parse_number(cursor, type); break;
#define IDENTITY(member, json) \
	case FIELD_##member: record->member = parse_identity(cursor); break;
#define WORD(type, member, json, name, find_) \
	case FIELD_##member: record->member = (type)parse_word(cursor, find_); break;
#define TEXT(size, member, json) \
	case FIELD_##member: parse_text(cursor, record->member, size); break;
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
	case FIELD_COUNT: break;
	}
}
/* clang-format on */

_Static_assert(FIELD_COUNT <= 64, "the set of fields seen is one 64-bit word");

static void
parse_member(struct cursor *cursor, uint64_t *seen, struct record *record)
{
	enum field field = parse_name(cursor);
	skip(cursor, ':');
	if (cursor->failed || (*seen & UINT64_C(1) << field)) {
		cursor->failed = true;
		return;
	}
	*seen |= UINT64_C(1) << field;
	parse_value(cursor, field, record);
}

int
record_parse(const char *line, size_t length, struct record *ret_record)
{
	const uint64_t needed = UINT64_C(1) << FIELD_sequence | UINT64_C(1) << FIELD_record |
				UINT64_C(1) << FIELD_at | UINT64_C(1) << FIELD_wall;
	struct cursor cursor = {.at = line, .end = line + length};
	struct record record = {0};
	uint64_t seen = 0;
	skip(&cursor, '{');
	do
		parse_member(&cursor, &seen, &record);
	while (looks_at(&cursor, ',') && skip(&cursor, ','));
	skip(&cursor, '}');
	if (cursor.failed || cursor.at != cursor.end || (seen & needed) != needed)
		return -EBADMSG;
	*ret_record = record;
	return 0;
}
