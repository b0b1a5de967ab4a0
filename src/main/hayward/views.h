/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers laid out for people, one function an answer: from the daemon's data
 * (docs/control.md) to text. Pure, so that tests can read what people read.
 */
#ifndef MAIN_HAYWARD_VIEWS_H
#define MAIN_HAYWARD_VIEWS_H

#include "main/hayward/connection.h"

answer_view status_view;
answer_view accounts_view;
answer_view show_view;
answer_view tree_view;
answer_view cases_view;
answer_view case_view;
answer_view reviews_view; /* the queue */
answer_view
    review_view; /* one account: the answer to review, and "inventory" if there is one */
answer_view explain_view;
answer_view breaker_view;
answer_view requests_view;
answer_view incident_view;
answer_view clause_view;
answer_view abilities_view; /* the part of status that doctor shows */

enum top_order { TOP_BY_CPU, TOP_BY_MEMORY, TOP_BY_IO, TOP_BY_RUNS };

/* One screen of `top`: at most height lines (0: all). */
struct top_screen {
	enum top_order order;
	bool scripts;
	size_t height;
};
void top_view(const json_t *data, const struct look *look, const struct top_screen *screen,
    struct str *out);

/* Adds a case's state in words that say what it waits for: "suspend in 2 d 3 h". */
void case_add_next(struct str *out, const struct look *look, const json_t *object);

/* Adds a table of cases, or in words that there are none. */
void case_list_view(
    const json_t *cases, const struct look *look, const char *none, struct str *out);

/* Adds a table of scripts of one account, at most so many rows. */
void script_list_view(
    const json_t *scripts, const struct look *look, size_t most, struct str *out);

/* Adds the list of measured things that a case rests on. */
void evidence_view(const json_t *evidence, const struct look *look, struct str *out);

/* The cell of an account's name, marked if the account is looked through. */
struct table;
void account_cell(struct table *table, const json_t *object);

/* A heading of a part of a page. */
void view_heading(struct str *out, const struct look *look, const char *text);

/* "  label      text": one fact of a list; the text is made safe here. */
void view_fact(struct str *out, const char *label, const char *format, ...) printf_like(3, 4);

#endif
