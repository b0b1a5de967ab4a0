/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's handlers in a frame of the test's own: how a life begins, what
 * is sent again, what is refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model/frame.h"
#include "procs/sensor_state.h"
#include "store/dialogue.h"
#include "engine_stage.h"

/* The keeper's side. */

static void
tell_checkpoint(struct stage *stage, uint64_t sequence, const void *bytes, size_t length)
{
	auto_str message = {0};
	struct restore part = {
	    .part = RESTORE_CHECKPOINT, .sequence = sequence, .bytes = bytes, .length = length};
	restore_encode(&part, &message);
	assert_int_equal(hear(stage, PROCESS_KEEPER, MESSAGE_RESTORE, &message), 0);
}

static void
tell_records(struct stage *stage, uint64_t first, uint64_t last, int64_t at)
{
	auto_str message = {0};
	struct record records[8] = {0};
	size_t count = 0;
	for (uint64_t sequence = first; sequence <= last; sequence++)
		records[count++] = (struct record){.sequence = sequence,
		    .kind = RECORD_STARTED,
		    .at = at,
		    .wall = clock_wall()};
	struct restore part = {.part = RESTORE_RECORDS, .records = records, .count = count};
	restore_encode(&part, &message);
	assert_int_equal(hear(stage, PROCESS_KEEPER, MESSAGE_RESTORE, &message), 0);
}

static int
acknowledge(struct stage *stage, uint64_t sequence)
{
	auto_str message = {0};
	struct ack ack = {sequence, 0};
	ack_encode(&ack, &message);
	return hear(stage, PROCESS_KEEPER, MESSAGE_ACK, &message);
}

/* The records that the engine sent last, copied into the arena; NULL if it sent none. */
static const struct record *
last_records(const struct stage *stage, struct arena *arena, size_t *ret_count)
{
	const struct record *records = NULL;
	for (size_t i = stage->sent_count; i-- > 0 && !records;)
		if (stage->sent[i].message == MESSAGE_RECORDS)
			assert_int_equal(
			    records_decode(stage->sent[i].bytes.data,
				stage->sent[i].bytes.length, arena, &records, ret_count),
			    0);
	return records;
}

static uint64_t
first_new_record(const struct stage *stage)
{
	auto_arena struct arena *arena = arena_new();
	size_t count;
	const struct record *records = last_records(stage, arena, &count);
	assert_non_null(records);
	return records[0].sequence;
}

static uint64_t
last_new_record(const struct stage *stage)
{
	auto_arena struct arena *arena = arena_new();
	size_t count;
	const struct record *records = last_records(stage, arena, &count);
	assert_non_null(records);
	return records[count - 1].sequence;
}

/* The tests. */

static void
test_nothing_before_the_past_is_known(void **state)
{
	struct stage *stage = *state;
	auto_str bytes = {0};
	struct frame frame = {
	    .at = clock_boot(), .interval_ns = 1000000000, .cpu_ns = 1, .memory = 1};
	frame_encode(&frame, &bytes);
	assert_int_equal(hear(stage, PROCESS_SENSOR, MESSAGE_FRAME, &bytes), 0);
	assert_int_equal(count_sent(stage, MESSAGE_RECORDS), 0);
	tell_end(stage, 0);
	assert_int_equal(first_new_record(stage), 1);
}

static void
test_goes_on_after_the_records(void **state)
{
	struct stage *stage = *state;
	auto_arena struct arena *arena = arena_new();
	int64_t later = clock_wall() + 86400000;
	tell_records(stage, 1, 3, later);
	tell_records(stage, 4, 5, later);
	assert_int_equal(count_sent(stage, MESSAGE_RECORDS), 0);
	tell_end(stage, 5);
	size_t count;
	const struct record *records = last_records(stage, arena, &count);
	assert_int_equal(records[0].sequence, 6);
	/* Policy time never goes back, though the wall clock does. */
	assert_true(records[0].at >= later);
}

static void
test_unanswered_is_sent_again(void **state)
{
	struct stage *stage = *state;
	stage->keeper = false;
	tell_end(stage, 0);
	assert_int_equal(count_sent(stage, MESSAGE_RECORDS), 0);
	stage->keeper = true;
	stage->engine->peer(&stage->frame, PROCESS_KEEPER, true);
	assert_int_equal(count_sent(stage, MESSAGE_RECORDS), 1);
	uint64_t sequence = last_new_record(stage);
	stage->engine->peer(&stage->frame, PROCESS_KEEPER, false);
	stage->engine->peer(&stage->frame, PROCESS_KEEPER, true);
	assert_int_equal(count_sent(stage, MESSAGE_RECORDS), 2);
	/* A keeper that was started anew tells what the engine has lived through. */
	tell_end(stage, 0);
	assert_int_equal(acknowledge(stage, sequence), 0);
	forget_sent(stage);
	stage->engine->peer(&stage->frame, PROCESS_KEEPER, true);
	assert_int_equal(count_sent(stage, MESSAGE_RECORDS), 0);
}

