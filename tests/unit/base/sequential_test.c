/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds that the test promises, measured on outcomes drawn by a fixed sequence. */
#include "base/sequential.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct sequential_question question = {
    .innocent = 0.02, .guilty = 0.5, .false_alarm = 1e-7, .miss = 0.01};

/* xorshift64*: the same on every machine. */
static double
draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (double)(*seed * UINT64_C(2685821657736338717) >> 11) / (double)(UINT64_C(1) << 53);
}

/* How many of 1000 streams of so many outcomes are called guilty; the middle one's length. */
static int
called_guilty(double share, int length, int *ret_median)
{
	struct sequential_test test = sequential_prepare(&question);
	int guilty = 0, ended_at[4096] = {0};
	for (uint64_t stream = 1; stream <= 1000; stream++) {
		struct sequential_state state = {0};
		uint64_t seed = stream * UINT64_C(0x9e3779b97f4a7c15);
		for (int i = 0; i < length; i++) {
			if (sequential_add(&test, &state, draw(&seed) < share) !=
			    SEQUENTIAL_GUILTY)
				continue;
			guilty++;
			ended_at[i < 4095 ? i : 4095]++;
			break;
		}
	}
	*ret_median = 0;
	for (int sum = 0; sum * 2 < guilty; ++*ret_median)
		sum += ended_at[*ret_median];
	return guilty;
}

static void
test_guilty(void **state)
{
	(void)state;
	int median;
	assert_int_equal(called_guilty(1, 10, &median), 1000);
	assert_true(median <= 6);
	assert_true(called_guilty(0.9, 100, &median) >= 999);
	assert_true(median <= 7);
	assert_true(called_guilty(0.5, 200, &median) >= 990);
	assert_true(median <= 14);
}

static void
test_innocent(void **state)
{
	(void)state;
	int median;
	assert_int_equal(called_guilty(0, 2000, &median), 0);
	assert_int_equal(called_guilty(0.02, 2000, &median), 0);
}

static void
test_anew(void **state)
{
	(void)state;
	struct sequential_test test = sequential_prepare(&question);
	struct sequential_state one = {0};
	int verdicts[3] = {0};
	for (int i = 0; i < 1000; i++)
		verdicts[sequential_add(&test, &one, false)]++;
	assert_true(verdicts[SEQUENTIAL_INNOCENT] > 100);
	int bad = 0;
	while (sequential_add(&test, &one, true) != SEQUENTIAL_GUILTY)
		bad++;
	assert_true(bad < 10);
	assert_true(one.bad == one.all || one.all <= one.bad + 7);
	assert_int_equal(sequential_add(&test, &one, false), SEQUENTIAL_OPEN);
	assert_int_equal(one.all, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_guilty),
	    cmocka_unit_test(test_innocent),
	    cmocka_unit_test(test_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
