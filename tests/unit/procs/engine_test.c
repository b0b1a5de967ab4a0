/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's handlers in a frame of the test's own: how a life begins, what
 * is sent again, what is refused.
 */
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"
#include "model/account.h"
#include "model/frame.h"
#include "policy/load.h"
#include "procs/roles.h"
#include "procs/sensor_state.h"
#include "store/dialogue.h"

enum { MOST_SENT = 256 };

static const char policy_text[] = "clause A1 \"Busy\" for each account {\n"
				  "    says     \"Nobody uses more than {limit}.\"\n"
				  "    when     cpu.share > 50% over 10m\n"
				  "    then     warn\n"
				  "}\n";

/* What the engine said, in order. */
struct sent {
	enum process to;
	enum message message;
	struct str bytes;
};

struct stage {
	struct process_frame frame;
	struct options options;
	struct config config;
	const struct process_handlers *engine;
	bool keeper;
	struct sent sent[MOST_SENT];
	size_t sent_count;
};

static struct stage *on_stage;

int
process_send(struct process_frame *frame, enum process to, enum message message,
    const void *bytes, size_t length, int fd)
{
	(void)frame, (void)fd;
	struct stage *stage = on_stage;
	if (to == PROCESS_KEEPER && !stage->keeper)
		return -ENOTCONN;
	assert_true(message_allowed(message, PROCESS_ENGINE, to));
	assert_true(length <= message_most(message));
	assert_true(stage->sent_count < MOST_SENT);
	struct sent *sent = &stage->sent[stage->sent_count++];
	*sent = (struct sent){.to = to, .message = message};
	str_add_bytes(&sent->bytes, bytes, length);
	return 0;
}

bool
process_has_peer(const struct process_frame *frame, enum process peer)
{
	(void)frame, (void)peer;
	return true;
}

size_t
process_queued(const struct process_frame *frame, enum process peer)
{
	(void)frame, (void)peer;
	return 0;
}

void
process_ready(struct process_frame *frame, const char *format, ...)
{
	(void)frame, (void)format;
}

void
process_finish(struct process_frame *frame, int exit_status)
{
	(void)frame;
	fail_msg("the engine gave up: %d", exit_status);
}

void
process_complain(struct process_frame *frame, enum process peer, const char *reason)
{
	(void)frame, (void)peer, (void)reason;
}

static void
forget_sent(struct stage *stage)
{
	while (stage->sent_count)
		str_done(&stage->sent[--stage->sent_count].bytes);
}

static size_t
count_sent(const struct stage *stage, enum message message)
{
	size_t count = 0;
	for (size_t i = 0; i < stage->sent_count; i++)
		count += stage->sent[i].message == message;
	return count;
}

static int
hear(struct stage *stage, enum process from, enum message message, const struct str *bytes)
{
	int fd = -1;
	return stage->engine->message(
	    &stage->frame, from, message, str_text(bytes), bytes->length, &fd);
}

static void
give_blob(struct stage *stage, enum blob kind, const struct str *bytes)
{
	assert_int_equal(
	    stage->engine->blob(&stage->frame, kind, bytes->data, bytes->length), 0);
}

static void
give_rules(struct stage *stage)
{
	auto_str config = {0}, policy = {0}, accounts = {0};
	struct policy_set *set = policy_set_new();
	struct uid_range uids = {61001, 1};
	struct account alice = {.id = 61001,
	    .generation = 1,
	    .name = "alice",
	    .plan = "",
	    .contact = "",
	    .home = "/home/alice",
	    .initial_bytes = -1,
	    .initial_files = -1,
	    .uid_count = 1,
	    .own_uids = 1,
	    .uids = &uids};
	config_encode(&stage->config, &config);
	policy_set_add(set, "test.policy", policy_text, strlen(policy_text));
	policy_set_encode(set, &policy);
	policy_set_free(set);
	accounts_encode(&alice, 1, 1000, &accounts);
	give_blob(stage, BLOB_CONFIG, &config);
	give_blob(stage, BLOB_POLICY, &policy);
	give_blob(stage, BLOB_ACCOUNTS, &accounts);
}

static void
begin_life(struct stage *stage)
{
	stage->frame = (struct process_frame){
	    .options = &stage->options,
	    .config = &stage->config,
	    .self = PROCESS_ENGINE,
	    .loop = event_base_new(),
	    .directory = -1,
	};
	assert_int_equal(stage->engine->prepare(&stage->frame), 0);
	give_rules(stage);
	assert_int_equal(stage->engine->start(&stage->frame), 0);
}

static void
end_life(struct stage *stage)
{
	stage->engine->quit(&stage->frame);
	event_base_free(stage->frame.loop);
}

static int
setup(void **state)
{
	struct stage *stage = memory_new(1, sizeof(*stage));
	stage->engine = engine_role();
	stage->config = config_default();
	stage->keeper = true;
	on_stage = stage;
	begin_life(stage);
	*state = stage;
	return 0;
}

static int
teardown(void **state)
{
	struct stage *stage = *state;
	end_life(stage);
	forget_sent(stage);
	free(stage);
	return 0;
}

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

static void
tell_end(struct stage *stage, uint64_t sequence)
{
	auto_str message = {0};
	struct restore part = {.part = RESTORE_END, .sequence = sequence};
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
		test_nothing_before_the_past_is_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_goes_on_after_the_records, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unanswered_is_sent_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_useless_checkpoint, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_keeper_dies_while_it_tells, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_checkpoint_there_and_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_sensor_states_wait, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_nonsense, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
