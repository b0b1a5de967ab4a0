/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for terminals of any width. Numbers stand to the right. What is too
 * wide loses first the columns that matter least, then the ends of long texts.
 */
#ifndef MAIN_HAYWARD_TABLE_H
#define MAIN_HAYWARD_TABLE_H

#include "main/hayward/view.h"

enum align { ALIGN_LEFT, ALIGN_RIGHT };

struct column {
	const char *title;
	enum align align;
	int keep;     /* columns with the lowest number are dropped first; 0: never */
	bool elastic; /* long texts may be cut */
};

struct table;

/* columns is borrowed and must outlive the table; table_free() it. */
struct table *table_new(const struct column *columns, size_t count) must_use;
void table_free(struct table *table);

/* The next cell, row by row; the text goes through view_text(). */
void table_add(struct table *table, const char *text);
void table_addf(struct table *table, const char *format, ...) printf_like(2, 3);

/* Paints the cell that was added last. */
void table_paint(struct table *table, enum paint paint);

size_t table_rows(const struct table *table);

/* Prints the titles and at most `most` rows (SIZE_MAX: all). */
void table_print(
    const struct table *table, const struct look *look, size_t most, struct str *out);

#define auto_table __attribute__((cleanup(table_cleanup)))
void table_cleanup(struct table **table);

#endif
