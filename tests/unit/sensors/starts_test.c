/* SPDX-License-Identifier: Apache-2.0 */
/* The scale of runs, and what is believed of an interpreter's start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensors/starts.h"

#define MS UINT64_C(1000000)

static void
steps_begin_at_whole_milliseconds(void **state)
{
	(void)state;
	for (uint64_t ms = 1; ms <= 8; ms++) {
		assert_int_equal(run_step_floor(run_step(ms * MS)), ms * MS);
		assert_true(run_step(ms * MS - 1) < run_step(ms * MS));
	}
}

static void
every_run_has_the_step_that_it_reaches(void **state)
{
	(void)state;
	assert_int_equal(run_step(0), 0);
	assert_int_equal(run_step(UINT64_MAX), RUN_STEPS - 1);
	for (uint64_t used = 1; used < UINT64_C(8000) * MS; used += used / 7 + 1) {
		uint32_t step = run_step(used);
		assert_true(run_step_floor(step) <= used);
		if (step + 1 < RUN_STEPS)
			assert_true(used < run_step_floor(step + 1));
	}
}

static void
much_is_believed_until_runs_tell(void **state)
{
	(void)state;
	struct starts starts = {0};
	assert_int_equal(starts_believed(&starts, 2), 2 * MS * STARTS_TIMES);
	starts_add(&starts, run_step(9 * MS), STARTS_FEWEST - 1);
	assert_int_equal(starts_believed(&starts, 2), 2 * MS * STARTS_TIMES);
	starts_add(&starts, run_step(9 * MS), 1);
	/* To the end of its step, and twice that. */
	assert_int_equal(starts_believed(&starts, 2), 20 * MS);
}

static void
nobody_talks_a_start_down_or_far_up(void **state)
{
	(void)state;
	struct starts starts = {0};
	starts_add(&starts, 0, 1000);
	assert_int_equal(starts_believed(&starts, 12), 12 * MS);
	starts = (struct starts){0};
	starts_add(&starts, run_step(900 * MS), 1000);
	assert_int_equal(starts_believed(&starts, 2), 2 * MS * STARTS_TIMES);
}

static void
what_was_long_ago_counts_less(void **state)
{
	(void)state;
	struct starts starts = {0};
	starts_add(&starts, run_step(9 * MS), 40);
	starts_age(&starts, 1000);
	assert_int_equal(starts.total, 40);
	starts_age(&starts, 1000 + 10 * 60 * 1000);
	assert_int_equal(starts.total, 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_begin_at_whole_milliseconds),
	    cmocka_unit_test(every_run_has_the_step_that_it_reaches),
	    cmocka_unit_test(much_is_believed_until_runs_tell),
	    cmocka_unit_test(nobody_talks_a_start_down_or_far_up),
	    cmocka_unit_test(what_was_long_ago_counts_less),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
