/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender is told: the reply, what was found, what to do, a reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gates/refusal.h"

/* "550 5.7.1 ": a class that both numbers have. */
static bool
begins_as_reply(const char *text)
{
	return (text[0] == '4' || text[0] == '5') && text[3] == ' ' && text[4] == text[0] &&
	       text[5] == '.' && strlen(text) > 10;
}

static void
test_all(void **state)
{
	(void)state;
	for (enum refusal refusal = 0; refusal < REFUSAL_COUNT; refusal++) {
		auto_str lines = {0}, line = {0};
		refusal_write(refusal, "X", "HW-1-2", false, &lines);
		refusal_write(refusal, "X", "HW-1-2", true, &line);
		assert_true(begins_as_reply(str_text(&lines)));
		assert_null(strchr(str_text(&line), '\n'));
		assert_non_null(strstr(str_text(&lines), " X."));
		assert_non_null(strstr(str_text(&line), "Reference HW-1-2"));
	}
}

static void
test_virus(void **state)
{
	(void)state;
	auto_str text = {0};
	refusal_write(REFUSAL_VIRUS, "Eicar in part 2 (a.exe)", "HW-1-2", false, &text);
	assert_string_equal(str_text(&text),
	    "550 5.7.1 Not accepted, it has a virus: Eicar in part 2 (a.exe).\n"
	    "Look at the file with a scanner of your own. If it is clean, write to postmaster "
	    "and name the reference.\n"
	    "Reference HW-1-2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_virus),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
