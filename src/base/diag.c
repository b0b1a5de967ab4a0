/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/escape.h"
#include "base/memory.h"

enum { MOST_FINDINGS = 100, LONGEST_WORD = 64 };

struct finding {
	enum severity severity;
	struct place place;
	size_t order;
	const char *message;
	const char *hint;
};

struct diag {
	struct arena *arena;
	struct finding *findings;
	size_t count;
	size_t capacity;
	size_t errors;
	size_t warnings;
};

struct diag *
diag_new(void)
{
	struct diag *diag = memory_new(1, sizeof(*diag));
	diag->arena = arena_new();
	return diag;
}

void
diag_free(struct diag *diag)
{
	if (!diag)
		return;
	arena_free(diag->arena);
	free(diag->findings);
	free(diag);
}

/* Files outlive neither the parse nor the print in every caller, so both are copied. */
static struct place
keep_place(struct diag *diag, const struct place *place)
{
	struct place kept = place ? *place : (struct place){0};
	kept.file = arena_copy_text(diag->arena, kept.file);
	for (size_t i = diag->count; kept.text && i-- > 0;)
		if (text_equal(diag->findings[i].place.text, kept.text)) {
			kept.text = diag->findings[i].place.text;
			return kept;
		}
	kept.text = arena_copy_text(diag->arena, kept.text);
	return kept;
}

void
diag_add(struct diag *diag, enum severity severity, const struct place *place, const char *hint,
    const char *format, ...)
{
	if (severity == SEVERITY_ERROR)
		diag->errors++;
	else
		diag->warnings++;
	if (diag->count >= MOST_FINDINGS)
		return;
	va_list arguments;
	va_start(arguments, format);
	char *formatted = NULL;
	if (vasprintf(&formatted, format, arguments) < 0)
		abort();
	va_end(arguments);
	memory_grow(&diag->findings, diag->count, &diag->capacity, sizeof(*diag->findings));
	diag->findings[diag->count] = (struct finding){
	    .severity = severity,
	    .place = keep_place(diag, place),
	    .order = diag->count,
	    .message = arena_copy_text(diag->arena, formatted),
	    .hint = arena_copy_text(diag->arena, hint),
	};
	diag->count++;
	free(formatted);
}

size_t
diag_errors(const struct diag *diag)
{
	return diag->errors;
}

size_t
diag_warnings(const struct diag *diag)
{
	return diag->warnings;
}

static size_t
characters(const char *text, size_t length)
{
	size_t count = 0;
	while (length) {
		uint32_t point;
		size_t size = utf8_next(text, length, &point);
		size = size ? size : 1;
		text += size;
		length -= size;
		count++;
	}
	return count;
}

static size_t
line_start(const struct place *place)
{
	size_t start = place->offset;
	while (start > 0 && place->text[start - 1] != '\n')
		start--;
	return start;
}

void
place_line_column(const struct place *place, size_t *ret_line, size_t *ret_column)
{
	size_t line = 1;
	for (size_t i = 0; i < place->offset; i++)
		line += place->text[i] == '\n';
	size_t start = line_start(place);
	*ret_line = line;
	*ret_column = 1 + characters(place->text + start, place->offset - start);
}

/* One source line with its tabs as single spaces, so that the caret stands right. */
static void
add_source(struct str *out, const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		size_t run = i;
		while (run < length && line[run] != '\t')
			run++;
		escape_bytes(out, line + i, run - i);
		if (run < length)
			str_add_char(out, ' ');
		i = run;
	}
}

/* Of a very long line only what stands around the place is shown; characters stay whole. */
static void
clip_line(const struct place *place, size_t *start, size_t *length)
{
	enum { LONGEST_LINE = 1000, BEFORE = 100 };
	size_t end = *start + *length;
	if (*length <= LONGEST_LINE)
		return;
	if (place->offset - *start > BEFORE)
		*start = place->offset - BEFORE;
	while (*start < place->offset && (place->text[*start] & 0xc0) == 0x80)
		++*start;
	*length = end - *start < LONGEST_LINE ? end - *start : LONGEST_LINE;
}

