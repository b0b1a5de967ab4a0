/* SPDX-License-Identifier: Apache-2.0 */
/* How values are written, in the middle and at the ends of what an int64 holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "model/quantity.h"

struct example {
	enum unit unit;
	int64_t value;
	const char *people;
	const char *exact;
};

#define KIB INT64_C(1024)
#define DAY INT64_C(86400000)

static const struct example examples[] = {
    {UNIT_COUNT, 0, "0", "0"},
    {UNIT_COUNT, 9999, "9999", "9999"},
    {UNIT_COUNT, 100000, "100_000", "100_000"},
    {UNIT_COUNT, -1234567, "-1_234_567", "-1_234_567"},
    {UNIT_COUNT, INT64_MAX, "9_223_372_036_854_775_807", "9_223_372_036_854_775_807"},
    {UNIT_COUNT, INT64_MIN, "-9_223_372_036_854_775_808", "-9_223_372_036_854_775_808"},
    {UNIT_TIME, 0, "0 s", "0s"},
    {UNIT_TIME, 250, "250 ms", "250ms"},
    {UNIT_TIME, 600000, "10 m", "10m"},
    {UNIT_TIME, 5400000, "1 h 30 m", "1h30m"},
    {UNIT_TIME, 3 * DAY, "3 d", "3d"},
    {UNIT_TIME, 3 * DAY + 1000, "3 d", "3d1s"},
    {UNIT_TIME, 25 * 3600000 + 61001, "1 d 1 h", "1d1h1m1s1ms"},
    {UNIT_TIME, INT64_MAX, "106751991167 d 7 h", "106751991167d7h12m55s807ms"},
    {UNIT_SIZE, 0, "0 B", "0B"},
    {UNIT_SIZE, 1023, "1023 B", "1023B"},
    {UNIT_SIZE, 251 * KIB, "251 KiB", "251KiB"},
    {UNIT_SIZE, 251 * KIB + 1, "251.0 KiB", "257_025B"},
    {UNIT_SIZE, 2097152 * KIB, "2 GiB", "2GiB"},
    {UNIT_SIZE, 2560 * KIB *KIB, "2.5 GiB", "2560MiB"},
    {UNIT_SIZE, KIB *KIB - 1, "1.0 MiB", "1_048_575B"},
    {UNIT_SIZE, 5000000000000, "4.5 TiB", "5TB"},
    {UNIT_SIZE, 251000, "245.1 KiB", "251kB"},
    {UNIT_SIZE, INT64_MAX, "8.0 EiB", "9_223_372_036_854_775_807B"},
    {UNIT_SIZE, INT64_MIN, "-8 EiB", "-8_388_608TiB"},
    {UNIT_PERCENT, 1400, "14 %", "14%"},
    {UNIT_PERCENT, 50, "0.5 %", "0.5%"},
    {UNIT_PERCENT, 5, "0.05 %", "0.05%"},
    {UNIT_PERCENT, 1475, "14.75 %", "14.75%"},
    {UNIT_PERCENT, INT64_MIN, "-92_233_720_368_547_758.08 %", "-92_233_720_368_547_758.08%"},
    {UNIT_RATE, 100 * INT64_C(1000000), "100/s", "100/s"},
    {UNIT_RATE, 5555, "20/h", "20/h"},
    {UNIT_RATE, 16667, "1/m", "1/m"},
    {UNIT_RATE, 0, "0/s", "0/s"},
    {UNIT_SIZE_RATE, 10 * KIB *KIB * 1000000, "10 MiB/s", "10MiB/s"},
    {UNIT_YES_NO, 1, "yes", "yes"},
    {UNIT_YES_NO, 0, "no", "no"},
    {UNIT_PORT, 443 * 2, "443/tcp", "443/tcp"},
    {UNIT_PORT, 53 * 2 + 1, "53/udp", "53/udp"},
    {UNIT_DATE, 20849 * DAY, "2027-01-31", "2027-01-31"},
};

static void
values_are_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(examples); i++) {
		auto_str people = {0}, exact = {0};
		quantity_add(&people, examples[i].unit, examples[i].value);
		quantity_add_exact(&exact, examples[i].unit, examples[i].value);
		assert_string_equal(str_text(&people), examples[i].people);
		assert_string_equal(str_text(&exact), examples[i].exact);
	}
}

/* No unit and no value, however odd, is without an answer. */
static void
extremes_have_words(void **state)
{
	(void)state;
	static const int64_t values[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX};
	for (enum unit unit = 0; unit < UNIT_COUNT_; unit++) {
		for (size_t i = 0; i < array_length(values); i++) {
			auto_str out = {0};
			quantity_add(&out, unit, values[i]);
			assert_true(out.length > 0);
			quantity_add_exact(&out, unit, values[i]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_written),
	    cmocka_unit_test(extremes_have_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
