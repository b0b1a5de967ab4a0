/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Customers choose names. Before one of them reaches a terminal, a log, a mail
 * header or a page it goes through one of these, and through no other way.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Printable UTF-8 as it is; control characters (C0, C1, DEL), bidirectional
 * overrides, invisible formatting characters and bytes that are no UTF-8
 * become \xNN; a backslash becomes \\. For terminals, logs and mail bodies.
 */
void escape_text(struct str *out, const char *text);

/* As escape_text, for bytes that may hold NULs. */
void escape_bytes(struct str *out, const void *bytes, size_t length);

/* As escape_text, and & < > " ' become entities. */
void escape_html(struct str *out, const char *text);

/* ASCII of one line: what escape_text leaves beyond ASCII becomes \xNN too. For headers. */
void escape_header(struct str *out, const char *text);

/* Whether text is valid UTF-8 without control characters: safe to show as it is. */
bool text_is_clean(const char *text);

/*
 * Length of the valid UTF-8 sequence at text (1 to 4), or 0 if there is none;
 * ret_point gets the code point.
 */
size_t utf8_next(const char *text, size_t length, uint32_t *ret_point);

/*
 * Appends the text as a regular expression that matches just it, within quotes of Apache's,
 * too: letters and digits as they are, every other byte as \xNN, for it could mean
 * something to somebody.
 */
void escape_pattern(struct str *out, const char *text);

#endif
