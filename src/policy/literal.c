/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values: what a person may write for a quantity, and its one spelling. All
 * arithmetic is checked; a value that does not fit is complained about here,
 * so nobody behind this file meets one.
 */
#include "policy/lexer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

/* One value while it is read. */
struct reading {
	struct token *token;
	struct arena *arena;
	struct diag *diag;
};

static bool
refuse(const struct reading *reading, const char *hint, const char *what)
{
	struct place place = spot_place(&reading->token->at);
	diag_add(
	    reading->diag, SEVERITY_ERROR, &place, hint, "'%s' %s", reading->token->text, what);
	return false;
}

static bool
understand(const struct reading *reading, enum unit unit, int64_t number, struct str *canonical)
{
	reading->token->unit = unit;
	reading->token->number = number;
	reading->token->text = arena_copy_text(reading->arena, str_text(canonical));
	return true;
}

static bool
too_large(const struct reading *reading)
{
	return refuse(reading, NULL, "is too large");
}

/*
 * Digits with single _ between them; *text moves behind them. -1: none here,
 * -2: more than fits.
 */
static int64_t
take_number(const char **text)
{
	int64_t number = 0;
	const char *at = *text;
	if (*at < '0' || *at > '9')
		return -1;
	for (; (*at >= '0' && *at <= '9') || (*at == '_' && at[1] >= '0' && at[1] <= '9');
	     at++) {
		if (*at == '_')
			continue;
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *at - '0', &number))
			return -2;
	}
	*text = at;
	return number;
}

/* With _ between groups of three from five digits on. */
static void
add_number(struct str *out, int64_t number)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%lld", (long long)number);
	for (int i = 0; i < length; i++) {
		if (i && length >= 5 && (length - i) % 3 == 0)
			str_add_char(out, '_');
		str_add_char(out, digits[i]);
	}
}

static const struct scale {
	const char *suffix;
	const char *canonical;
	int64_t factor;
} times[] = {{"w", "w", 604800000}, {"d", "d", 86400000}, {"h", "h", 3600000},
    {"m", "m", 60000}, {"s", "s", 1000}, {"ms", "ms", 1}},
  sizes[] = {{"B", "B", 1}, {"KiB", "KiB", 1LL << 10}, {"MiB", "MiB", 1LL << 20},
      {"GiB", "GiB", 1LL << 30}, {"TiB", "TiB", 1LL << 40}, {"kB", "kB", 1000},
      {"MB", "MB", 1000000}, {"GB", "GB", 1000000000}, {"TB", "TB", 1000000000000},
      {"K", "KiB", 1LL << 10}, {"M", "MiB", 1LL << 20}, {"G", "GiB", 1LL << 30},
      {"T", "TiB", 1LL << 40}};

static const struct scale *
find_scale(const struct scale *scales, size_t count, const char *text, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(scales[i].suffix) == length &&
		    strncmp(scales[i].suffix, text, length) == 0)
			return &scales[i];
	return NULL;
}

static size_t
letters(const char *text)
{
	size_t length = 0;
	while ((text[length] >= 'a' && text[length] <= 'z') ||
	       (text[length] >= 'A' && text[length] <= 'Z'))
		length++;
	return length;
}

static bool
no_unit(const struct reading *reading)
{
	return refuse(reading, "times: ms s m h d w; sizes: B KiB MiB GiB TiB kB MB GB TB",
	    "is no value of any kind");
}

