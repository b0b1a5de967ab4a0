/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a text that a person wrote, and where: collected while it
 * is read, so that one run reports many mistakes, printed with the line and a
 * caret under the words meant.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Where something stands: bytes, counted from the beginning of its file. */
struct place {
	const char *file; /* as it was named; NULL: nowhere in particular */
	const char *text; /* the whole file, NUL-terminated; NULL: not at hand */
	size_t offset;	  /* first byte meant */
	size_t length;	  /* bytes meant, at least 1 when printed */
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct diag;

/* An empty collection that keeps at most 100 findings; diag_free() it. */
struct diag *diag_new(void) must_use;
void diag_free(struct diag *diag);

/* Adds a finding; what is wrong, and a hint (NULL: none) that says what to write instead. */
void diag_add(struct diag *diag, enum severity severity, const struct place *place,
    const char *hint, const char *format, ...) printf_like(5, 6);

size_t diag_errors(const struct diag *diag);
size_t diag_warnings(const struct diag *diag);

/*
 * Prints all findings in order of file and place:
 *
 *     local.policy:6:10: error: unknown measure 'cpu.shares'
 *      6 |     when cpu.shares > 10% over 10m then warn }
 *        |          ^^^^^^^^^^ did you mean 'cpu.share'?
 *
 * Columns count characters, not bytes; control bytes are escaped.
 */
void diag_print(const struct diag *diag, struct str *out);

/* 1-based line and column (in characters) of a place that has its text. */
void place_line_column(const struct place *place, size_t *ret_line, size_t *ret_column);

/*
 * The candidate that is most like the word, by edit distance, or NULL if none
 * is near enough to be meant. candidates ends with NULL.
 */
const char *did_you_mean(const char *word, const char *const *candidates);

#endif
