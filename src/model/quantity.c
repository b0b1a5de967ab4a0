/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two ways of writing a value: for people (rounded where that helps reading)
 * and exactly, as the policy language reads it back. No floating point, and no
 * value is too large: magnitudes are unsigned, so INT64_MIN has one.
 */
#include "model/quantity.h"

#include <stdbool.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"

enum style { FOR_PEOPLE, EXACT };

enum { MILLIONTHS = 1000000, DIGITS_UNGROUPED = 4 };

static uint64_t
add_sign(struct str *out, int64_t value)
{
	if (value >= 0)
		return (uint64_t)value;
	str_add_char(out, '-');
	return -(uint64_t)value;
}

/* 100_000: the language groups digits from five on. */
static void
add_grouped(struct str *out, uint64_t number)
{
	auto_str digits = {0};
	str_addf(&digits, "%llu", (unsigned long long)number);
	for (size_t i = 0; i < digits.length; i++) {
		if (i > 0 && digits.length > DIGITS_UNGROUPED && (digits.length - i) % 3 == 0)
			str_add_char(out, '_');
		str_add_char(out, digits.data[i]);
	}
}

static const char *
gap(enum style style)
{
	return style == FOR_PEOPLE ? " " : "";
}

/* ---- times ---- */

static const struct {
	uint64_t ms;
	const char *name;
} time_units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};

/* People get the two largest parts ("1 h 30 m"), the language gets all of them. */
static void
add_time(struct str *out, int64_t value, enum style style)
{
	uint64_t rest = add_sign(out, value);
	size_t most = style == FOR_PEOPLE ? 2 : array_length(time_units);
	size_t parts = 0, from = 0;
	for (size_t i = 0; i < array_length(time_units) && (!parts || i < from + most); i++) {
		uint64_t count = rest / time_units[i].ms;
		if (!count)
			continue;
		if (!parts++)
			from = i;
		else
			str_add(out, gap(style));
		str_addf(
		    out, "%llu%s%s", (unsigned long long)count, gap(style), time_units[i].name);
		rest %= time_units[i].ms;
	}
	if (!parts)
		str_addf(out, "0%ss", gap(style));
}

/* ---- sizes ---- */

static const char *const binary_units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
enum { LARGEST_WRITTEN = 4 /* the language ends with TiB */ };

static void
add_size_for_people(struct str *out, uint64_t bytes)
{
	unsigned unit = 0;
	while (unit + 1 < array_length(binary_units) && bytes >> (10 * (unit + 1)))
		unit++;
	uint64_t one = UINT64_C(1) << (10 * unit);
	uint64_t whole = bytes >> (10 * unit);
	uint64_t tenths = ((bytes & (one - 1)) * 10 + one / 2) >> (10 * unit);
	if (tenths == 10) {
		whole++;
		tenths = 0;
	}
	if (whole == 1024 && unit + 1 < array_length(binary_units)) {
		whole = 1;
		unit++;
	}
	bool exact = (bytes & (one - 1)) == 0;
	str_addf(out, exact || whole >= 1000 ? "%llu" : "%llu.%llu", (unsigned long long)whole,
	    (unsigned long long)tenths);
	str_addf(out, " %s", binary_units[unit]);
}

/* Of the ways to write it without a fraction the shortest, 1024 before 1000. */
static void
add_size_exact(struct str *out, uint64_t bytes)
{
	static const char *const decimal_units[] = {"B", "kB", "MB", "GB", "TB"};
	uint64_t best = bytes;
	const char *name = "B";
	uint64_t binary = 1024, decimal = 1000;
	for (unsigned i = 1; bytes && i <= LARGEST_WRITTEN;
	     i++, binary *= 1024, decimal *= 1000) {
		if (bytes % decimal == 0 && bytes / decimal < best) {
			best = bytes / decimal;
			name = decimal_units[i];
		}
		if (bytes % binary == 0 && bytes / binary <= best) {
			best = bytes / binary;
			name = binary_units[i];
		}
	}
	add_grouped(out, best);
	str_add(out, name);
}

