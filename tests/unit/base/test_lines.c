/* SPDX-License-Identifier: Apache-2.0 */
/* A text, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

/* The lines of the text in brackets. */
static void
assert_lines(const char *text, const char *expected)
{
	auto_str found = {0};
	size_t length;
	for (const char *line; (line = text_next_line(&text, &length));) {
		str_add_char(&found, '[');
		str_add_bytes(&found, line, length);
		str_add_char(&found, ']');
	}
	assert_string_equal(str_text(&found), expected);
}

static void
test_lines(void **state)
{
	(void)state;
	assert_lines("", "");
	assert_lines("one", "[one]");
	assert_lines("one\n", "[one]");
	assert_lines("one\ntwo", "[one][two]");
	assert_lines("one\n\ntwo\n", "[one][][two]");
	assert_lines("\n", "[]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
