/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody has all places, and what is given back is there again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gates/scan_shares.h"

static void
test_shares(void **state)
{
	(void)state;
	struct scan_shares shares = {0};
	for (int i = 0; i < MOST_SCANS_OF_ONE; i++)
		assert_true(scan_shares_take(&shares, 1));
	assert_false(scan_shares_take(&shares, 1));
	assert_true(scan_shares_take(&shares, 2));
	scan_shares_give_back(&shares, 1);
	assert_true(scan_shares_take(&shares, 1));
	assert_false(scan_shares_take(&shares, 1));
	assert_int_equal(shares.count, MOST_SCANS_OF_ONE + 1);
	scan_shares_give_back(&shares, 3);
	assert_int_equal(shares.count, MOST_SCANS_OF_ONE + 1);
}

static void
test_all_places(void **state)
{
	(void)state;
	struct scan_shares shares = {0};
	for (uint64_t i = 0; i < MOST_SCANS; i++)
		assert_true(scan_shares_take(&shares, i));
	assert_false(scan_shares_take(&shares, MOST_SCANS));
	for (uint64_t i = 0; i < MOST_SCANS; i++)
		scan_shares_give_back(&shares, i);
	assert_int_equal(shares.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shares),
	    cmocka_unit_test(test_all_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