/* 1h30m: units shrink, each once. */
static bool
read_time(const struct reading *reading)
{
	auto_str canonical = {0};
	const char *at = reading->token->text;
	const struct scale *last = NULL;
	int64_t total = 0;
	while (*at) {
		int64_t number = take_number(&at), part;
		size_t length = letters(at);
		const struct scale *scale = find_scale(times, array_length(times), at, length);
		if (number == -2)
			return too_large(reading);
		if (number < 0 || !scale || (last && scale <= last))
			return no_unit(reading);
		if (__builtin_mul_overflow(number, scale->factor, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return too_large(reading);
		add_number(&canonical, number);
		str_add(&canonical, scale->canonical);
		last = scale;
		at += length;
	}
	return understand(reading, UNIT_TIME, total, &canonical);
}

/* 15% 0.5% 12.25% */
static bool
read_percent(const struct reading *reading)
{
	const char *at = reading->token->text;
	int64_t whole = take_number(&at), hundredths = 0, total;
	if (*at == '.') {
		size_t digits = strspn(at + 1, "0123456789");
		if (digits < 1 || digits > 2)
			return refuse(
			    reading, NULL, "needs one or two digits behind the point");
		hundredths = (at[1] - '0') * 10 + (digits == 2 ? at[2] - '0' : 0);
		at += 1 + digits;
	}
	if (strcmp(at, "%") != 0 || whole == -1)
		return no_unit(reading);
	if (whole < 0 || __builtin_mul_overflow(whole, 100, &total) ||
	    __builtin_add_overflow(total, hundredths, &total))
		return too_large(reading);
	auto_str canonical = {0};
	add_number(&canonical, whole);
	if (hundredths % 10)
		str_addf(&canonical, ".%02d", (int)hundredths);
	else if (hundredths)
		str_addf(&canonical, ".%d", (int)hundredths / 10);
	str_add_char(&canonical, '%');
	return understand(reading, UNIT_PERCENT, total, &canonical);
}

/* 443/tcp */
static bool
read_port(const struct reading *reading)
{
	const char *at = reading->token->text;
	int64_t port = take_number(&at);
	if (port < 1 || port > 65535)
		return refuse(reading, "ports go from 1 to 65535", "is no port");
	auto_str canonical = {0};
	str_addf(&canonical, "%lld%s", (long long)port, at);
	return understand(reading, UNIT_PORT, port * 2 + (strcmp(at, "/udp") == 0), &canonical);
}

/* 20/h 10MiB/s: in millionths per second, to the nearest. */
static bool
read_rate(const struct reading *reading)
{
	const char *at = reading->token->text;
	int64_t number = take_number(&at), amount, scaled;
	size_t length = letters(at);
	const struct scale *size = find_scale(sizes, array_length(sizes), at, length);
	const char *slash = at + length;
	if (*slash != '/' || strlen(slash) != 2 || !strchr("smhd", slash[1]) ||
	    (length && !size))
		return refuse(
		    reading, "rates are a count or a size by s, m, h or d", "is no rate");
	const struct scale *time = find_scale(times, array_length(times), slash + 1, 1);
	int64_t seconds = time->factor / 1000;
	if (number < 0 || __builtin_mul_overflow(number, size ? size->factor : 1, &amount) ||
	    __builtin_mul_overflow(amount, 1000000, &scaled) ||
	    __builtin_add_overflow(scaled, seconds / 2, &scaled))
		return too_large(reading);
	auto_str canonical = {0};
	add_number(&canonical, number);
	str_addf(&canonical, "%s%s", size ? size->canonical : "", slash);
	return understand(
	    reading, size ? UNIT_SIZE_RATE : UNIT_RATE, scaled / seconds, &canonical);
}

static bool
has_host_bits(const unsigned char *bytes, size_t size, int64_t prefix)
{
	for (size_t bit = (size_t)prefix; bit < size * 8; bit++)
		if (bytes[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

/* 192.0.2.7 2001:db8::/32 */
static bool
read_address(const struct reading *reading)
{
	char text[INET6_ADDRSTRLEN + 8], spelled[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	int family = strchr(reading->token->text, ':') ? AF_INET6 : AF_INET;
	int64_t most = family == AF_INET6 ? 128 : 32, prefix = most;
	size_t length = strlen(reading->token->text);
	if (length >= sizeof(text))
		return refuse(reading, NULL, "is no address");
	memcpy(text, reading->token->text, length + 1);
	char *slash = strchr(text, '/');
	if (slash) {
		*slash = '\0';
		const char *at = slash + 1;
		prefix = take_number(&at);
		if (prefix < 0 || prefix > most || *at)
			return refuse(reading, NULL, "is no network");
	}
	if (inet_pton(family, text, bytes) != 1)
		return refuse(reading, NULL, "is no address");
	if (has_host_bits(bytes, (size_t)most / 8, prefix))
		return refuse(reading, "give the network's first address, or leave the / out",
		    "names a host and a network at once");
	auto_str canonical = {0};
	str_add(&canonical, inet_ntop(family, bytes, spelled, sizeof(spelled)));
	if (prefix != most)
		str_addf(&canonical, "/%d", (int)prefix);
	return understand(reading, UNIT_ADDRESS, 0, &canonical);
}

/* 2027-01-31 */
static bool
read_date(const struct reading *reading)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const char *text = reading->token->text;
	const char *of_year = text, *of_month = text + 5, *of_day = text + 8;
	int year = (int)take_number(&of_year);
	int month = (int)take_number(&of_month), day = (int)take_number(&of_day);
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > lengths[month - 1] + (month == 2 && leap))
		return refuse(
		    reading, "dates are year-month-day, for example 2027-01-31", "is no date");
	auto_str canonical = {0};
	str_add(&canonical, text);
	return understand(reading, UNIT_DATE, clock_of_date(year, month, day), &canonical);
}

static bool
is_date(const char *text)
{
	for (size_t i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
	return text[10] == '\0';
}

static size_t
count_of(const char *text, char character)
{
	size_t count = 0;
	for (; *text; text++)
		count += *text == character;
	return count;
}

/* KB is 1000 to some and 1024 to others. It counts as KiB, so that nothing more is said of it.
 */
static bool
refuse_ambiguous(
    const struct reading *reading, const char *digits, size_t length, int64_t number)
{
	auto_str hint = {0}, canonical = {0};
	str_addf(&hint, "write %.*sKiB (times 1024) or %.*skB (times 1000)", (int)length,
	    digits, (int)length, digits);
	refuse(reading, str_text(&hint), "can be read two ways");
	return understand(reading, UNIT_SIZE, number, &canonical);
}

static bool
read_count_or_size(const struct reading *reading)
{
	const char *text = reading->token->text, *at = text;
	int64_t number = take_number(&at), total;
	size_t length = letters(at);
	const struct scale *size = find_scale(sizes, array_length(sizes), at, length);
	if (number == -2)
		return too_large(reading);
	if (strcmp(at, "KB") == 0)
		return refuse_ambiguous(reading, text, (size_t)(at - text), number);
	if (*at == '.')
		return refuse(reading,
		    "write a whole number of a smaller unit, 2_560MiB for 2.5GiB",
		    "has a fraction");
	if (*at && (!size || at[length]))
		return read_time(reading);
	if (__builtin_mul_overflow(number, size ? size->factor : 1, &total))
		return too_large(reading);
	auto_str canonical = {0};
	add_number(&canonical, number);
	str_add(&canonical, size ? size->canonical : "");
	return understand(reading, size ? UNIT_SIZE : UNIT_COUNT, total, &canonical);
}

bool
literal_read(struct token *token, struct arena *arena, struct diag *diag)
{
	struct reading reading = {token, arena, diag};
	const char *text = token->text;
	if (strchr(text, ':') || count_of(text, '.') == 3)
		return read_address(&reading);
	if (is_date(text))
		return read_date(&reading);
	if (text_ends_with(text, "/tcp") || text_ends_with(text, "/udp"))
		return read_port(&reading);
	if (strchr(text, '%'))
		return read_percent(&reading);
	if (strchr(text, '/'))
		return read_rate(&reading);
	return read_count_or_size(&reading);
}
