/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "main/hayward/arguments.h"

/* What a command with a flag and a value takes. */
struct read {
	bool all;
	const char *account;
	struct arguments arguments;
	struct str wrong;
};

static int
read_words(struct read *read, int argc, char **argv)
{
	const struct flag flags[] = {
	    {"--all", &read->all, NULL}, {"--account", NULL, &read->account}};
	return arguments_parse(
	    argc, argv, flags, array_length(flags), &read->arguments, &read->wrong);
}

#define WORDS(...)                                                                             \
	(char *[])                                                                             \
	{                                                                                      \
		(char[]){"cases"}, __VA_ARGS__, NULL                                           \
	}
#define WORD(text) ((char[]){text})

static void
flags_may_stand_anywhere(void **state)
{
	(void)state;
	struct read read = {0};
	char **argv = WORDS(WORD("12"), WORD("--all"), WORD("--account"), WORD("alice"),
	    WORD("--json"), WORD("13"));
	assert_int_equal(read_words(&read, 7, argv), 0);
	assert_true(read.all);
	assert_true(read.arguments.json);
	assert_string_equal(read.account, "alice");
	assert_int_equal(read.arguments.word_count, 2);
	assert_string_equal(read.arguments.words[0], "12");
	assert_string_equal(read.arguments.words[1], "13");
}

static void
values_may_follow_an_equals_sign(void **state)
{
	(void)state;
	struct read read = {0};
	char **argv = WORDS(WORD("--account=a=b"), WORD("--run=./run"));
	assert_int_equal(read_words(&read, 3, argv), 0);
	assert_string_equal(read.account, "a=b");
	auto_str path = {0};
	arguments_socket(&read.arguments, &path);
	assert_string_equal(str_text(&path), "./run/control");
}

static void
two_dashes_end_the_flags(void **state)
{
	(void)state;
	struct read read = {0};
	char **argv = WORDS(WORD("--"), WORD("--all"), WORD("-"));
	assert_int_equal(read_words(&read, 4, argv), 0);
	assert_false(read.all);
	assert_int_equal(read.arguments.word_count, 2);
	assert_string_equal(read.arguments.words[0], "--all");
}

static void
assert_wrong(int argc, char **argv, const char *expected)
{
	struct read read = {0};
	assert_int_not_equal(read_words(&read, argc, argv), 0);
	assert_string_equal(str_text(&read.wrong), expected);
	str_done(&read.wrong);
}

static void
mistakes_are_named(void **state)
{
	(void)state;
	assert_wrong(
	    2, WORDS(WORD("--acount")), "unknown option '--acount'; did you mean '--account'?");
	assert_wrong(2, WORDS(WORD("--account")), "'--account' needs a value");
	assert_wrong(2, WORDS(WORD("--all=yes")), "'--all' takes no value");
	assert_wrong(2, WORDS(WORD("-x")), "unknown option '-x'");
}

static void
only_whole_numbers_are_cases(void **state)
{
	(void)state;
	assert_int_equal(case_number_of("12"), 12);
	static const char *const none[] = {
	    "", "0", "-1", "+1", "1 ", "A10", "1.5", "0x1", "99999999999999999999"};
	for (size_t i = 0; i < array_length(none); i++)
		assert_int_equal(case_number_of(none[i]), 0);
}

static void
the_socket_comes_from_the_nearest(void **state)
{
	(void)state;
	struct arguments arguments = {0};
	auto_str path = {0};
	unsetenv("HAYWARD_SOCKET");
	arguments_socket(&arguments, &path);
	assert_string_equal(str_text(&path), "/run/hayward/control");
	str_clear(&path);
	setenv("HAYWARD_SOCKET", "/tmp/other", 1);
	arguments_socket(&arguments, &path);
	assert_string_equal(str_text(&path), "/tmp/other");
	str_clear(&path);
	arguments.socket = "/tmp/given";
	arguments.run = "/tmp/run";
	arguments_socket(&arguments, &path);
	assert_string_equal(str_text(&path), "/tmp/given");
	unsetenv("HAYWARD_SOCKET");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(flags_may_stand_anywhere),
	    cmocka_unit_test(values_may_follow_an_equals_sign),
	    cmocka_unit_test(two_dashes_end_the_flags),
	    cmocka_unit_test(mistakes_are_named),
	    cmocka_unit_test(only_whole_numbers_are_cases),
	    cmocka_unit_test(the_socket_comes_from_the_nearest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
