/* SPDX-License-Identifier: Apache-2.0 */
/* How the processes of an account are drawn, on screens of any kind. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "main/hayward/views.h"

/* A row as the daemon sends it; names and commands are escaped there. */
static void
add(json_t *data, int depth, int pid, const char *command)
{
	json_t *row = json_pack("{s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:o}", "depth", depth,
	    "pid", pid, "age_ms", 3600000, "cpu_ms", 1234, "memory_bytes", 2 << 20, "name",
	    "perl", "command", command, "under", depth ? json_null() : json_string("cron"));
	assert_non_null(row);
	json_array_append_new(json_object_get(data, "processes"), row);
}

static json_t *
new_answer(bool commands, int total)
{
	return json_pack("{s:s, s:s, s:b, s:i, s:[]}", "account", "alice", "at",
	    "2027-01-31T14:03:07Z", "commands", commands, "total", total, "processes");
}

static json_t *
family(void)
{
	json_t *data = new_answer(true, 6);
	add(data, 0, 10, "sh -c job");
	add(data, 1, 11, "perl first");
	add(data, 2, 12, "sleep 1");
	add(data, 2, 13, "sleep 2");
	add(data, 1, 14, "perl second");
	add(data, 0, 9, "");
	return data;
}

static void
assert_shown(json_t *data, struct look look, const char *expected)
{
	auto_str out = {0};
	assert_int_equal(moment_parse("2027-01-31T15:00:00Z", &look.now), 0);
	tree_view(data, &look, &out);
	assert_string_equal(str_text(&out), expected);
	json_decref(data);
}

static void
branches_join_children_to_parents(void **state)
{
	(void)state;
	assert_shown(family(), (struct look){0},
	    "alice, 14:03:07: 6 processes\n"
	    "\n"
	    "PID  AGE     CPU  MEMORY  UNDER  COMMAND\n"
	    " 10  1 h  1.23 s   2 MiB  cron   sh -c job\n"
	    " 11  1 h  1.23 s   2 MiB         |-perl first\n"
	    " 12  1 h  1.23 s   2 MiB         | |-sleep 1\n"
	    " 13  1 h  1.23 s   2 MiB         | `-sleep 2\n"
	    " 14  1 h  1.23 s   2 MiB         `-perl second\n"
	    "  9  1 h  1.23 s   2 MiB  cron   perl\n");
}

static void
lines_are_lines_where_the_terminal_has_them(void **state)
{
	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	json_t *data = new_answer(true, 4);
	add(data, 0, 1, "a");
	add(data, 1, 2, "b");
	add(data, 2, 3, "c");
	add(data, 1, 4, "d");
	assert_shown(data, (struct look){.unicode = true},
	    "alice, 14:03:07: 4 processes\n"
	    "\n"
	    "PID  AGE     CPU  MEMORY  UNDER  COMMAND\n"
	    "  1  1 h  1.23 s   2 MiB  cron   a\n"
	    "  2  1 h  1.23 s   2 MiB         ├─b\n"
	    "  3  1 h  1.23 s   2 MiB         │ └─c\n"
	    "  4  1 h  1.23 s   2 MiB         └─d\n");
}

static void
what_is_missing_is_said(void **state)
{
	(void)state;
	json_t *data = new_answer(false, 10000);
	add(data, 0, 1, "");
	assert_shown(data, (struct look){0},
	    "alice, 14:03:07: 10000 processes\n"
	    "1 of them is shown; the others are only counted\n"
	    "command lines did not come in time: programs are shown by name\n"
	    "\n"
	    "PID  AGE     CPU  MEMORY  UNDER  COMMAND\n"
	    "  1  1 h  1.23 s   2 MiB  cron   perl\n");
	assert_shown(new_answer(true, 0), (struct look){0}, "alice, 14:03:07: 0 processes\n");
}

/* Every line ends at the width, and the numbers are still there. */
static void
no_line_is_wider_than_the_terminal(void **state)
{
	(void)state;
	for (size_t width = 40; width <= 100; width += 20) {
		json_t *data = new_answer(true, 512);
		auto_str out = {0};
		struct look look = {.width = width};
		for (int depth = 0; depth < 512; depth++)
			add(data, depth, 1000 + depth,
			    "perl -e 'a program that has been given a good deal to think of'");
		tree_view(data, &look, &out);
		size_t lines = 0, length;
		for (const char *at = str_text(&out); *at; at += length + 1, lines++) {
			length = strcspn(at, "\n");
			assert_true(length <= width);
			assert_true(lines < 3 || (at[0] == '1' && strstr(at, "perl")));
		}
		assert_int_equal(lines, 512 + 3);
		assert_non_null(strstr(str_text(&out), "[511] perl"));
		json_decref(data);
	}
}

/* Whoever speaks in the daemon's place moves no cursor, and no depth leads out of a table. */
static void
nonsense_does_no_harm(void **state)
{
	(void)state;
	json_t *data = new_answer(true, 4);
	auto_str out = {0};
	struct look look = {0};
	add(data, -5, 1, "\033[2J\nx");
	add(data, 2000000000, 2, "\xe2\x80\xaex");
	add(data, 7, 3, "y");
	json_array_append_new(json_object_get(data, "processes"), json_string("no object"));
	tree_view(data, &look, &out);
	assert_null(strchr(str_text(&out), '\033'));
	assert_null(strstr(str_text(&out), "\xe2\x80\xae"));
	assert_non_null(strstr(str_text(&out), "\\x1b[2J\\x0ax\n"));
	assert_non_null(strstr(str_text(&out), "[512] "));
	json_decref(data);
	data = json_object();
	tree_view(data, &look, &out);
	json_decref(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(branches_join_children_to_parents),
	    cmocka_unit_test(lines_are_lines_where_the_terminal_has_them),
	    cmocka_unit_test(what_is_missing_is_said),
	    cmocka_unit_test(no_line_is_wider_than_the_terminal),
	    cmocka_unit_test(nonsense_does_no_harm),
	};
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
