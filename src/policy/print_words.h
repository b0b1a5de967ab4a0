/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a part, without their place on the page. A newline in what is
 * appended is a place where a line that is too long may be broken, and a space
 * otherwise; texts hold none.
 */
#ifndef POLICY_PRINT_WORDS_H
#define POLICY_PRINT_WORDS_H

#include "base/str.h"
#include "policy/tree.h"

void print_value(const struct value_node *value, struct str *out);
void print_condition(const struct condition_node *condition, struct str *out);
void print_ladder(const struct ladder_node *ladder, struct str *out);
void print_ends(const struct end_node *ends, struct str *out);

/* "..." of one piece. */
void print_piece(const struct text_node *piece, struct str *out);

/* All pieces, side by side. */
void print_text(const struct text_node *text, struct str *out);

/* a, b, c */
void print_list(const struct word *words, struct str *out);

#endif