static void
add_size(struct str *out, int64_t value, enum style style)
{
	uint64_t bytes = add_sign(out, value);
	if (style == FOR_PEOPLE)
		add_size_for_people(out, bytes);
	else
		add_size_exact(out, bytes);
}

/* ---- rates ---- */

static const struct {
	uint64_t seconds;
	const char *name;
} rate_units[] = {{1, "s"}, {60, "m"}, {3600, "h"}, {86400, "d"}};

static uint64_t
amount_in(uint64_t millionths, uint64_t seconds)
{
	unsigned __int128 amount = (unsigned __int128)millionths * seconds + MILLIONTHS / 2;
	amount /= MILLIONTHS;
	return amount > INT64_MAX ? INT64_MAX : (uint64_t)amount;
}

/* Whether so many in so many seconds come to these millionths, which lost a fraction. */
static bool
amount_gives(uint64_t amount, uint64_t seconds, uint64_t millionths)
{
	unsigned __int128 exact = (unsigned __int128)amount * MILLIONTHS;
	return exact / seconds == millionths || (exact + seconds / 2) / seconds == millionths;
}

/* 20/h is kept as 5555 millionths a second: the unit is the first that gives the value back. */
static void
add_rate(struct str *out, int64_t value, enum unit amount_unit, enum style style)
{
	uint64_t millionths = add_sign(out, value);
	size_t unit = 0;
	while (unit + 1 < array_length(rate_units) &&
	       !amount_gives(amount_in(millionths, rate_units[unit].seconds),
		   rate_units[unit].seconds, millionths))
		unit++;
	int64_t amount = (int64_t)amount_in(millionths, rate_units[unit].seconds);
	if (amount_unit == UNIT_SIZE)
		add_size(out, amount, style);
	else
		add_grouped(out, (uint64_t)amount);
	str_addf(out, "/%s", rate_units[unit].name);
}

/* ---- the rest ---- */

static void
add_percent(struct str *out, int64_t value, enum style style)
{
	uint64_t hundredths = add_sign(out, value);
	add_grouped(out, hundredths / 100);
	unsigned fraction = (unsigned)(hundredths % 100);
	if (fraction % 10)
		str_addf(out, ".%02u", fraction);
	else if (fraction)
		str_addf(out, ".%u", fraction / 10);
	str_addf(out, "%s%%", gap(style));
}

static void
add_date(struct str *out, int64_t value)
{
	auto_str moment = {0};
	clock_add_utc(&moment, value);
	str_add_bytes(out, moment.data, strcspn(moment.data, "T"));
}

static void
add_quantity(struct str *out, enum unit unit, int64_t value, enum style style)
{
	switch (unit) {
	case UNIT_COUNT:
	case UNIT_NAME:
		add_grouped(out, add_sign(out, value));
		break;
	case UNIT_TIME:
		add_time(out, value, style);
		break;
	case UNIT_SIZE:
		add_size(out, value, style);
		break;
	case UNIT_PERCENT:
		add_percent(out, value, style);
		break;
	case UNIT_RATE:
		add_rate(out, value, UNIT_COUNT, style);
		break;
	case UNIT_SIZE_RATE:
		add_rate(out, value, UNIT_SIZE, style);
		break;
	case UNIT_YES_NO:
		str_add(out, value ? "yes" : "no");
		break;
	case UNIT_TEXT:
	case UNIT_ADDRESS:
		str_addf(out, "#%016llx", (unsigned long long)value);
		break;
	case UNIT_PORT:
		str_addf(out, "%lld/%s", (long long)(value >> 1), value & 1 ? "udp" : "tcp");
		break;
	case UNIT_DATE:
		add_date(out, value);
		break;
	case UNIT_COUNT_:
		break;
	}
}

void
quantity_add(struct str *out, enum unit unit, int64_t value)
{
	add_quantity(out, unit, value, FOR_PEOPLE);
}

void
quantity_add_exact(struct str *out, enum unit unit, int64_t value)
{
	add_quantity(out, unit, value, EXACT);
}

void
quantity_add_of(struct str *out, enum measure measure, int64_t value)
{
	const struct measure_info *info = measure_info(measure);
	if (info->unit == UNIT_NAME)
		measure_value_add(out, measure, value);
	else
		quantity_add(out, info->unit, value);
}
