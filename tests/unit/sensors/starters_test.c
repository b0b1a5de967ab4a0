/* SPDX-License-Identifier: Apache-2.0 */
/* Which programs make whoever descends from them somebody's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "model/tables.h"
#include "sensors/starters.h"

static enum starter
starter_of(const char *setting, const char *program)
{
	struct starter_entry entries[MOST_STARTER_PROGRAMS];
	unsigned count = starter_entries(setting, entries);
	return starter_of_program(entries, count, program);
}

static void
test_table(void **state)
{
	(void)state;
	assert_int_equal(starter_of("", "apache2"), STARTER_WEB);
	assert_int_equal(starter_of("", "php-fpm8.2"), STARTER_WEB);
	assert_int_equal(starter_of("", "h2o"), STARTER_WEB);
	assert_int_equal(starter_of("", "sshd"), STARTER_LOGIN);
	assert_int_equal(starter_of("", "sshd-session"), STARTER_LOGIN);
	assert_int_equal(starter_of("", "atd"), STARTER_CRON);
	assert_int_equal(starter_of("", "exim4"), STARTER_MAIL);
	assert_int_equal(starter_of("", "systemd"), STARTER_SERVICE);
	static const char *const nobody[] = {"bash", "crontab", "cron.sh", "apache2ctl", "ssh",
	    "h", "", "2", "cronx", "xcron", "php", "suexec", "su", "sudo"};
	for (size_t i = 0; i < array_length(nobody); i++)
		assert_int_equal(starter_of("", nobody[i]), STARTER_UNKNOWN);
}

/* No two of the table are called alike without their versions. */
static void
test_table_is_unambiguous(void **state)
{
	(void)state;
	struct starter_entry entries[MOST_STARTER_PROGRAMS];
	unsigned count = starter_entries("", entries);
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = 0; k < i; k++)
			assert_true(entries[i].key != entries[k].key);
	assert_true(count > 40 && count < MOST_STARTER_PROGRAMS / 2);
}

static void
test_setting(void **state)
{
	(void)state;
	const char *setting =
	    " jobd=cron  caddy=service web=nonsense /usr/bin/x=web =web ftpd2=login";
	assert_int_equal(starter_of(setting, "jobd"), STARTER_CRON);
	assert_int_equal(starter_of(setting, "caddy"), STARTER_SERVICE);
	assert_int_equal(starter_of(setting, "ftpd3"), STARTER_LOGIN);
	assert_int_equal(starter_of(setting, "x"), STARTER_UNKNOWN);
	assert_int_equal(starter_of(setting, "web"), STARTER_UNKNOWN);
	assert_int_equal(starter_of(setting, "nginx"), STARTER_WEB);
}

static void
test_words_of_setting(void **state)
{
	(void)state;
	struct starter_program program;
	const char *at = "one=mail two three=web";
	assert_int_equal(starter_next_program(&at, &program), 1);
	assert_string_equal(program.name, "one");
	assert_int_equal(program.starter, STARTER_MAIL);
	assert_int_equal(starter_next_program(&at, &program), -EINVAL);
	assert_int_equal(starter_next_program(&at, &program), 1);
	assert_string_equal(program.name, "three");
	assert_int_equal(starter_next_program(&at, &program), 0);
	at = "a-program-with-a-name-of-more-than-31-letters=web";
	assert_int_equal(starter_next_program(&at, &program), -EINVAL);
}

/* Clauses compare the numbers of the listed values. */
static void
test_as_measures_number_them(void **state)
{
	(void)state;
	for (enum starter starter = STARTER_WEB; starter < STARTER_COUNT; starter++) {
		const char *name = starter_name(starter);
		int value = (int)(starter - STARTER_WEB);
		assert_int_equal(starter_find(name), starter);
		assert_int_equal(measure_value_find(MEASURE_SCRIPT_STARTED_BY, name), value);
		assert_int_equal(measure_value_find(MEASURE_PROCESS_STARTED_BY, name), value);
		assert_true(*starter_words(starter));
	}
	assert_int_equal(starter_find(""), STARTER_UNKNOWN);
	assert_int_equal(starter_find("webx"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_table_is_unambiguous),
	    cmocka_unit_test(test_setting),
	    cmocka_unit_test(test_words_of_setting),
	    cmocka_unit_test(test_as_measures_number_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
