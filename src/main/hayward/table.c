/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/memory.h"

enum { GAP = 2, NARROWEST_ELASTIC = 8 };

struct cell {
	char *text;
	enum paint paint;
};

struct table {
	const struct column *columns;
	size_t column_count;
	struct cell *cells;
	size_t cell_count;
	size_t capacity;
};

/* How wide each column is to be; 0 where it is left out. */
struct plan {
	size_t *widths;
	size_t count;
};

struct table *
table_new(const struct column *columns, size_t count)
{
	struct table *table = memory_new(1, sizeof(*table));
	table->columns = columns;
	table->column_count = count;
	return table;
}

void
table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}

void
table_cleanup(struct table **table)
{
	table_free(*table);
}

void
table_add(struct table *table, const char *text)
{
	auto_str clean = {0};
	view_text(&clean, text);
	memory_grow(&table->cells, table->cell_count, &table->capacity, sizeof(*table->cells));
	table->cells[table->cell_count++] = (struct cell){str_take(&clean), PAINT_PLAIN};
}

void
table_addf(struct table *table, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	auto_free char *text = NULL;
	if (vasprintf(&text, format, arguments) < 0)
		abort();
	va_end(arguments);
	table_add(table, text);
}

void
table_paint(struct table *table, enum paint paint)
{
	if (table->cell_count)
		table->cells[table->cell_count - 1].paint = paint;
}

size_t
table_rows(const struct table *table)
{
	return table->cell_count / table->column_count;
}

static const struct cell *
cell_at(const struct table *table, size_t row, size_t column)
{
	return &table->cells[row * table->column_count + column];
}

static void
measure(const struct table *table, size_t rows, struct plan *plan)
{
	for (size_t c = 0; c < plan->count; c++) {
		plan->widths[c] = view_width(table->columns[c].title);
		for (size_t r = 0; r < rows; r++) {
			size_t width = view_width(cell_at(table, r, c)->text);
			if (width > plan->widths[c])
				plan->widths[c] = width;
		}
	}
}

static size_t
total(const struct plan *plan)
{
	size_t sum = 0;
	for (size_t c = 0; c < plan->count; c++)
		sum += plan->widths[c] ? plan->widths[c] + GAP : 0;
	return sum > GAP ? sum - GAP : sum;
}

/* Cuts the widest elastic column by what is too much, as far as it can be cut. */
static bool
squeeze(const struct table *table, struct plan *plan, size_t excess)
{
	size_t widest = SIZE_MAX;
	for (size_t c = 0; c < plan->count; c++)
		if (table->columns[c].elastic && plan->widths[c] > NARROWEST_ELASTIC &&
		    (widest == SIZE_MAX || plan->widths[c] > plan->widths[widest]))
			widest = c;
	if (widest == SIZE_MAX)
		return false;
	size_t most = plan->widths[widest] - NARROWEST_ELASTIC;
	plan->widths[widest] -= excess < most ? excess : most;
	return true;
}

static bool
drop(const struct table *table, struct plan *plan)
{
	size_t least = SIZE_MAX;
	for (size_t c = 0; c < plan->count; c++)
		if (plan->widths[c] && table->columns[c].keep &&
		    (least == SIZE_MAX || table->columns[c].keep < table->columns[least].keep))
			least = c;
	if (least == SIZE_MAX)
		return false;
	plan->widths[least] = 0;
	return true;
}

/* What elastic columns could give at most. */
static size_t
slack(const struct table *table, const struct plan *plan)
{
	size_t sum = 0;
	for (size_t c = 0; c < plan->count; c++)
		if (table->columns[c].elastic && plan->widths[c] > 2 * NARROWEST_ELASTIC)
			sum += plan->widths[c] - 2 * NARROWEST_ELASTIC;
	return sum;
}

static void
fit(const struct table *table, struct plan *plan, size_t width)
{
	while (total(plan) > width + slack(table, plan) && drop(table, plan))
		;
	while (total(plan) > width && squeeze(table, plan, total(plan) - width))
		;
}

/* As much of the text as fits, its end marked as cut. */
static void
add_cut(struct str *out, const struct look *look, const char *text, size_t width)
{
	size_t used = 0, length = strlen(text), step;
	uint32_t point;
	size_t at = 0;
	for (; at < length; at += step) {
		step = utf8_next(text + at, length - at, &point);
		step = step ? step : 1;
		auto_str character = {0};
		str_add_bytes(&character, text + at, step);
		size_t columns = view_width(str_text(&character));
		if (used + columns > width - 1)
			break;
		used += columns;
	}
	str_add_bytes(out, text, at);
	str_add(out, look->unicode ? "…" : "~");
	str_add_fill(out, ' ', width - used - 1);
}

static void
add_cell(struct str *out, const struct look *look, const struct cell *cell, enum align align,
    size_t width)
{
	auto_str text = {0};
	size_t own = view_width(cell->text);
	size_t gap = own < width ? width - own : 0;
	if (align == ALIGN_RIGHT)
		str_add_fill(&text, ' ', gap);
	if (own > width)
		add_cut(&text, look, cell->text, width);
	else
		str_add(&text, cell->text);
	if (align == ALIGN_LEFT)
		str_add_fill(&text, ' ', gap);
	view_paint(out, look, cell->paint, str_text(&text));
}

static void
trim(struct str *out)
{
	size_t length = out->length;
	while (length && out->data[length - 1] == ' ')
		length--;
	str_cut(out, length);
}

static void
print_titles(const struct table *table, const struct look *look, const struct plan *plan,
    struct str *out)
{
	auto_str line = {0};
	struct look plain = *look;
	plain.colour = false;
	for (size_t c = 0; c < plan->count; c++) {
		if (!plan->widths[c])
			continue;
		auto_free char *title = memory_copy_text(table->columns[c].title);
		struct cell cell = {title, PAINT_PLAIN};
		str_add(&line, line.length ? "  " : "");
		add_cell(&line, &plain, &cell, table->columns[c].align, plan->widths[c]);
	}
	trim(&line);
	view_paint(out, look, PAINT_BOLD, str_text(&line));
	str_add_char(out, '\n');
}

static void
print_row(const struct table *table, const struct look *look, const struct plan *plan,
    size_t row, struct str *out)
{
	auto_str line = {0};
	for (size_t c = 0; c < plan->count; c++) {
		if (!plan->widths[c])
			continue;
		str_add(&line, line.length ? "  " : "");
		add_cell(&line, look, cell_at(table, row, c), table->columns[c].align,
		    plan->widths[c]);
	}
	trim(&line);
	str_add(out, str_text(&line));
	str_add_char(out, '\n');
}

void
table_print(const struct table *table, const struct look *look, size_t most, struct str *out)
{
	size_t rows = table_rows(table);
	rows = rows < most ? rows : most;
	auto_free size_t *widths = memory_new(table->column_count, sizeof(*widths));
	struct plan plan = {widths, table->column_count};
	measure(table, rows, &plan);
	if (look->width)
		fit(table, &plan, look->width);
	print_titles(table, look, &plan, out);
	for (size_t row = 0; row < rows; row++)
		print_row(table, look, &plan, row, out);
}
