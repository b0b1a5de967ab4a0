/* SPDX-License-Identifier: Apache-2.0 */
/* The flow as its daemon drives it: durable first, checkpoints, and bytes that are none. */
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"
#include "stage.h"

static const char terms[] = "plan basic { quota 1000B }\n"
			    "terms \"t\" revision \"1\" grace 1d\n"
			    "clause L1 \"cpu\" for each account { when cpu.share > 10% over 1m "
			    "then warn, throttle cpu to "
			    "5%; after 1d suspend ends when kept for 1h }\n";

static void
test_nothing_before_it_is_durable(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	stage_burn(&stage, 120);
	auto_arena struct arena *arena = arena_new();
	struct action action;
	struct notice notice;
	size_t count;
	const struct record *records = flow_records(stage.flow, &count);
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(records[i].sequence, i + 1);
	assert_false(flow_next_action(stage.flow, &action));
	assert_false(flow_next_notice(stage.flow, arena, &notice));
	/* One record before the order is not enough. */
	uint64_t ordered = 0;
	for (size_t i = 0; i < count; i++)
		if (records[i].kind == RECORD_ACTION &&
		    records[i].verb_plus_one == VERB_THROTTLE + 1)
			ordered = records[i].sequence;
	flow_durable(stage.flow, ordered - 1);
	assert_false(flow_next_action(stage.flow, &action));
	flow_durable(stage.flow, ordered);
	assert_true(flow_next_action(stage.flow, &action));
	assert_int_equal(action.verb, VERB_THROTTLE);
	assert_int_equal(action.amount, 500);
	assert_string_equal(action.account_name, "alice");
	assert_false(flow_next_action(stage.flow, &action));
	assert_true(flow_next_notice(stage.flow, arena, &notice));
	assert_int_equal(notice.kind, NOTICE_WARNING);
	assert_string_equal(notice.to, "a@example.net");
	assert_string_equal(notice_field(&notice, "clause"), "L1");
	assert_false(flow_next_notice(stage.flow, arena, &notice));
	stage_end(&stage);
}

/* Ordered, not answered, killed: ordered again, under the same ids. */
static void
test_same_ids_after_a_crash(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	stage_burn(&stage, 120);
	auto_arena struct arena *arena = arena_new();
	struct action before, after;
	struct notice mail_before, mail_after;
	size_t count;
	const struct record *records = flow_records(stage.flow, &count);
	flow_durable(stage.flow, flow_sequence(stage.flow));
	assert_true(flow_next_action(stage.flow, &before));
	assert_true(flow_next_notice(stage.flow, arena, &mail_before));
	struct flow *second = flow_new(&stage.rules);
	for (size_t i = 0; i < count; i++)
		flow_replay(second, &records[i]);
	flow_resume(second, stage.now);
	assert_true(flow_next_action(second, &after));
	assert_true(flow_next_notice(second, arena, &mail_after));
	assert_int_equal(after.id, before.id);
	assert_int_equal(mail_after.id, mail_before.id);
	assert_false(flow_next_action(second, &after));
	/* What has its outcome is not ordered a third time. */
	struct outcome done = {before.id, OPERATION_APPLY, 0, "done"};
	flow_outcome(second, &done, stage.now);
	flow_resume(second, stage.now);
	flow_durable(second, flow_sequence(second));
	assert_false(flow_next_action(second, &after));
	flow_free(second);
	stage_end(&stage);
}

static void
test_checkpoint_round_trip(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	stage_burn(&stage, 120);
	auto_str bytes = {0}, again = {0};
	flow_checkpoint(stage.flow, &bytes);
	struct flow *second = flow_new(&stage.rules);
	assert_int_equal(flow_restore(second, bytes.data, bytes.length, stage.now), 0);
	flow_checkpoint(second, &again);
	assert_int_equal(again.length, bytes.length);
	assert_memory_equal(again.data, bytes.data, bytes.length);
	assert_int_equal(flow_sequence(second), flow_sequence(stage.flow));
	flow_free(second);
	stage_end(&stage);
}

/* A step that is due but waits for its condition must not make the daemon spin. */
static void
test_waiting_hurries_nobody(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	stage_burn(&stage, 120);
	assert_int_equal(flow_next_due(stage.flow), INT64_MAX);
	auto_arena struct arena *arena = arena_new();
	struct notice notice;
	flow_durable(stage.flow, flow_sequence(stage.flow));
	assert_true(flow_next_notice(stage.flow, arena, &notice));
	struct delivery delivered = {notice.id, 0, "250 taken"};
	flow_delivery(stage.flow, &delivered, stage.now);
	int64_t day = 24 * HOUR;
	assert_int_equal(flow_next_due(stage.flow), stage.now.policy + day);
	/* Nobody sees anything for two days: unknown, so the step waits. */
	stage.now.boot += 2 * day;
	stage.now.policy += 2 * day;
	stage.now.wall += 2 * day;
	flow_tick(stage.flow, stage.now);
	assert_int_equal(flow_next_due(stage.flow), INT64_MAX);
	stage_end(&stage);
}

