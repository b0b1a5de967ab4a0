/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/view.h"

#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/escape.h"
#include "model/quantity.h"

enum {
	NARROWEST = 20,
	SECOND = 1000,
	MINUTE = 60 * SECOND,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR
};

static size_t
terminal_width(int fd)
{
	struct winsize size;
	if (ioctl(fd, TIOCGWINSZ, &size) || size.ws_col == 0)
		return 80;
	return size.ws_col < NARROWEST ? NARROWEST : size.ws_col;
}

struct look
look_of_stdout(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool terminal = isatty(STDOUT_FILENO);
	bool dumb = !term || strcmp(term, "dumb") == 0;
	return (struct look){
	    .width = terminal ? terminal_width(STDOUT_FILENO) : 0,
	    .colour = terminal && !dumb && !(no_color && *no_color),
	    .unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
	    .now = clock_wall(),
	};
}

void
view_paint(struct str *out, const struct look *look, enum paint paint, const char *text)
{
	static const char *const codes[] = {
	    [PAINT_PLAIN] = "",
	    [PAINT_BOLD] = "\033[1m",
	    [PAINT_DIM] = "\033[2m",
	    [PAINT_RED] = "\033[31m",
	    [PAINT_YELLOW] = "\033[33m",
	    [PAINT_GREEN] = "\033[32m",
	};
	bool painted = look->colour && paint != PAINT_PLAIN;
	str_add(out, painted ? codes[paint] : "");
	str_add(out, text);
	str_add(out, painted ? "\033[0m" : "");
}

void
view_text(struct str *out, const char *text)
{
	if (text_is_clean(text))
		str_add(out, text);
	else
		escape_text(out, text);
}

void
view_lines(struct str *out, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		auto_str line = {0};
		str_add_bytes(&line, text, length);
		view_text(out, str_text(&line));
		text += length;
		if (*text == '\n') {
			str_add_char(out, '\n');
			text++;
		}
	}
}

size_t
view_width(const char *text)
{
	size_t width = 0, length = strlen(text), step;
	uint32_t point;
	for (size_t at = 0; at < length; at += step) {
		step = utf8_next(text + at, length - at, &point);
		int columns = step ? wcwidth((wchar_t)point) : 1;
		width += columns < 0 ? 1 : (size_t)columns;
		step = step ? step : 1;
	}
	return width;
}

void
view_wrapped(struct str *out, const struct look *look, size_t indent, const char *text)
{
	size_t room = look->width > indent + NARROWEST ? look->width - indent : SIZE_MAX,
	       used = 0;
	auto_str clean = {0};
	view_text(&clean, text);
	for (const char *at = str_text(&clean); *at;) {
		size_t length = strcspn(at, " ");
		auto_str word = {0};
		str_add_bytes(&word, at, length);
		size_t width = view_width(str_text(&word));
		if (used == 0) {
			str_add_fill(out, ' ', indent);
		} else if (used + 1 + width > room) {
			str_add_char(out, '\n');
			str_add_fill(out, ' ', indent);
			used = 0;
		} else {
			str_add_char(out, ' ');
			used++;
		}
		str_add(out, str_text(&word));
		used += width;
		at += length;
		at += strspn(at, " ");
	}
	str_add_char(out, '\n');
}

/* ---- facts ---- */

const char *
fact_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

int64_t
fact_integer(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

double
fact_number(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

bool
fact_flag(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

bool
fact_is_there(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	return value && !json_is_null(value);
}

/* ---- moments ---- */

int
moment_parse(const char *text, int64_t *ret_wall)
{
	struct tm civil = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &civil);
	if (!end || *end)
		return -EINVAL;
	*ret_wall = (int64_t)timegm(&civil) * SECOND;
	return 0;
}

void
moment_add(struct str *out, const struct look *look, const char *text)
{
	int64_t wall;
	if (moment_parse(text, &wall)) {
		view_text(out, text);
		return;
	}
	time_t then = (time_t)(wall / SECOND), today = (time_t)(look->now / SECOND);
	struct tm civil, now;
	localtime_r(&then, &civil);
	localtime_r(&today, &now);
	bool same_day = civil.tm_year == now.tm_year && civil.tm_yday == now.tm_yday;
	char shown[32];
	strftime(shown, sizeof(shown), same_day ? "%H:%M:%S" : "%Y-%m-%d %H:%M", &civil);
	str_add(out, shown);
}

void
moment_add_last_day(struct str *out, const char *text)
{
	int64_t end;
	if (moment_parse(text, &end)) {
		view_text(out, text);
		return;
	}
	size_t from = out->length;
	clock_add_utc(out, end - 1);
	str_cut(out, from + strlen("2027-01-31"));
}

/* Whole units: nobody wants to read "in 2 d 3 h 4 m 5 s". */
void
view_duration(struct str *out, int64_t ms)
{
	int64_t unit = ms >= DAY ? HOUR : ms >= HOUR ? MINUTE : SECOND;
	quantity_add(out, UNIT_TIME, ms >= SECOND ? ms - ms % unit : 0);
}

void
moment_add_distance(struct str *out, const struct look *look, const char *text)
{
	int64_t wall;
	if (moment_parse(text, &wall)) {
		view_text(out, text);
		return;
	}
	int64_t distance = wall - look->now;
	if (distance > -SECOND && distance < SECOND) {
		str_add(out, "now");
		return;
	}
	str_add(out, distance > 0 ? "in " : "");
	view_duration(out, distance > 0 ? distance : -distance);
	str_add(out, distance > 0 ? "" : " ago");
}

int
duration_parse(const char *text, int64_t *ret_ms)
{
	static const struct {
		const char *name;
		int64_t length;
	} units[] = {{"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (errno || end == text || *text < '0' || *text > '9')
		return -EINVAL;
	for (size_t i = 0; i < array_length(units); i++)
		if (strcmp(end, units[i].name) == 0 && number < INT64_MAX / units[i].length) {
			*ret_ms = number * units[i].length;
			return 0;
		}
	return -EINVAL;
}
