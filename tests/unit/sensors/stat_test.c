/* SPDX-License-Identifier: Apache-2.0 */
/* /proc's texts, with names that processes gave themselves to be misread. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensors/stat.h"

static void
test_stat(void **state)
{
	(void)state;
	struct process_stat stat;
	const char *text =
	    "4711 (a) R 1 (b) S 4 5 6 7 8 4194560 10 11 12 13 140 15 16 17 18 19 20 21 "
	    "2200 23 24\n";
	assert_int_equal(process_stat_parse(text, &stat), 0);
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.parent, 4);
	assert_string_equal(stat.name, "a) R 1 (b");
	assert_int_equal(stat.cpu_ticks, 155);
	assert_int_equal(stat.start_ticks, 2200);
	assert_false(stat.kernel_thread);
	assert_int_equal(
	    process_stat_parse("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 5 0 0 20 0 "
			       "1 0 9 0 0\n",
		&stat),
	    0);
	assert_true(stat.kernel_thread);
	assert_string_equal(stat.name, "kthreadd");
	assert_int_equal(process_stat_parse("1 (x", &stat), -EBADMSG);
	assert_int_equal(process_stat_parse("1 (x) R 2 3", &stat), -EBADMSG);
	assert_int_equal(process_stat_parse("", &stat), -EBADMSG);
}

static void
test_status(void **state)
{
	(void)state;
	struct process_status status;
	const char *text = "Name:\tUid:\t0\\nUid:\t0\nState:\tS\nUid:\t61000\t0\t0\t0\n"
			   "VmSwap:\t       4 kB\nRssAnon:\t     100 kB\nRssFile:\t 9000 kB\n"
			   "RssShmem:\t      20 kB\n";
	assert_int_equal(process_status_parse(text, &status), 0);
	assert_int_equal(status.uid, 61000);
	assert_int_equal(status.memory, 124 * 1024);
	assert_int_equal(process_status_parse("Name:\tUid:\t5\n", &status), -EBADMSG);
}

static void
test_rollup(void **state)
{
	(void)state;
	assert_int_equal(
	    smaps_rollup_memory("5500-7ffc [rollup]\nRss: 900 kB\nPss: 800 kB\n"
				"Pss_Anon:             64 kB\nPss_File: 700 kB\n"
				"Pss_Shmem:            32 kB\nSwap: 9 kB\nSwapPss:  8 kB\n"),
	    104 * 1024);
	assert_int_equal(smaps_rollup_memory(""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stat),
	    cmocka_unit_test(test_status),
	    cmocka_unit_test(test_rollup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
