/* SPDX-License-Identifier: Apache-2.0 */
/* What a program says is read whole, however much it is, and not longer than it may take. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/program.h"

struct heard {
	size_t length;
	size_t lines;
};

static void
hear(void *context, const void *bytes, size_t length)
{
	struct heard *heard = context;
	const char *at = bytes;
	heard->length += length;
	for (size_t i = 0; i < length; i++)
		heard->lines += at[i] == '\n';
}

static int
run(const char *script, int milliseconds, struct heard *heard)
{
	const char *const arguments[] = {"/bin/sh", "-c", script, NULL};
	*heard = (struct heard){0};
	return program_read(arguments, milliseconds, hear, heard);
}

static void
test_much_is_read(void **state)
{
	(void)state;
	struct heard heard;
	assert_int_equal(run("yes word | head -n 1000000", 60000, &heard), 0);
	assert_int_equal(heard.length, 5000000);
	assert_int_equal(heard.lines, 1000000);
}

static void
test_its_status(void **state)
{
	(void)state;
	struct heard heard;
	assert_int_equal(run("echo no; echo no >&2; exit 3", 60000, &heard), 3);
	assert_int_equal(heard.length, 3);
	assert_int_equal(run("kill -9 $$", 60000, &heard), -EIO);
	const char *const nobody[] = {"/nonexistent", NULL};
	assert_true(program_read(nobody, 60000, hear, &heard) < 0);
}

static void
test_time_is_over(void **state)
{
	(void)state;
	struct heard heard;
	int64_t since = clock_boot();
	assert_int_equal(run("echo first; exec sleep 1000", 300, &heard), -ETIMEDOUT);
	assert_int_equal(heard.length, 6);
	/* It says nothing more, and does not end either. */
	assert_int_equal(
	    run("echo first; exec >/dev/null; exec sleep 1000", 300, &heard), -ETIMEDOUT);
	assert_int_equal(heard.length, 6);
	/* It never stops. */
	assert_int_equal(run("exec yes", 300, &heard), -ETIMEDOUT);
	assert_true(heard.length > 0);
	assert_true(clock_boot() - since < 60000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_much_is_read),
	    cmocka_unit_test(test_its_status),
	    cmocka_unit_test(test_time_is_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