/* After a reboot the boot clock is young; windows age by what the wall clock gained. */
static void
test_reboot(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	stage_burn(&stage, 120);
	auto_str bytes = {0};
	flow_checkpoint(stage.flow, &bytes);
	struct moment later = {5000, stage.now.policy + 30000, stage.now.wall + 30000};
	flow_free(stage.flow);
	stage.flow = flow_new(&stage.rules);
	assert_int_equal(flow_restore(stage.flow, bytes.data, bytes.length, later), 0);
	stage.now = later;
	flow_resume(stage.flow, later);
	stage_burn(&stage, 90);
	struct subject alice = {KIND_ACCOUNT, ALICE, 0, 0};
	const struct casefile *casefile = cases_open(flow_cases(stage.flow), "L1", &alice);
	assert_non_null(casefile);
	assert_int_equal(casefile->verdict, VERDICT_TRUE);
	stage_end(&stage);
}

static int
restore(const struct stage *stage, const char *bytes, size_t length)
{
	struct flow *flow = flow_new(&stage->rules);
	int status = flow_restore(flow, bytes, length, stage->now);
	/* Whatever it was: what is there now can be written again. */
	auto_str again = {0};
	flow_checkpoint(flow, &again);
	flow_free(flow);
	return status;
}

static void
mend_checksum(char *bytes, size_t length)
{
	static const uint8_t key[16] = "hayward flow sum";
	uint64_t sum = htole64(siphash(key, bytes + 16, length - 16));
	memcpy(bytes + 8, &sum, sizeof(sum));
}

/* Damage is refused; and even with a right checksum no byte leads anywhere undefined. */
static void
test_damaged_checkpoints(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	stage_burn(&stage, 90);
	auto_str bytes = {0};
	flow_checkpoint(stage.flow, &bytes);
	static const unsigned char masks[] = {0x01, 0x80, 0xff};
	size_t refused = 0, accepted = 0;
	for (size_t at = 0; at < bytes.length; at += 5) {
		auto_free char *damaged = malloc(bytes.length);
		assert_non_null(damaged);
		memcpy(damaged, bytes.data, bytes.length);
		damaged[at] = (char)(damaged[at] ^ (char)masks[at % array_length(masks)]);
		assert_int_equal(restore(&stage, damaged, bytes.length), -EBADMSG);
		mend_checksum(damaged, bytes.length);
		int status = restore(&stage, damaged, bytes.length);
		assert_true(status == 0 || status == -EBADMSG);
		*(status ? &refused : &accepted) += 1;
	}
	assert_true(refused > 0 && accepted > 0);
	for (size_t length = 0; length < bytes.length; length += 11)
		assert_int_equal(restore(&stage, bytes.data, length), -EBADMSG);
	stage_end(&stage);
}

/* Up to version 11 who had business with whom is not told; without senders they differ in no
 * more. */
static void
test_older_checkpoint(void **state)
{
	(void)state;
	static const struct {
		uint32_t version;
		size_t missing;
		int status;
	} cases[] = {
	    {10, 2 * sizeof(uint32_t), 0},
	    {11, 2 * sizeof(uint32_t), 0},
	    {12, 0, 0},
	    {13, 0, 0},
	    {12, sizeof(uint32_t), 0}, /* nor how long notices were under way */
	    {12, 2 * sizeof(uint32_t), -EBADMSG},
	    {9, 0, -EBADMSG},
	    {14, 0, -EBADMSG},
	};
	struct stage stage;
	stage_begin(&stage, terms);
	stage_burn(&stage, 90);
	auto_str bytes = {0};
	flow_checkpoint(stage.flow, &bytes);
	for (size_t i = 0; i < array_length(cases); i++) {
		uint32_t version = htole32(cases[i].version);
		size_t length = bytes.length - cases[i].missing;
		memcpy(bytes.data + 4, &version, sizeof(version));
		mend_checksum(bytes.data, length);
		assert_int_equal(restore(&stage, bytes.data, length), cases[i].status);
	}
	stage_end(&stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_before_it_is_durable),
	    cmocka_unit_test(test_same_ids_after_a_crash),
	    cmocka_unit_test(test_checkpoint_round_trip),
	    cmocka_unit_test(test_waiting_hurries_nobody),
	    cmocka_unit_test(test_reboot),
	    cmocka_unit_test(test_damaged_checkpoints),
	    cmocka_unit_test(test_older_checkpoint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
