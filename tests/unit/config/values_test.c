/* SPDX-License-Identifier: Apache-2.0 */
/* Values as people write them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/values.h"

struct example {
	const char *text;
	int64_t value; /* or -EINVAL, -ERANGE */
};

static void
assert_all(int (*parse)(const char *text, int64_t *ret_value), const struct example *examples,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t value = INT64_MIN;
		int status = parse(examples[i].text, &value);
		if ((status ? status : value) != examples[i].value)
			fail_msg("'%s' gives %lld", examples[i].text,
			    (long long)(status ? status : value));
	}
}

static void
test_counts(void **state)
{
	(void)state;
	static const struct example examples[] = {
	    {"0", 0},
	    {"5", 5},
	    {"100_000", 100000},
	    {"9223372036854775807", INT64_MAX},
	    {"9223372036854775808", -ERANGE},
	    {"", -EINVAL},
	    {"-5", -EINVAL},
	    {"+5", -EINVAL},
	    {"5x", -EINVAL},
	    {"_5", -EINVAL},
	    {"5_", -EINVAL},
	    {"5__0", -EINVAL},
	    {"0x10", -EINVAL},
	};
	assert_all(value_count, examples, array_length(examples));
}

static void
test_times(void **state)
{
	(void)state;
	static const struct example examples[] = {
	    {"250ms", 250},
	    {"30s", 30000},
	    {"10m", 600000},
	    {"1h30m", 5400000},
	    {"2w1d", 15 * 86400000LL},
	    {"1s500ms", 1500},
	    {"0s", 0},
	    {"10", -EINVAL},
	    {"30m1h", -EINVAL},
	    {"1h1h", -EINVAL},
	    {"1y", -EINVAL},
	    {"h", -EINVAL},
	    {"1h30", -EINVAL},
	    {"99999999999999w", -ERANGE},
	    {"15250284452w15250284452w", -EINVAL},
	};
	assert_all(value_time, examples, array_length(examples));
}

static void
test_sizes(void **state)
{
	(void)state;
	static const struct example examples[] = {
	    {"17B", 17},
	    {"4KiB", 4096},
	    {"4K", 4096},
	    {"4kB", 4000},
	    {"5GiB", 5368709120},
	    {"1TB", 1000000000000},
	    {"4KB", -EINVAL},
	    {"4kib", -EINVAL},
	    {"4", -EINVAL},
	    {"GiB", -EINVAL},
	    {"9999999TiB", -ERANGE},
	};
	assert_all(value_size, examples, array_length(examples));
}

static void
test_percentages_and_dates(void **state)
{
	(void)state;
	static const struct example percentages[] = {
	    {"15%", 1500},
	    {"0.5%", 50},
	    {"0.05%", 5},
	    {"0.005%", -EINVAL},
	    {"1.%", -EINVAL},
	    {"15", -EINVAL},
	};
	static const struct example dates[] = {
	    {"1970-01-01", 0},
	    {"2000-02-29", 951782400000},
	    {"2027-01-31", 1801353600000},
	    {"2027-02-29", -EINVAL},
	    {"1900-01-01", -EINVAL},
	    {"2027-1-31", -EINVAL},
	    {"2027-13-01", -EINVAL},
	    {"2027-01-00", -EINVAL},
	    {"2027-01-31x", -EINVAL},
	    {"2027- 1-31", -EINVAL},
	    {"2027-+1-31", -EINVAL},
	};
	assert_all(value_percent, percentages, array_length(percentages));
	assert_all(value_date, dates, array_length(dates));
}

static void
test_forms_tell_units(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum unit unit;
		int64_t value;
	} examples[] = {
	    {"yes", UNIT_YES_NO, 1},
	    {"no", UNIT_YES_NO, 0},
	    {"7", UNIT_COUNT, 7},
	    {"7%", UNIT_PERCENT, 700},
	    {"7s", UNIT_TIME, 7000},
	    {"7K", UNIT_SIZE, 7168},
	    {"1970-01-02", UNIT_DATE, 86400000},
	};
	int64_t value;
	enum unit unit;
	for (size_t i = 0; i < array_length(examples); i++) {
		assert_int_equal(value_any(examples[i].text, &value, &unit), 0);
		assert_int_equal(unit, examples[i].unit);
		assert_int_equal(value, examples[i].value);
	}
	assert_int_equal(value_any("often", &value, &unit), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_percentages_and_dates),
	    cmocka_unit_test(test_forms_tell_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
