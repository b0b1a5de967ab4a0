/* SPDX-License-Identifier: Apache-2.0 */
/* The tables agree with themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "model/tables.h"

static void
names_are_found_again(void **state)
{
	(void)state;
	for (int i = 0; i < MEASURE_COUNT; i++)
		assert_int_equal(measure_find(measure_info((enum measure)i)->name), i);
	for (int i = 0; i < VERB_COUNT; i++)
		assert_int_equal(verb_find(verb_info((enum verb)i)->name), i);
	for (int i = 0; i < SERVICE_COUNT; i++)
		assert_int_equal(service_find(service_info((enum service)i)->name), i);
	for (int i = 0; i < SENSOR_COUNT; i++)
		assert_int_equal(sensor_find(sensor_name((enum sensor)i)), i);
	assert_int_equal(measure_find("cpu.shares"), -1);
}

/* Listed values are read and shown by their index. */
static void
values_are_found_again(void **state)
{
	(void)state;
	assert_int_equal(measure_value_find(MEASURE_SCRIPT_KIND, "perl-chat"), 1);
	assert_int_equal(measure_value_find(MEASURE_SCRIPT_KIND, "perl"), -1);
	assert_int_equal(measure_value_find(MEASURE_SCRIPT_KIND, ""), -1);
	assert_int_equal(measure_value_find(MEASURE_CPU_SHARE, "perl-chat"), -1);
	auto_str out = {0};
	measure_value_add(&out, MEASURE_SCRIPT_KIND, 1);
	measure_value_add(&out, MEASURE_SCRIPT_KIND, 7);
	measure_value_add(&out, MEASURE_SCRIPT_KIND, -1);
	measure_value_add(&out, MEASURE_CPU_SHARE, 0);
	assert_string_equal(str_text(&out), "perl-chat???");
}

static void
groups_and_floors_are_found(void **state)
{
	(void)state;
	assert_string_equal(measure_group(MEASURE_SCRIPT_FOREIGN_USES, 0), "site");
	assert_null(measure_group(MEASURE_SCRIPT_FOREIGN_USES, 1));
	assert_null(measure_group(MEASURE_CPU_SHARE, 0));
	assert_int_equal(measure_floor(MEASURE_CONNECTIONS_SHARE), MEASURE_HOST_CONNECTIONS);
	assert_int_equal(measure_floor(MEASURE_CPU_SHARE), -1);
}

/* A floor counts what its share is a share of, for the same kind or for what contains it. */
static void
floors_fit_their_shares(void **state)
{
	(void)state;
	for (int i = 0; i < MEASURE_COUNT; i++) {
		int floor = measure_floor((enum measure)i);
		if (floor < 0)
			continue;
		assert_int_equal(measure_info((enum measure)i)->unit, UNIT_PERCENT);
		assert_int_equal(measure_info((enum measure)floor)->resource,
		    measure_info((enum measure)i)->resource);
	}
}

/* `whether ...` is how a fact is said; listed values stand where the unit says so. */
static void
words_fit_their_units(void **state)
{
	(void)state;
	for (int i = 0; i < MEASURE_COUNT; i++) {
		const struct measure_info *info = measure_info((enum measure)i);
		bool says_whether = strncmp(info->what, "whether ", 8) == 0;
		assert_int_equal(says_whether, info->unit == UNIT_YES_NO);
		bool has_words = info->unit == UNIT_NAME || info->class == CLASS_EVENT ||
				 info->class == CLASS_DISTINCT;
		assert_int_equal(*info->words != '\0', has_words);
		assert_true(info->kinds != 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_found_again),
	    cmocka_unit_test(values_are_found_again),
	    cmocka_unit_test(groups_and_floors_are_found),
	    cmocka_unit_test(floors_fit_their_shares),
	    cmocka_unit_test(words_fit_their_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
