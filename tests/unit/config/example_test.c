/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shipped examples say what is true: etc/hayward.conf is made from the list
 * of settings, and both files are accepted as they stand.
 *
 * After a change of a setting: `config-example-test print > etc/hayward.conf`.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "config/declare.h"
#include "config/example.h"
#include "config/parse.h"

static void
read_shipped(const char *name, struct str *out)
{
	auto_str path = {0};
	str_addf(&path, "%s/%s", getenv("SHIPPED"), name);
	assert_int_equal(file_read(AT_FDCWD, str_text(&path), 1 << 20, out), 0);
}

static void
test_shipped_settings_are_the_list(void **state)
{
	(void)state;
	auto_str shipped = {0}, made = {0};
	read_shipped("hayward.conf", &shipped);
	config_example(&made);
	assert_string_equal(str_text(&shipped), str_text(&made));
}

/* The panels that are shown are read when their # is taken away. */
static void
test_panels_as_shown_are_read(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str made = {0}, said = {0};
	config_example(&made);
	for (char *at = made.data; (at = strstr(at, "# panel "));)
		*at = ' ';
	struct config config = config_default();
	struct diag *diag = diag_new();
	struct source source = {"hayward.conf", made.data, made.length};
	config_parse(&source, arena, diag, &config);
	diag_print(diag, &said);
	assert_string_equal(str_text(&said), "");
	assert_int_equal(config.panel_count, 5);
	assert_string_equal(config.panels[0].marker_line, "SUSPENDED='yes'");
	diag_free(diag);
}

/* With every # before a setting taken away, it is read and changes nothing. */
static void
test_settings_as_shipped_are_the_defaults(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str made = {0}, before = {0}, after = {0}, said = {0};
	config_example(&made);
	for (size_t i = 0; i + 1 < made.length; i++)
		if (made.data[i] == '#' && made.data[i + 1] != ' ' && made.data[i + 1] != '\n')
			made.data[i] = ' ';
	struct config config = config_default();
	config_encode(&config, &before);
	struct diag *diag = diag_new();
	struct source source = {"hayward.conf", made.data, made.length};
	config_parse(&source, arena, diag, &config);
	diag_print(diag, &said);
	assert_string_equal(str_text(&said), "");
	config_encode(&config, &after);
	assert_int_equal(before.length, after.length);
	assert_memory_equal(before.data, after.data, before.length);
	diag_free(diag);
}

static void
test_shipped_accounts_are_accepted(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str shipped = {0}, said = {0};
	read_shipped("accounts.conf", &shipped);
	for (size_t i = 0; i + 1 < shipped.length; i++)
		if (shipped.data[i] == '#' && shipped.data[i + 1] != ' ' &&
		    shipped.data[i + 1] != '\n')
			shipped.data[i] = ' ';
	struct diag *diag = diag_new();
	struct source source = {"accounts.conf", shipped.data, shipped.length};
	struct declarations declarations = declarations_parse(&source, arena, diag);
	diag_print(diag, &said);
	assert_string_equal(str_text(&said), "");
	assert_int_equal(declarations.count, 2);
	assert_int_equal(declarations.rule_count, 1);
	diag_free(diag);
}

int
main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shipped_settings_are_the_list),
	    cmocka_unit_test(test_panels_as_shown_are_read),
	    cmocka_unit_test(test_settings_as_shipped_are_the_defaults),
	    cmocka_unit_test(test_shipped_accounts_are_accepted),
	};
	auto_str made = {0};
	if (count > 1 && !strcmp(arguments[1], "print")) {
		config_example(&made);
		fputs(str_text(&made), stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
