/* SPDX-License-Identifier: Apache-2.0 */
/* The newest sound checkpoint is found, and only a sound one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "store/checkpoint.h"
#include "store/dialogue.h"

static int
setup(void **state)
{
	struct scratch *scratch = malloc(sizeof(*scratch));
	*scratch = scratch_make();
	*state = scratch;
	return 0;
}

static int
teardown(void **state)
{
	scratch_remove(*state);
	free(*state);
	return 0;
}

static void
assert_loads(const struct scratch *scratch, uint64_t last, const char *bytes, uint64_t sequence)
{
	auto_str said = {0};
	struct checkpoint checkpoint = {0};
	int status = checkpoint_load(scratch->directory, last, &said, &checkpoint);
	assert_int_equal(status, bytes ? 0 : -ENOENT);
	if (bytes) {
		assert_string_equal(str_text(&checkpoint.bytes), bytes);
		assert_int_equal(checkpoint.sequence, sequence);
	}
	checkpoint_done(&checkpoint);
}

static void
save(const struct scratch *scratch, uint64_t sequence, const char *bytes)
{
	assert_int_equal(
	    checkpoint_save(scratch->directory, sequence, bytes, strlen(bytes)), 0);
}

static void
test_newest_of_two(void **state)
{
	const struct scratch *scratch = *state;
	assert_loads(scratch, 100, NULL, 0);
	save(scratch, 10, "ten");
	save(scratch, 20, "twenty");
	save(scratch, 30, "thirty");
	assert_loads(scratch, 100, "thirty", 30);
	assert_loads(scratch, 30, "thirty", 30);
	assert_loads(scratch, 29, "twenty", 20);
	assert_loads(scratch, 19, NULL, 0);
}

static void
test_every_changed_byte_is_found(void **state)
{
	const struct scratch *scratch = *state;
	auto_str good = {0};
	save(scratch, 10, "ten");
	save(scratch, 20, "twenty");
	scratch_read(scratch, "checkpoint", &good);
	for (size_t i = 0; i < good.length; i++) {
		good.data[i] ^= 1;
		scratch_write(scratch, "checkpoint", good.data, good.length);
		assert_loads(scratch, 100, "ten", 10);
		scratch_write(scratch, "checkpoint", good.data, i);
		assert_loads(scratch, 100, "ten", 10);
		good.data[i] ^= 1;
	}
	/* Saving over a damaged one keeps the sound older one. */
	save(scratch, 30, "thirty");
	unlinkat(scratch->directory, "checkpoint", 0);
	assert_loads(scratch, 100, "ten", 10);
}

static void
test_too_large(void **state)
{
	const struct scratch *scratch = *state;
	assert_int_equal(
	    checkpoint_save(scratch->directory, 1, "", LARGEST_CHECKPOINT + 1), -EFBIG);
}

static void
test_dialogue_round_trips(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str bytes = {0};
	struct restore restore = {
	    .part = RESTORE_CHECKPOINT, .sequence = 7, .bytes = "abc", .length = 3};
	struct restore back;
	restore_encode(&restore, &bytes);
	assert_int_equal(restore_decode(bytes.data, bytes.length, arena, &back), 0);
	assert_int_equal(back.sequence, 7);
	assert_memory_equal(back.bytes, "abc", 3);
	for (size_t length = 0; length < bytes.length; length++)
		assert_int_equal(restore_decode(bytes.data, length, arena, &back), -EBADMSG);

	const struct record records[] = {sample_record(8), sample_record(9), sample_record(11)};
	restore = (struct restore){.part = RESTORE_RECORDS, .records = records, .count = 2};
	str_clear(&bytes);
	restore_encode(&restore, &bytes);
	assert_int_equal(restore_decode(bytes.data, bytes.length, arena, &back), 0);
	assert_int_equal(back.count, 2);
	assert_memory_equal(back.records, records, 2 * sizeof(records[0]));

	const struct record *batch;
	size_t count;
	str_clear(&bytes);
	records_encode(records, 3, &bytes);
	assert_int_equal(
	    records_decode(bytes.data, bytes.length, arena, &batch, &count), -EBADMSG);
	str_clear(&bytes);
	records_encode(records, 2, &bytes);
	assert_int_equal(records_decode(bytes.data, bytes.length, arena, &batch, &count), 0);
	assert_int_equal(count, 2);
	str_clear(&bytes);
	records_encode(records, 0, &bytes);
	assert_int_equal(
	    records_decode(bytes.data, bytes.length, arena, &batch, &count), -EBADMSG);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_newest_of_two),
	    TEST(test_every_changed_byte_is_found),
	    TEST(test_too_large),
	    TEST(test_dialogue_round_trips),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
