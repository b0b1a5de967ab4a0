/* SPDX-License-Identifier: Apache-2.0 */
#include "config/values.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

struct scale {
	const char *name;
	int64_t factor;
};

/* From large to small, as they stand in a value. */
static const struct scale times[] = {
    {"w", 604800000},
    {"d", 86400000},
    {"h", 3600000},
    {"m", 60000},
    {"s", 1000},
    {"ms", 1},
};

static const struct scale sizes[] = {
    {"B", 1},
    {"KiB", INT64_C(1) << 10},
    {"MiB", INT64_C(1) << 20},
    {"GiB", INT64_C(1) << 30},
    {"TiB", INT64_C(1) << 40},
    {"K", INT64_C(1) << 10},
    {"M", INT64_C(1) << 20},
    {"G", INT64_C(1) << 30},
    {"T", INT64_C(1) << 40},
    {"kB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", INT64_C(1000000000000)},
};

static bool
is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* Reads digits, with single _ between them, from *text on. */
static int
read_digits(const char **text, int64_t *ret_value)
{
	const char *at = *text;
	int64_t value = 0;
	if (!is_digit(*at))
		return -EINVAL;
	for (; is_digit(*at) || (*at == '_' && is_digit(at[1])); at++) {
		if (*at == '_')
			continue;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *at - '0', &value))
			return -ERANGE;
	}
	*text = at;
	*ret_value = value;
	return 0;
}

int
value_count(const char *text, int64_t *ret_value)
{
	int64_t value;
	int status = read_digits(&text, &value);
	if (status || *text)
		return status ? status : -EINVAL;
	*ret_value = value;
	return 0;
}

/* The scale whose name is exactly the next letters, or NULL. */
static const struct scale *
read_scale(const char **text, const struct scale *scales, size_t count)
{
	size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	for (size_t i = 0; i < count; i++)
		if (strlen(scales[i].name) == length &&
		    !strncmp(scales[i].name, *text, length)) {
			*text += length;
			return &scales[i];
		}
	return NULL;
}

int
value_time(const char *text, int64_t *ret_value)
{
	int64_t whole = 0, part;
	const struct scale *before = NULL;
	do {
		int status = read_digits(&text, &part);
		if (status)
			return status;
		const struct scale *scale = read_scale(&text, times, array_length(times));
		if (!scale || (before && scale <= before))
			return -EINVAL;
		if (__builtin_mul_overflow(part, scale->factor, &part) ||
		    __builtin_add_overflow(whole, part, &whole))
			return -ERANGE;
		before = scale;
	} while (*text);
	*ret_value = whole;
	return 0;
}

int
value_size(const char *text, int64_t *ret_value)
{
	int64_t value;
	int status = read_digits(&text, &value);
	if (status)
		return status;
	const struct scale *scale = read_scale(&text, sizes, array_length(sizes));
	if (!scale || *text)
		return -EINVAL;
	if (__builtin_mul_overflow(value, scale->factor, &value))
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int
value_percent(const char *text, int64_t *ret_value)
{
	int64_t value, decimals = 0;
	int status = read_digits(&text, &value);
	if (status)
		return status;
	if (*text == '.' && is_digit(text[1])) {
		decimals = (text[1] - '0') * 10;
		text += 2;
		if (is_digit(*text))
			decimals += *text++ - '0';
	}
	if (strcmp(text, "%"))
		return -EINVAL;
	if (__builtin_mul_overflow(value, 100, &value) ||
	    __builtin_add_overflow(value, decimals, &value))
		return -ERANGE;
	*ret_value = value;
	return 0;
}

static int
days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

int
value_date(const char *text, int64_t *ret_value)
{
	int year, month, day, end = 0;
	if (strlen(text) != 10 || strspn(text, "0123456789") != 4 ||
	    sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || end != 10 ||
	    !is_digit(text[5]) || !is_digit(text[8]))
		return -EINVAL;
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > days_of_month(year, month))
		return -EINVAL;
	*ret_value = clock_of_date(year, month, day);
	return 0;
}

int
value_any(const char *text, int64_t *ret_value, enum unit *ret_unit)
{
	static const struct {
		int (*parse)(const char *text, int64_t *ret_value);
		enum unit unit;
	} forms[] = {
	    {value_count, UNIT_COUNT},
	    {value_percent, UNIT_PERCENT},
	    {value_date, UNIT_DATE},
	    {value_time, UNIT_TIME},
	    {value_size, UNIT_SIZE},
	};
	if (text_equal(text, "yes") || text_equal(text, "no")) {
		*ret_value = text_equal(text, "yes");
		*ret_unit = UNIT_YES_NO;
		return 0;
	}
	for (size_t i = 0; i < array_length(forms); i++) {
		int status = forms[i].parse(text, ret_value);
		if (status == -EINVAL)
			continue;
		*ret_unit = forms[i].unit;
		return status;
	}
	return -EINVAL;
}
