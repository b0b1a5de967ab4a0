/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody newly wrote in an answer: without what he quotes, without his
 * signature, on one line that can stand in a journal.
 */
#ifndef MAIN_REPLY_WORDS_H
#define MAIN_REPLY_WORDS_H

#include <stddef.h>

#include "base/str.h"

enum { LONGEST_WORDS = 500 }; /* bytes; fits the note of a request */

/*
 * Appends the new words of a text (any bytes), folded by words_fold(). Quotes
 * between the words are left out, whatever follows a signature's "-- " or the
 * head of the mail that is answered is, too. Nothing may be left.
 */
void words_of_answer(const char *text, size_t length, struct str *out);

/*
 * Appends any bytes as one line of clean UTF-8, at most that many bytes: runs of
 * blanks become one, empty lines " / ", what is invisible nothing, controls and
 * bytes that are no UTF-8 U+FFFD. What is too long ends with an ellipsis.
 */
void words_fold(const char *text, size_t length, size_t most, struct str *out);

/*
 * Appends the text of an HTML page (any bytes): elements that break lines do, a
 * quote becomes a line that begins with '>', scripts and styles nothing.
 */
void words_of_html(const char *html, size_t length, struct str *out);

#endif
