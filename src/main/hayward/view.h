/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How answers are shown to people. Every text that comes from the daemon goes
 * through view_text(): it was escaped there already, but a terminal is worth
 * two looks.
 */
#ifndef MAIN_HAYWARD_VIEW_H
#define MAIN_HAYWARD_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Where something is shown, and when. */
struct look {
	size_t width; /* columns; 0: as wide as it takes (a pipe, a file) */
	bool colour;  /* a terminal, and NO_COLOR is not set */
	bool unicode; /* the locale's character set is UTF-8 */
	int64_t now;  /* wall ms */
};

enum paint { PAINT_PLAIN, PAINT_BOLD, PAINT_DIM, PAINT_RED, PAINT_YELLOW, PAINT_GREEN };

/* The look of standard output, now. */
struct look look_of_stdout(void);

/* Adds text painted, which must be safe to show. */
void view_paint(struct str *out, const struct look *look, enum paint paint, const char *text);

/* Adds text that is clean as it is, and escaped by escape_text() if it is not. */
void view_text(struct str *out, const char *text);

/* As view_text(), for text whose line ends are meant. */
void view_lines(struct str *out, const char *text);

/* Adds text broken between words to the look's width, each line after `indent` spaces. */
void view_wrapped(struct str *out, const struct look *look, size_t indent, const char *text);

/* Columns that clean text takes on a terminal. */
size_t view_width(const char *text);

/* ---- facts from the daemon; what is missing is "", 0, false or NULL ---- */

const char *fact_text(const json_t *object, const char *name);
int64_t fact_integer(const json_t *object, const char *name);
double fact_number(const json_t *object, const char *name);
bool fact_flag(const json_t *object, const char *name);
bool fact_is_there(const json_t *object, const char *name); /* present and not null */

/* ---- moments, as the daemon writes them ---- */

/* "2027-01-31T14:03:07Z" to wall ms; -EINVAL. */
int moment_parse(const char *text, int64_t *ret_wall) must_use;

/* "14:03:07" of the same day, else "2027-01-31 14:03", local time; "" stays "". */
void moment_add(struct str *out, const struct look *look, const char *text);

/* The last day (UTC) before that moment, as exceptions are granted: "2027-01-31". */
void moment_add_last_day(struct str *out, const char *text);

/* "in 2 d 3 h", "5 m ago", "now"; "" stays "". */
void moment_add_distance(struct str *out, const struct look *look, const char *text);

/* "90s", "15m", "2h" or "3d" to ms; -EINVAL. */
int duration_parse(const char *text, int64_t *ret_ms) must_use;

/* A length of time for people: "3 d 2 h". */
void view_duration(struct str *out, int64_t ms);

#endif
