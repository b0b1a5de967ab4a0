/* SPDX-License-Identifier: Apache-2.0 */
/* Records survive the wire and the journal's JSON byte for byte, whatever customers put in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "model/record.h"

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
fill_hostile(char *field, size_t size, uint64_t *state)
{
	size_t length = next_random(state) % size;
	for (size_t i = 0; i < length; i++)
		field[i] = (char)(1 + next_random(state) % 255);
}

/* Any value of its field, the largest and the smallest more often than chance has it. */
static uint64_t
hostile_number(uint64_t *state)
{
	static const uint64_t favourites[] = {0, 1, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MIN};
	uint64_t drawn = next_random(state);
	return drawn % 4 ? next_random(state) : favourites[drawn / 4 % 5];
}

static struct record
hostile_record(uint64_t *state)
{
	struct record record;
	memset(&record, 0, sizeof(record));
	record.sequence = hostile_number(state);
	record.kind = (enum record_kind)(next_random(state) % RECORD_COUNT);
	record.at = (int64_t)hostile_number(state);
	record.wall = (int64_t)hostile_number(state);
#define NUMBER(type, member, json)	     record.member = (type)hostile_number(state);
#define IDENTITY(member, json)		     record.member = hostile_number(state);
#define WORD(type, member, json, name, find) record.member = (type)(next_random(state) % 3);
#define TEXT(size, member, json)	     fill_hostile(record.member, size, state);
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
	return record;
}

static void
assert_same(const struct record *one, const struct record *other)
{
	assert_int_equal(one->sequence, other->sequence);
	assert_int_equal(one->kind, other->kind);
	assert_int_equal(one->at, other->at);
	assert_int_equal(one->wall, other->wall);
#define NUMBER(type, member, json)	     assert_true(one->member == other->member);
#define IDENTITY(member, json)		     assert_true(one->member == other->member);
#define WORD(type, member, json, name, find) assert_int_equal(one->member, other->member);
#define TEXT(size, member, json)	     assert_string_equal(one->member, other->member);
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
}

static void
test_wire_round_trip(void **unused)
{
	(void)unused;
	uint64_t state = 4711;
	for (int i = 0; i < 2000; i++) {
		struct record record = hostile_record(&state);
		auto_str bytes = {0};
		record_encode(&record, &bytes);
		struct wire_reader reader = wire_read(bytes.data, bytes.length);
		struct record back = record_decode(&reader);
		assert_int_equal(wire_end(&reader), 0);
		assert_same(&record, &back);
	}
}

static void
test_wire_refuses_every_cut(void **unused)
{
	(void)unused;
	uint64_t state = 17;
	struct record record = hostile_record(&state);
	auto_str bytes = {0};
	record_batch_encode(&record, 1, &bytes);
	for (size_t length = 0; length < bytes.length; length++) {
		auto_arena struct arena *arena = arena_new();
		struct wire_reader reader = wire_read(bytes.data, length);
		size_t count;
		const struct record *records = record_batch_decode(&reader, arena, &count);
		assert_non_null(records);
		assert_int_equal(count, 0);
		assert_int_equal(wire_end(&reader), -EBADMSG);
	}
}

static void
test_json_round_trip(void **unused)
{
	(void)unused;
	uint64_t state = 1;
	for (int i = 0; i < 2000; i++) {
		struct record record = hostile_record(&state);
		auto_str line = {0};
		record_print(&record, &line);
		assert_null(memchr(line.data, '\n', line.length));
		struct record back;
		assert_int_equal(record_parse(line.data, line.length, &back), 0);
		assert_same(&record, &back);
	}
}

/* Another reader of JSON sees what we meant. */
static void
test_json_is_json(void **unused)
{
	(void)unused;
	struct record record = {.sequence = 7, .kind = RECORD_OPENED, .action = 0xdeadbeef};
	record_set_text(record.label, sizeof(record.label), "a\"b\\c\n\xff\xe2\x80\xae");
	auto_str line = {0};
	record_print(&record, &line);
	json_t *json = json_loadb(line.data, line.length, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "subject")),
	    "a\"b\\\\c\\x0a\\xff\\xe2\\x80\\xae");
	assert_string_equal(
	    json_string_value(json_object_get(json, "action")), "00000000deadbeef");
	json_decref(json);
}

static void
test_parse_refuses(void **unused)
{
	(void)unused;
	/* clang-format off */
	static const char *const lines[] = {
	    "",
	    "{}",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":2}",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":2,\"wall\":3} ",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":2,\"wall\":3,}",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":2,\"wall\":3,\"wall\":3}",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":2,\"wall\":3,\"unknown\":3}",
	    "{\"sequence\":-1,\"record\":\"opened\",\"at\":2,\"wall\":3}",
	    "{\"sequence\":01,\"record\":\"opened\",\"at\":2,\"wall\":3}",
	    "{\"sequence\":18446744073709551616,\"record\":\"opened\",\"at\":2,\"wall\":3}",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":9223372036854775808,\"wall\":3}",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":-0,\"wall\":3}",
	    "{\"sequence\":1,\"record\":\"nonsense\",\"at\":2,\"wall\":3}",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":2,\"wall\":3,\"step\":4294967296}",
	    "{\"sequence\":1,\"record\":\"closed\",\"at\":2,\"wall\":3,\"verb\":\"0123456789abcdef01234567\"}",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":2,\"wall\":3,\"clause\":\"\\\\x00\"}",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":2,\"wall\":3,\"clause\":\"\\n\"}",
	    "{\"sequence\":1,\"record\":\"opened\",\"at\":2,\"wall\":3,\"key\":\"12\"}",
	};
	/* clang-format on */
	struct record record;
	for (size_t i = 0; i < array_length(lines); i++)
		if (record_parse(lines[i], strlen(lines[i]), &record) != -EBADMSG)
			fail_msg("accepted: %s", lines[i]);
}

static void
test_set_text_cuts_at_a_character(void **unused)
{
	(void)unused;
	char field[6];
	record_set_text(field, sizeof(field), "abcd\xc3\xa9");
	assert_string_equal(field, "abcd");
	record_set_text(field, sizeof(field), "abc\xc3\xa9x");
	assert_string_equal(field, "abc\xc3\xa9");
	record_set_text(field, sizeof(field), "\xff\xff\xff\xff\xff\xff");
	assert_string_equal(field, "\xff\xff\xff\xff\xff");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wire_round_trip),
	    cmocka_unit_test(test_wire_refuses_every_cut),
	    cmocka_unit_test(test_json_round_trip),
	    cmocka_unit_test(test_json_is_json),
	    cmocka_unit_test(test_parse_refuses),
	    cmocka_unit_test(test_set_text_cuts_at_a_character),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
