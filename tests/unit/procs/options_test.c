/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, and what of it the children are given. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "procs/options.h"

/* A copy, because getopt may move its arguments about. */
static int
parse(struct options *options, struct str *error, struct arena *arena, const char *words)
{
	char *copy = arena_copy_text(arena, words);
	char **arguments = arena_alloc(arena, 40 * sizeof(*arguments));
	int count = 0;
	char *rest;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		arguments[count++] = word;
	return options_parse(count, arguments, arena, options, error);
}

static void
assert_wrong(const char *words, const char *expected)
{
	auto_arena struct arena *arena = arena_new();
	struct options options;
	auto_str error = {0};
	assert_int_equal(parse(&options, &error, arena, words), -EINVAL);
	assert_string_equal(str_text(&error), expected);
}

static void
test_mistakes(void **state)
{
	(void)state;
	assert_wrong("haywardd --wat", "unknown option '--wat'");
	assert_wrong("haywardd --foreground --confg x", "unknown option '--confg'");
	assert_wrong("haywardd --config", "'--config' wants a value");
	assert_wrong("haywardd now", "'now' is one argument too many");
	assert_wrong("haywardd --set mode", "'--set mode' has no '='");
}

static void
test_defaults(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct options options;
	auto_str error = {0};
	assert_int_equal(parse(&options, &error, arena, "haywardd"), 0);
	assert_string_equal(options.config, "/etc/hayward/hayward.conf");
	assert_null(options.state);
	assert_null(options.role);
	assert_false(options.foreground);
}

static void
test_paths_become_absolute(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct options options;
	auto_str error = {0};
	assert_int_equal(
	    parse(&options, &error, arena, "haywardd --state here --run /there"), 0);
	assert_int_equal(options.state[0], '/');
	assert_true(text_ends_with(options.state, "/here"));
	assert_string_equal(options.run, "/there");
}

static void
test_children_are_given_the_same(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct options given, understood;
	auto_str error = {0};
	const char *words = "haywardd --config /c --state /s --run /r --notices /n --passwd /p "
			    "--foreground --observe --allow-crash --verbose "
			    "--set mode=warn --set clock-rate=60";
	assert_int_equal(parse(&given, &error, arena, words), 0);
	char **arguments = options_arguments(&given, "engine", arena);
	int count = 0;
	while (arguments[count])
		count++;
	assert_int_equal(options_parse(count, arguments, arena, &understood, &error), 0);
	assert_string_equal(understood.role, "engine");
	assert_string_equal(understood.config, "/c");
	assert_string_equal(understood.state, "/s");
	assert_string_equal(understood.run, "/r");
	assert_string_equal(understood.notices, "/n");
	assert_string_equal(understood.passwd, "/p");
	assert_true(understood.foreground && understood.observe && understood.allow_crash);
	assert_true(understood.verbose && !understood.test && !understood.help);
	assert_int_equal(understood.setting_count, 2);
	assert_string_equal(understood.settings[1], "clock-rate=60");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_paths_become_absolute),
	    cmocka_unit_test(test_children_are_given_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
