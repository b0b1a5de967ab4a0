/* SPDX-License-Identifier: Apache-2.0 */
/* A ladder as the journal keeps it: printed and read back, nothing lost. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cases/ladder.h"

static void
test_round_trip(void **state)
{
	(void)state;
	static const char *const ladders[] = {
	    "",
	    "warn",
	    "warn; after 3d suspend",
	    "at once alarm, warn, ask suspend",
	    "warn, throttle cpu to 5%; after 1d12h30m throttle memory to 12.5%, stop",
	    "at once warn; after 250ms suspend; after 365d ask cancel",
	};
	for (size_t i = 0; i < array_length(ladders); i++) {
		struct case_ladder ladder;
		auto_str printed = {0};
		assert_int_equal(case_ladder_parse(ladders[i], &ladder), 0);
		case_ladder_print(&ladder, &printed);
		assert_string_equal(str_text(&printed), ladders[i]);
	}
}

static void
test_what_is_none(void **state)
{
	(void)state;
	static const char *const texts[] = {"warn;", "warn; after suspend",
	    "warn; after 3 suspend", "hang", "warn,warn", "throttle cpu", "throttle cpu to 5",
	    "throttle gold to 5%", "warn; after 99999999999999999999d stop", "warn ",
	    "at once"};
	for (size_t i = 0; i < array_length(texts); i++) {
		struct case_ladder ladder;
		assert_int_equal(case_ladder_parse(texts[i], &ladder), -EBADMSG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_what_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
