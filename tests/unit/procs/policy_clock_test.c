/* SPDX-License-Identifier: Apache-2.0 */
/* Policy time over clock steps, restarts and reboots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "procs/policy_clock.h"

enum { HOUR = 3600000, WEEK = 604800000 };

static const struct policy_anchor last = {
    .policy = 1000000, .wall = 50000000, .boot = 7000, .boot_id = "one"};

static void
test_first_life_begins_with_the_wall_clock(void **state)
{
	(void)state;
	const struct policy_anchor none = {0}, now = {.wall = 12345, .boot = 5};
	struct policy_anchor begun = policy_anchor_begin(&none, &now, WEEK);
	assert_int_equal(begun.policy, 12345);
}

static void
test_same_boot_counts_by_the_boot_clock(void **state)
{
	(void)state;
	/* The wall clock was set back by a year meanwhile: that is nobody's delay. */
	struct policy_anchor now = {.wall = 1, .boot = 7000 + HOUR, .boot_id = "one"};
	assert_int_equal(policy_anchor_begin(&last, &now, WEEK).policy, last.policy + HOUR);
}

static void
test_another_boot_counts_by_the_wall_clock(void **state)
{
	(void)state;
	struct policy_anchor now = {.wall = last.wall + 2 * HOUR, .boot = 10, .boot_id = "two"};
	assert_int_equal(policy_anchor_begin(&last, &now, WEEK).policy, last.policy + 2 * HOUR);
	/* It was unknown which boot this is: the same. */
	now.boot_id[0] = '\0';
	assert_int_equal(policy_anchor_begin(&last, &now, WEEK).policy, last.policy + 2 * HOUR);
}

static void
test_never_backwards(void **state)
{
	(void)state;
	struct policy_anchor now = {.wall = last.wall - HOUR, .boot = 10, .boot_id = "two"};
	assert_int_equal(policy_anchor_begin(&last, &now, WEEK).policy, last.policy);
	struct policy_anchor anchor = {.policy = 100, .boot = 50};
	assert_int_equal(policy_moment(&anchor, 40, 0).policy, 100);
}

static void
test_downtime_is_capped(void **state)
{
	(void)state;
	struct policy_anchor now = {.boot_id = "two"};
	now.wall = last.wall + (int64_t)WEEK * 50;
	assert_int_equal(policy_anchor_begin(&last, &now, WEEK).policy, last.policy + WEEK);
	now = (struct policy_anchor){.boot = last.boot + (int64_t)WEEK * 2, .boot_id = "one"};
	assert_int_equal(policy_anchor_begin(&last, &now, WEEK).policy, last.policy + WEEK);
}

static void
test_records_move_the_last_instant_on(void **state)
{
	(void)state;
	struct policy_anchor moved = last;
	policy_anchor_advance(&moved, last.policy + HOUR, last.wall + HOUR);
	assert_int_equal(moved.policy, last.policy + HOUR);
	assert_int_equal(moved.boot, last.boot + HOUR);
	assert_int_equal(moved.wall, last.wall + HOUR);
	/* An older one does not move it back. */
	policy_anchor_advance(&moved, last.policy, 1);
	assert_int_equal(moved.policy, last.policy + HOUR);
	/* The hour that the record tells of is not counted twice. */
	struct policy_anchor now = {.boot = last.boot + 2 * HOUR, .boot_id = "one"};
	assert_int_equal(
	    policy_anchor_begin(&moved, &now, WEEK).policy, last.policy + 2 * HOUR);
}

static void
test_moment_runs_with_the_boot_clock(void **state)
{
	(void)state;
	struct moment now = policy_moment(&last, last.boot + 250, 42);
	assert_int_equal(now.policy, last.policy + 250);
	assert_int_equal(now.boot, last.boot + 250);
	assert_int_equal(now.wall, 42);
}

static void
test_encoding_loses_nothing(void **state)
{
	(void)state;
	auto_str bytes = {0};
	policy_anchor_encode(&last, &bytes);
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	struct policy_anchor back = policy_anchor_decode(&reader);
	assert_int_equal(wire_end(&reader), 0);
	assert_int_equal(back.policy, last.policy);
	assert_int_equal(back.wall, last.wall);
	assert_int_equal(back.boot, last.boot);
	assert_string_equal(back.boot_id, last.boot_id);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_first_life_begins_with_the_wall_clock),
	    cmocka_unit_test(test_same_boot_counts_by_the_boot_clock),
	    cmocka_unit_test(test_another_boot_counts_by_the_wall_clock),
	    cmocka_unit_test(test_never_backwards),
	    cmocka_unit_test(test_downtime_is_capped),
	    cmocka_unit_test(test_records_move_the_last_instant_on),
	    cmocka_unit_test(test_moment_runs_with_the_boot_clock),
	    cmocka_unit_test(test_encoding_loses_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
