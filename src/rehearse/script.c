/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, words and values of a scenario. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rehearse/play.h"

enum { LONGEST_LINE = 4096 };

static struct place
place_at(const struct play *play, const char *from, size_t length)
{
	return (struct place){
	    play->name, play->text, (size_t)(from - play->text), length ? length : 1};
}

/* A word, or a text in quotes; *at moves behind it. */
static struct word
next_word(const struct play *play, const char **at, const char *end)
{
	const char *from = *at;
	struct word word = {.quoted = *from == '"'};
	const char *to = word.quoted ? from + 1 : from;
	while (to < end && (word.quoted ? *to != '"' : !isspace((unsigned char)*to)))
		to++;
	const char *begin = word.quoted ? from + 1 : from;
	word.text = arena_copy(play->arena, begin, (size_t)(to - begin));
	if (word.quoted && to < end)
		to++;
	word.place = place_at(play, from, (size_t)(to - from));
	*at = to;
	return word;
}

static const char *
end_of_line(const char *at)
{
	return at + strcspn(at, "\n");
}

/* The next line that says something; false at the end. */
bool
script_next(struct play *play, struct line *ret_line)
{
	while (*play->at) {
		const char *at = play->at, *end = end_of_line(at);
		play->at = *end ? end + 1 : end;
		*ret_line = (struct line){0};
		for (;;) {
			at += strspn(at, " \t\r");
			if (at >= end || *at == '#' || ret_line->count == MOST_WORDS)
				break;
			if (!ret_line->count)
				ret_line->place = place_at(play, at, (size_t)(end - at));
			ret_line->words[ret_line->count++] = next_word(play, &at, end);
		}
		if (ret_line->count)
			return true;
	}
	return false;
}

/* Everything up to a line that says `end` alone; NULL if there is none. */
const char *
script_block(struct play *play, size_t *ret_length)
{
	const char *from = play->at;
	while (*play->at) {
		const char *at = play->at, *end = end_of_line(at);
		play->at = *end ? end + 1 : end;
		const char *word = at + strspn(at, " \t");
		if (strncmp(word, "end", 3) == 0 &&
		    strspn(word + 3, " \t\r") + 3 >= (size_t)(end - word)) {
			*ret_length = (size_t)(at - from);
			return from;
		}
	}
	return NULL;
}

void
complain(struct play *play, const struct word *word, const char *hint, const char *what)
{
	diag_add(play->diag, SEVERITY_ERROR, &word->place, hint, "%s '%s'", what, word->text);
}

void
complain_line(struct play *play, const struct line *line, const char *what)
{
	diag_add(play->diag, SEVERITY_ERROR, &line->place, NULL, "%s", what);
}

/* Digits with '_' between them. */
static bool
take_number(const char **at, int64_t *ret_number)
{
	int64_t number = 0;
	const char *from = *at;
	for (; isdigit((unsigned char)**at) || (**at == '_' && *at != from); ++*at) {
		if (**at == '_')
			continue;
		if (number > INT64_MAX / 100)
			return false;
		number = number * 10 + (**at - '0');
	}
	*ret_number = number;
	return *at != from;
}

bool
read_duration(struct play *play, const struct word *word, int64_t *ret_ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000},
	    {"w", 604800000}};
	const char *at = word->text;
	int64_t sum = 0, number;
	bool good = *at != '\0';
	while (good && *at) {
		good = take_number(&at, &number);
		size_t unit = 0;
		while (unit < array_length(units) && !text_starts_with(at, units[unit].name))
			unit++;
		good = good && unit < array_length(units) && number < 100000;
		if (!good)
			break;
		sum += number * units[unit].ms;
		at += strlen(units[unit].name);
	}
	if (!good)
		complain(play, word, "write 30s, 10m, 6h or 3d", "not a time:");
	*ret_ms = sum;
	return good;
}

static bool
percent_of(const char *text, int64_t *ret_value)
{
	int64_t whole, part = 0;
	if (!take_number(&text, &whole) || whole > 1000000)
		return false;
	if (*text == '.') {
		const char *from = ++text;
		if (!take_number(&text, &part) || text - from > 2)
			return false;
		if (text - from == 1)
			part *= 10;
	}
	*ret_value = whole * 100 + part;
	return strcmp(text, "%") == 0;
}

static bool
size_of(const char *text, int64_t *ret_value)
{
	static const struct {
		const char *name;
		int shift;
	} units[] = {{"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
	int64_t number;
	if (!take_number(&text, &number))
		return false;
	for (size_t i = 0; i < array_length(units); i++) {
		if (strcmp(text, units[i].name) != 0 || number > INT64_MAX >> units[i].shift)
			continue;
		*ret_value = number << units[i].shift;
		return true;
	}
	return false;
}

bool
read_size(struct play *play, const struct word *word, int64_t *ret_value)
{
	bool good = size_of(word->text, ret_value);
	if (!good)
		complain(play, word, "write 512MiB or 16GiB", "not a size:");
	return good;
}

/* The number of a listed value: "hit-counter" among the words of script.kind. */
static bool
name_of(const char *words, const char *text, int64_t *ret_value)
{
	int64_t number = 0;
	for (const char *at = words; *at; number++) {
		size_t length = strcspn(at, " ");
		if (strlen(text) == length && strncmp(at, text, length) == 0) {
			*ret_value = number;
			return true;
		}
		at += length;
		at += strspn(at, " ");
	}
	return false;
}

static bool
count_of(const char *text, int64_t *ret_value)
{
	return take_number(&text, ret_value) && !*text;
}

bool
read_value(struct play *play, const struct word *word, enum measure measure, int64_t *ret_value)
{
	const struct measure_info *info = measure_info(measure);
	bool good = false;
	switch ((int)info->unit) {
	case UNIT_PERCENT:
		good = percent_of(word->text, ret_value);
		break;
	case UNIT_SIZE:
		good = size_of(word->text, ret_value);
		break;
	case UNIT_TIME:
		return read_duration(play, word, ret_value);
	case UNIT_YES_NO:
		*ret_value = strcmp(word->text, "yes") == 0;
		good = *ret_value || strcmp(word->text, "no") == 0;
		break;
	case UNIT_NAME:
		good = name_of(info->words, word->text, ret_value);
		break;
	default:
		good = count_of(word->text, ret_value);
		break;
	}
	if (!good)
		diag_add(play->diag, SEVERITY_ERROR, &word->place, NULL,
		    "'%s' is no %s, as '%s' is measured in", word->text, unit_name(info->unit),
		    info->name);
	return good;
}

bool
read_count(struct play *play, const struct word *word, int64_t most, int64_t *ret_value)
{
	bool good = count_of(word->text, ret_value) && *ret_value >= 1 && *ret_value <= most;
	if (!good)
		complain(play, word, NULL, "not a number that makes sense here:");
	return good;
}

bool
read_time_of_day(const char *text, int64_t *ret_ms)
{
	int64_t hours, minutes;
	if (!take_number(&text, &hours) || *text++ != ':' || !take_number(&text, &minutes) ||
	    *text || hours > 23 || minutes > 59)
		return false;
	*ret_ms = (hours * 60 + minutes) * 60000;
	return true;
}

bool
read_date(const char *text, int64_t *ret_wall)
{
	int64_t year, month, day;
	if (!take_number(&text, &year) || *text++ != '-' || !take_number(&text, &month) ||
	    *text++ != '-' || !take_number(&text, &day) || *text || year < 1970 ||
	    year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	*ret_wall = clock_of_date((int)year, (int)month, (int)day);
	return true;
}
