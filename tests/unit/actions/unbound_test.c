/* SPDX-License-Identifier: Apache-2.0 */
/* What newcomers use before they are bound comes off what their group gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actions/unbound.h"

enum { MS = 1000000 };

static void
nothing_comes_off_before_it_is_measured(void **state)
{
	(void)state;
	struct unbound unbound = {0};
	assert_int_equal(unbound_allowed(&unbound, 2000), 2000);
	assert_false(unbound_note(&unbound, 500 * MS, 1000, 2));
	assert_false(unbound_note(&unbound, 700 * MS, 1300, 2));
	assert_int_equal(unbound_allowed(&unbound, 2000), 2000);
}

/* 100 ms in 500 ms of two processors are a tenth. */
static void
the_first_measure_counts_whole(void **state)
{
	(void)state;
	struct unbound unbound = {0};
	assert_false(unbound_note(&unbound, 0, 1000, 2));
	assert_true(unbound_note(&unbound, 100 * MS, 1500, 2));
	assert_int_equal(unbound.taken, 1000);
	assert_int_equal(unbound_allowed(&unbound, 2000), 1000);
}

static void
later_ones_count_half(void **state)
{
	(void)state;
	struct unbound unbound = {0};
	uint64_t ns = 100 * MS;
	assert_false(unbound_note(&unbound, 0, 1000, 2));
	assert_true(unbound_note(&unbound, ns, 1500, 2));
	assert_false(unbound_note(&unbound, ns, 2500, 2));
	assert_true(unbound_note(&unbound, ns, 3500, 2));
	assert_int_equal(unbound.taken, 500);
	/* Less than a trifle more is not worth setting a quota for. */
	assert_false(unbound_note(&unbound, ns + 202 * MS, 5500, 2));
	assert_int_equal(unbound.taken, 500);
}

/* A group whose processes cannot even end would never be empty. */
static void
a_part_is_always_left(void **state)
{
	(void)state;
	struct unbound unbound = {0};
	assert_false(unbound_note(&unbound, 0, 1000, 2));
	assert_true(unbound_note(&unbound, 900 * (uint64_t)MS, 1500, 2));
	assert_int_equal(unbound_allowed(&unbound, 2000), 250);
	assert_int_equal(unbound_allowed(&unbound, 4), 1);
}

/* The sums begin anew when somebody else is held too. */
static void
a_sum_that_begins_anew_is_no_use(void **state)
{
	(void)state;
	struct unbound unbound = {0};
	assert_false(unbound_note(&unbound, 5000 * (uint64_t)MS, 1000, 2));
	assert_false(unbound_note(&unbound, 10 * MS, 1500, 2));
	assert_int_equal(unbound_allowed(&unbound, 2000), 2000);
	assert_true(unbound_note(&unbound, 110 * MS, 2000, 2));
	assert_int_equal(unbound.taken, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_comes_off_before_it_is_measured),
	    cmocka_unit_test(the_first_measure_counts_whole),
	    cmocka_unit_test(later_ones_count_half),
	    cmocka_unit_test(a_part_is_always_left),
	    cmocka_unit_test(a_sum_that_begins_anew_is_no_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
