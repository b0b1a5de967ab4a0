/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/pool_line.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_lines(void **state)
{
	(void)state;
	struct pool_line line;
	const char *text = "250000 40.00 2097152 /home/alice/public html/a \"b\".php";
	assert_int_equal(pool_line_parse(text, strlen(text), &line), 0);
	assert_int_equal(line.cpu_ns, 100000000);
	assert_int_equal(line.memory, 2097152);
	assert_int_equal(line.script_length, strlen("/home/alice/public html/a \"b\".php"));
	assert_memory_equal(line.script, "/home/", 6);
	text = "0 0.00 0 /";
	assert_int_equal(pool_line_parse(text, strlen(text), &line), 0);
	assert_int_equal(line.cpu_ns, 0);
}

static void
test_other_lines(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "",
	    "250000",
	    "250000 40.00 2097152 ",
	    "250000 40.00 2097152 -",
	    "250000 40.0 2097152 /a",
	    "250000 40.000 2097152 /a",
	    "250000 40 2097152 /a",
	    "-1 40.00 2097152 /a",
	    "1 -4.00 2097152 /a",
	    "1 99999999.00 2097152 /a",
	    "9999999999999999 1.00 2097152 /a",
	    "250000  40.00 2097152 /a",
	    "127.0.0.1 -  01/Jan/2026:00:00:00 +0000 \"GET /a.php\" 200",
	};
	for (size_t i = 0; i < array_length(wrong); i++) {
		struct pool_line line;
		assert_int_equal(pool_line_parse(wrong[i], strlen(wrong[i]), &line), -EINVAL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_other_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
