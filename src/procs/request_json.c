/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/request_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { DAY_MS = 86400000, LONGEST_DATE_YEAR = 9999 };

/* A reading in progress: where it goes, and what is wrong with it. */
struct reading {
	struct request *request;
	struct str *wrong;
};

/* How deep arrays and objects nest; jansson would recurse into as many as fit the line. */
static int
depth_of(const char *line, size_t length)
{
	int depth = 0, deepest = 0;
	bool in_text = false;
	for (size_t i = 0; i < length; i++) {
		if (in_text && line[i] == '\\')
			i++;
		else if (line[i] == '"')
			in_text = !in_text;
		else if (!in_text && (line[i] == '{' || line[i] == '['))
			depth++;
		else if (!in_text && (line[i] == '}' || line[i] == ']'))
			depth--;
		if (depth > deepest)
			deepest = depth;
	}
	return deepest;
}

static int
wrong(struct reading *reading, const char *member, const char *what)
{
	str_addf(reading->wrong, "'%s' %s", member, what);
	return -EINVAL;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

/* The ms of "T14:03:07Z" after midnight. */
static int
parse_time_of_day(const char *text, int64_t *ret_ms)
{
	int hour = 0, minute = 0, second = 0, end = 0;
	if (strspn(text, "T0123456789:Z") != strlen(text) ||
	    sscanf(text, "T%2d:%2d:%2dZ%n", &hour, &minute, &second, &end) != 3 ||
	    end != (int)strlen("T14:03:07Z") || text[end] || hour > 23 || minute > 59 ||
	    second > 59)
		return -EINVAL;
	*ret_ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000);
	return 0;
}

static int
parse_day(const char *text, int64_t *ret_wall)
{
	if (strlen(text) != strlen("2027-01-31") || strspn(text, "0123456789-") != strlen(text))
		return -EINVAL;
	int year = 0, month = 0, day = 0, end = 0;
	if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || text[end] ||
	    year < 1970 || year > LONGEST_DATE_YEAR || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month))
		return -EINVAL;
	*ret_wall = clock_of_date(year, month, day);
	return 0;
}

int
request_parse_until(const char *text, int64_t *ret_until)
{
	char day[] = "2027-01-31";
	int64_t wall, time = DAY_MS; /* a day lasts to its end */
	if (strcmp(text, "revoked") == 0) {
		*ret_until = INT64_MAX;
		return 0;
	}
	size_t length = strnlen(text, sizeof(day) - 1);
	memcpy(day, text, length);
	day[length] = '\0';
	if (parse_day(day, &wall) || (text[length] && parse_time_of_day(text + length, &time)))
		return -EINVAL;
	*ret_until = wall + time;
	return 0;
}

static int
read_text(
    struct reading *reading, const char *member, const json_t *value, char *field, size_t size)
{
	const char *text = json_string_value(value);
	if (!text)
		return wrong(reading, member, "must be a text");
	if (strlen(text) >= size)
		return wrong(reading, member, "is too long");
	memcpy(field, text, strlen(text) + 1);
	return 0;
}

static int
read_number(struct reading *reading, const char *member, const json_t *value, uint64_t *field)
{
	if (!json_is_integer(value) || json_integer_value(value) < 1)
		return wrong(reading, member, "must be a whole number from 1");
	*field = (uint64_t)json_integer_value(value);
	return 0;
}

static int
read_date(struct reading *reading, const char *member, const json_t *value, int64_t *field)
{
	const char *text = json_string_value(value);
	if (!text || request_parse_until(text, field))
		return wrong(reading, member,
		    "must be a date like \"2027-01-31\" (or \"2027-01-31T14:00:00Z\"), or "
		    "\"revoked\"");
	return 0;
}

static int
read_flag(struct reading *reading, const char *member, const json_t *value, bool *field)
{
	if (!json_is_boolean(value))
		return wrong(reading, member, "must be true or false");
	*field = json_is_true(value);
	return 0;
}

static int
read_member(struct reading *reading, enum request_member member, const json_t *value)
{
	struct request *request = reading->request;
	const char *name = request_member_name(member);
	switch (member) {
#define TEXT(symbol, field, size, json)                                                        \
	case MEMBER_##symbol:                                                                  \
		return read_text(reading, name, value, request->field, size);
#define NUMBER(symbol, field, json)                                                            \
	case MEMBER_##symbol:                                                                  \
		return read_number(reading, name, value, &request->field);
#define DATE(symbol, field, json)                                                              \
	case MEMBER_##symbol:                                                                  \
		return read_date(reading, name, value, &request->field);
#define FLAG(symbol, field, json)                                                              \
	case MEMBER_##symbol:                                                                  \
		return read_flag(reading, name, value, &request->field);
#include "model/request_members.def"
#undef TEXT
#undef NUMBER
#undef DATE
#undef FLAG
	case MEMBER_COUNT:
		break;
	}
	return -EINVAL;
}

static int
member_find(const char *name)
{
	for (int member = 0; member < MEMBER_COUNT; member++)
		if (strcmp(request_member_name((enum request_member)member), name) == 0)
			return member;
	return -1;
}

static int
read_members(struct reading *reading, json_t *object)
{
	const struct ask_info *info = ask_info(reading->request->ask);
	uint32_t given = 0;
	const char *name;
	json_t *value;
	json_object_foreach(object, name, value)
	{
		if (strcmp(name, "ask") == 0)
			continue;
		int member = member_find(name);
		if (member < 0 || !(info->may & UINT32_C(1) << member))
			return wrong(reading, name, "does not belong to this question");
		int status = read_member(reading, (enum request_member)member, value);
		if (status)
			return status;
		given |= UINT32_C(1) << member;
	}
	for (int member = 0; member < MEMBER_COUNT; member++)
		if (info->must & ~given & UINT32_C(1) << member)
			return wrong(reading, request_member_name((enum request_member)member),
			    "is missing");
	return 0;
}

static int
read_request(struct reading *reading, json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "ask"));
	if (!name) {
		str_add(reading->wrong, "the request does not say what it asks: \"ask\"");
		return -EINVAL;
	}
	int ask = ask_find(name);
	if (ask < 0)
		return wrong(reading, name, "is not a question");
	reading->request->ask = (enum ask)ask;
	return read_members(reading, object);
}

int
request_parse(
    const char *line, size_t length, struct request *ret_request, struct str *ret_wrong)
{
	if (length > LONGEST_REQUEST_LINE || depth_of(line, length) > DEEPEST_REQUEST) {
		str_add(ret_wrong, "the request is too large or too deep");
		return -EINVAL;
	}
	json_error_t error;
	json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(object)) {
		str_addf(
		    ret_wrong, "the request is no JSON object: %s", object ? "" : error.text);
		json_decref(object);
		return -EINVAL;
	}
	struct request request = {0};
	struct reading reading = {&request, ret_wrong};
	int status = read_request(&reading, object);
	json_decref(object);
	if (!status)
		*ret_request = request;
	return status;
}
