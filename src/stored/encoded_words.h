/* SPDX-License-Identifier: Apache-2.0 */
/* Names as mail programs write them in headers: "=?utf-8?Q?Stra=C3=9Fe?=" (RFC 2047). */
#ifndef STORED_ENCODED_WORDS_H
#define STORED_ENCODED_WORDS_H

#include "base/str.h"

/*
 * Adds the text with its encoded words decoded, those of UTF-8, ASCII and Latin 1; others, and
 * what only looks like one, stay as they are. What comes out is still a stranger's: any bytes,
 * NULs too.
 */
void encoded_words_read(const char *text, struct str *out);

#endif