static void
print_excerpt(const struct place *place, const char *hint, struct str *out)
{
	size_t line, column;
	place_line_column(place, &line, &column);
	size_t start = line_start(place);
	size_t length = strcspn(place->text + start, "\n");
	clip_line(place, &start, &length);
	char number[24];
	int width = snprintf(number, sizeof(number), "%zu", line);
	str_addf(out, " %s | ", number);
	add_source(out, place->text + start, length);
	str_addf(out, "\n %*s | ", width, "");
	auto_str before = {0};
	add_source(&before, place->text + start, place->offset - start);
	str_add_fill(out, ' ', characters(str_text(&before), before.length));
	size_t rest = start + length > place->offset ? start + length - place->offset : 0;
	size_t meant = place->length < rest ? place->length : rest;
	auto_str shown = {0};
	add_source(&shown, place->text + place->offset, meant);
	size_t carets = characters(str_text(&shown), shown.length);
	str_add_fill(out, '^', carets ? carets : 1);
	if (hint) {
		str_add_char(out, ' ');
		escape_text(out, hint);
	}
	str_add_char(out, '\n');
}

static void
print_finding(const struct finding *finding, struct str *out)
{
	const struct place *place = &finding->place;
	if (place->file) {
		escape_text(out, place->file);
		str_add_char(out, ':');
	}
	if (place->text) {
		size_t line, column;
		place_line_column(place, &line, &column);
		str_addf(out, "%zu:%zu:", line, column);
	}
	str_add(out, place->file || place->text ? " " : "");
	str_add(out, finding->severity == SEVERITY_ERROR ? "error: " : "warning: ");
	escape_text(out, finding->message);
	if (place->text) {
		str_add_char(out, '\n');
		print_excerpt(place, finding->hint, out);
		return;
	}
	if (finding->hint) {
		str_add(out, ": ");
		escape_text(out, finding->hint);
	}
	str_add_char(out, '\n');
}

static int
by_place(const void *left, const void *right)
{
	const struct finding *one = left, *other = right;
	int files = strcmp(
	    one->place.file ? one->place.file : "", other->place.file ? other->place.file : "");
	if (files)
		return files;
	if (one->place.offset != other->place.offset)
		return one->place.offset < other->place.offset ? -1 : 1;
	return one->order < other->order ? -1 : 1;
}

void
diag_print(const struct diag *diag, struct str *out)
{
	if (!diag->count)
		return;
	auto_free struct finding *sorted =
	    memory_copy(diag->findings, diag->count * sizeof(*diag->findings));
	qsort(sorted, diag->count, sizeof(*sorted), by_place);
	for (size_t i = 0; i < diag->count; i++)
		print_finding(&sorted[i], out);
	size_t all = diag->errors + diag->warnings;
	if (all > diag->count)
		str_addf(out, "... and %zu more\n", all - diag->count);
}

/* Optimal string alignment distance: insert, delete, change, swap neighbours. */
static size_t
distance(const char *one, const char *other)
{
	size_t rows = strlen(one), columns = strlen(other);
	if (rows > LONGEST_WORD || columns > LONGEST_WORD)
		return SIZE_MAX;
	size_t table[3][LONGEST_WORD + 1];
	for (size_t j = 0; j <= columns; j++)
		table[0][j] = j;
	for (size_t i = 1; i <= rows; i++) {
		size_t *now = table[i % 3], *last = table[(i + 2) % 3],
		       *before = table[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= columns; j++) {
			size_t best = last[j - 1] + (one[i - 1] != other[j - 1]);
			best = last[j] + 1 < best ? last[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
			    one[i - 2] == other[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return table[rows % 3][columns];
}

const char *
did_you_mean(const char *word, const char *const *candidates)
{
	size_t enough = strlen(word) < 3 ? 1 : 1 + strlen(word) / 4;
	const char *best = NULL;
	for (; *candidates; candidates++) {
		size_t apart = distance(word, *candidates);
		if (apart > enough || (best && apart >= distance(word, best)))
			continue;
		best = *candidates;
	}
	return best;
}