static void
test_useless_checkpoint(void **state)
{
	struct stage *stage = *state;
	tell_checkpoint(stage, 3, "of another version", 18);
	assert_int_equal(count_sent(stage, MESSAGE_RESTORE_ALL), 1);
	/* These were on their way already. */
	tell_records(stage, 4, 5, 1000);
	tell_end(stage, 5);
	assert_int_equal(count_sent(stage, MESSAGE_RECORDS), 0);
	tell_records(stage, 1, 5, 1000);
	tell_end(stage, 5);
	assert_int_equal(first_new_record(stage), 6);
}

static void
test_keeper_dies_while_it_tells(void **state)
{
	struct stage *stage = *state;
	tell_records(stage, 1, 3, 1000);
	stage->engine->peer(&stage->frame, PROCESS_KEEPER, false);
	stage->engine->peer(&stage->frame, PROCESS_KEEPER, true);
	tell_records(stage, 1, 2, 1000);
	tell_end(stage, 2);
	assert_int_equal(first_new_record(stage), 3);
}

static void
test_checkpoint_there_and_back(void **state)
{
	struct stage *stage = *state;
	auto_arena struct arena *arena = arena_new();
	tell_end(stage, 0);
	uint64_t sequence = last_new_record(stage);
	assert_int_equal(acknowledge(stage, sequence), 0);
	end_life(stage);
	const struct sent *sent = &stage->sent[stage->sent_count - 1];
	assert_int_equal(sent->message, MESSAGE_CHECKPOINT);
	uint64_t as_of;
	const void *bytes;
	size_t length;
	assert_int_equal(
	    checkpoint_decode(sent->bytes.data, sent->bytes.length, &as_of, &bytes, &length),
	    0);
	const void *kept = arena_copy(arena, bytes, length);
	forget_sent(stage);
	begin_life(stage);
	tell_checkpoint(stage, as_of, kept, length);
	assert_int_equal(count_sent(stage, MESSAGE_RESTORE_ALL), 0);
	tell_end(stage, as_of);
	assert_int_equal(first_new_record(stage), as_of + 1);
}

static void
test_sensor_states_wait(void **state)
{
	struct stage *stage = *state;
	auto_str bytes = {0};
	const struct sensor_state said = {SENSOR_KERNEL, true, "BPF", ""};
	sensor_states_encode(&said, 1, &bytes);
	assert_int_equal(hear(stage, PROCESS_SENSOR, MESSAGE_SENSOR_STATE, &bytes), 0);
	tell_end(stage, 0);
	str_cut(&bytes, bytes.length - 1);
	assert_int_equal(hear(stage, PROCESS_SENSOR, MESSAGE_SENSOR_STATE, &bytes), -EBADMSG);
}

static void
test_nonsense(void **state)
{
	struct stage *stage = *state;
	static const struct {
		enum process from;
		enum message message;
	} said[] = {
	    {PROCESS_KEEPER, MESSAGE_RESTORE},
	    {PROCESS_KEEPER, MESSAGE_ACK},
	    {PROCESS_SENSOR, MESSAGE_FRAME},
	    {PROCESS_SENSOR, MESSAGE_SCRIPT},
	    {PROCESS_SENSOR, MESSAGE_OBSERVATION},
	    {PROCESS_SENSOR, MESSAGE_SENSOR_STATE},
	    {PROCESS_LOGS, MESSAGE_VISITS},
	    {PROCESS_PEEKER, MESSAGE_ANSWER},
	    {PROCESS_PEEKER, MESSAGE_TREE},
	    {PROCESS_KEEPER, MESSAGE_LISTED},
	    {PROCESS_KEEPER, MESSAGE_KEPT},
	    {PROCESS_ENFORCER, MESSAGE_OUTCOME},
	    {PROCESS_NOTIFIER, MESSAGE_DELIVERED},
	    {PROCESS_PARENT, MESSAGE_PROCESSES},
	};
	auto_str bytes = {0};
	str_add(&bytes, "nonsense of some length");
	tell_end(stage, 0);
	for (size_t i = 0; i < array_length(said); i++)
		if (hear(stage, said[i].from, said[i].message, &bytes) != -EBADMSG)
			fail_msg("%s is believed", message_name(said[i].message));
	assert_int_equal(acknowledge(stage, 1000), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_nothing_before_the_past_is_known, stage_set, stage_strike),
	    cmocka_unit_test_setup_teardown(
		test_goes_on_after_the_records, stage_set, stage_strike),
	    cmocka_unit_test_setup_teardown(
		test_unanswered_is_sent_again, stage_set, stage_strike),
	    cmocka_unit_test_setup_teardown(test_useless_checkpoint, stage_set, stage_strike),
	    cmocka_unit_test_setup_teardown(
		test_keeper_dies_while_it_tells, stage_set, stage_strike),
	    cmocka_unit_test_setup_teardown(
		test_checkpoint_there_and_back, stage_set, stage_strike),
	    cmocka_unit_test_setup_teardown(test_sensor_states_wait, stage_set, stage_strike),
	    cmocka_unit_test_setup_teardown(test_nonsense, stage_set, stage_strike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
