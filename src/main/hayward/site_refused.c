/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/site_refused.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum { MOST_SHOWN = 20 };

struct refused {
	const char *name; /* of the account; NULL: a uid of the system */
	int64_t uid;
	int64_t count;
	enum role role;
};

struct refusals {
	struct refused *all;
	size_t count, capacity;
};

static const char *
account_of(const struct book *book, int64_t uid)
{
	for (size_t i = 0; i < book->account_count; i++)
		if (book->accounts[i].uid == uid)
			return book->accounts[i].name;
	return NULL;
}

static void
take_line(struct refusals *refusals, const struct book *book, enum role role, const char *line)
{
	struct refused refused = {.role = role};
	if (sscanf(line, "refused %" SCNd64 " %" SCNd64, &refused.uid, &refused.count) != 2)
		return;
	refused.name = account_of(book, refused.uid);
	memory_grow(
	    &refusals->all, refusals->count, &refusals->capacity, sizeof(*refusals->all));
	refusals->all[refusals->count++] = refused;
}

static int
compare(const void *left, const void *right)
{
	const struct refused *a = left, *b = right;
	return (a->count < b->count) - (a->count > b->count);
}

static void
add_row(struct table *table, const struct refused *refused)
{
	if (refused->name)
		table_add(table, refused->name);
	else
		table_addf(table, "uid %" PRId64, refused->uid);
	table_add(table, role_name(refused->role));
	table_addf(table, "%" PRId64, refused->count);
}

void
site_refused_print(const struct book *book, const struct pushed answers[ROLE_COUNT],
    const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"ACCOUNT", ALIGN_LEFT, 0, false},
	    {"ROLE", ALIGN_LEFT, 0, false},
	    {"REFUSED OUTWARDS", ALIGN_RIGHT, 0, false},
	};
	struct refusals refusals = {0};
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		const char *text = str_text(&answers[role].said);
		size_t length;
		for (const char *line; (line = text_next_line(&text, &length));)
			take_line(&refusals, book, role, line);
	}
	if (refusals.count) {
		auto_table struct table *table = table_new(columns, array_length(columns));
		qsort(refusals.all, refusals.count, sizeof(*refusals.all), compare);
		for (size_t i = 0; i < refusals.count && i < MOST_SHOWN; i++)
			add_row(table, &refusals.all[i]);
		str_add(out, "\n");
		table_print(table, look, SIZE_MAX, out);
	}
	free(refusals.all);
}
