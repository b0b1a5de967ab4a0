/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "main/hayward/table.h"

static const struct column columns[] = {
    {"NAME", ALIGN_LEFT, 0, true},
    {"CPU %", ALIGN_RIGHT, 0, false},
    {"NOTE", ALIGN_LEFT, 1, false},
};

static struct table *
two_rows(const char *name)
{
	struct table *table = table_new(columns, array_length(columns));
	table_add(table, name);
	table_addf(table, "%.2f", 1.5);
	table_add(table, "busy");
	table_add(table, "bob");
	table_addf(table, "%.2f", 12.25);
	table_add(table, "");
	return table;
}

static void
assert_printed(const char *name, const struct look *look, const char *expected)
{
	auto_table struct table *table = two_rows(name);
	auto_str out = {0};
	table_print(table, look, SIZE_MAX, &out);
	assert_string_equal(str_text(&out), expected);
}

static void
numbers_stand_to_the_right(void **state)
{
	(void)state;
	struct look look = {0};
	assert_printed("alice", &look,
	    "NAME   CPU %  NOTE\n"
	    "alice   1.50  busy\n"
	    "bob    12.25\n");
}

static void
narrow_terminals_lose_what_matters_least(void **state)
{
	(void)state;
	struct look look = {.width = 13};
	assert_printed("alice", &look,
	    "NAME   CPU %\n"
	    "alice   1.50\n"
	    "bob    12.25\n");
}

static void
long_names_are_cut_before_columns_go(void **state)
{
	(void)state;
	struct look look = {.width = 30};
	assert_printed("a-name-that-is-much-too-long-for-this-screen", &look,
	    "NAME               CPU %  NOTE\n"
	    "a-name-that-is-m~   1.50  busy\n"
	    "bob                12.25\n");
}

static void
wide_characters_take_their_columns(void **state)
{
	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	struct look look = {.unicode = true};
	assert_int_equal(view_width("\xe6\xbc\xa2\xe5\xad\x97"), 4);
	assert_printed("\xe6\xbc\xa2\xe5\xad\x97", &look,
	    "NAME  CPU %  NOTE\n"
	    "\xe6\xbc\xa2\xe5\xad\x97   1.50  busy\n"
	    "bob   12.25\n");
}

/* What a customer named must not move the cursor, clear the screen, or turn the line around. */
static void
hostile_names_stay_in_their_cell(void **state)
{
	(void)state;
	static const char *const names[] = {"\033[2Jgone", "a\nb", "tab\there",
	    "\xe2\x80\xae"
	    "evil",
	    "\xff\xfe",
	    "\x9b"
	    "31m"};
	struct look look = {0};
	for (size_t i = 0; i < array_length(names); i++) {
		auto_table struct table *table = two_rows(names[i]);
		auto_str out = {0};
		table_print(table, &look, SIZE_MAX, &out);
		size_t lines = 0;
		for (const char *at = str_text(&out); *at; at++) {
			lines += *at == '\n';
			assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
		}
		assert_int_equal(lines, 3);
		assert_non_null(strstr(str_text(&out), "\\x"));
	}
}

static void
colour_changes_no_width(void **state)
{
	(void)state;
	struct look plain = {0}, coloured = {.colour = true};
	auto_table struct table *table = table_new(columns, array_length(columns));
	table_add(table, "alice");
	table_paint(table, PAINT_RED);
	table_add(table, "1");
	table_add(table, "x");
	auto_str without = {0}, with = {0}, stripped = {0};
	table_print(table, &plain, SIZE_MAX, &without);
	table_print(table, &coloured, SIZE_MAX, &with);
	assert_non_null(strstr(str_text(&with), "\033[31malice\033[0m"));
	for (const char *at = str_text(&with); *at; at++)
		if (*at == '\033')
			at = strchr(at, 'm');
		else
			str_add_char(&stripped, *at);
	assert_string_equal(str_text(&stripped), str_text(&without));
}

static void
paragraphs_break_between_words(void **state)
{
	(void)state;
	struct look look = {.width = 26};
	auto_str out = {0};
	view_wrapped(&out, &look, 2, "what is not measured takes part in no decision");
	assert_string_equal(str_text(&out), "  what is not measured\n"
					    "  takes part in no\n"
					    "  decision\n");
}

static void
moments_are_read_and_said(void **state)
{
	(void)state;
	int64_t wall;
	assert_int_equal(moment_parse("2027-01-31T14:03:07Z", &wall), 0);
	assert_int_equal(wall, INT64_C(1801404187000));
	assert_int_not_equal(moment_parse("2027-01-31", &wall), 0);
	assert_int_not_equal(moment_parse("2027-01-31T14:03:07Z ", &wall), 0);
	struct look look = {.now = wall};
	auto_str out = {0};
	moment_add_distance(&out, &look, "2027-02-02T17:13:07Z");
	str_add(&out, ", ");
	moment_add_distance(&out, &look, "2027-01-31T14:01:06Z");
	str_add(&out, ", ");
	moment_add_distance(&out, &look, "revoked");
	assert_string_equal(str_text(&out), "in 2 d 3 h, 2 m 1 s ago, revoked");
	str_clear(&out);
	moment_add_last_day(&out, "2027-02-01T00:00:00Z");
	str_add(&out, ", ");
	moment_add_last_day(&out, "revoked");
	assert_string_equal(str_text(&out), "2027-01-31, revoked");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_stand_to_the_right),
	    cmocka_unit_test(narrow_terminals_lose_what_matters_least),
	    cmocka_unit_test(long_names_are_cut_before_columns_go),
	    cmocka_unit_test(wide_characters_take_their_columns),
	    cmocka_unit_test(hostile_names_stay_in_their_cell),
	    cmocka_unit_test(colour_changes_no_width),
	    cmocka_unit_test(paragraphs_break_between_words),
	    cmocka_unit_test(moments_are_read_and_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
