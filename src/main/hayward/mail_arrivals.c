/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/mail_arrivals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "base/map.h"
#include "base/memory.h"
#include "main/hayward/table.h"
#include "model/quantity.h"

struct box {
	char address[320];
	uint64_t mails, recipients, bytes;
	int64_t last; /* wall ms */
};

struct mail_arrivals {
	struct map *boxes; /* by address */
};

struct mail_arrivals *
mail_arrivals_new(void)
{
	struct mail_arrivals *arrivals = memory_new(1, sizeof(*arrivals));
	arrivals->boxes = map_new();
	return arrivals;
}

void
mail_arrivals_free(struct mail_arrivals *arrivals)
{
	size_t position = 0;
	for (struct box *box; (box = map_next(arrivals->boxes, &position));)
		free(box);
	map_free(arrivals->boxes);
	free(arrivals);
}

static struct box *
find_box(struct mail_arrivals *arrivals, const char *address)
{
	struct box *box = map_find_text(arrivals->boxes, address);
	if (box)
		return box;
	box = memory_new(1, sizeof(*box));
	snprintf(box->address, sizeof(box->address), "%s", address);
	map_put_text(arrivals->boxes, address, box);
	return box;
}

/* The label is "REFERENCE ADDRESS". */
bool
mail_arrivals_count(
    struct mail_arrivals *arrivals, const struct record *record, const char *who)
{
	const char *blank = strchr(record->label, ' ');
	const char *address = blank ? blank + 1 : "";
	if (!*address || (strcmp(record->account_name, who) != 0 && strcmp(address, who) != 0))
		return false;
	struct box *box = find_box(arrivals, address);
	box->mails++;
	box->recipients += record->recipients;
	box->bytes += record->value > 0 ? (uint64_t)record->value : 0;
	if (record->wall > box->last)
		box->last = record->wall;
	return true;
}

bool
mail_arrivals_any(const struct mail_arrivals *arrivals)
{
	return map_count(arrivals->boxes) > 0;
}

/* "@alice.example" is what takes all others of that domain. */
static void
add_row(struct table *table, const struct box *box)
{
	time_t seconds = (time_t)(box->last / 1000);
	struct tm civil;
	char last[32];
	localtime_r(&seconds, &civil);
	strftime(last, sizeof(last), "%Y-%m-%d %H:%M:%S", &civil);
	if (*box->address == '@')
		table_addf(table, "all others of %s", box->address + 1);
	else
		table_add(table, box->address);
	table_addf(table, "%" PRIu64, box->mails);
	table_addf(table, "%" PRIu64, box->recipients);
	auto_str size = {0};
	quantity_add(&size, UNIT_SIZE, (int64_t)box->bytes);
	table_add(table, str_text(&size));
	table_add(table, last);
}

void
mail_arrivals_print(const struct mail_arrivals *arrivals, const struct look *look)
{
	static const struct column columns[] = {
	    {"RECEIVED BY", ALIGN_LEFT, 0, true},
	    {"MAILS", ALIGN_RIGHT, 0, false},
	    {"RECIPIENTS", ALIGN_RIGHT, 1, false},
	    {"SIZE", ALIGN_RIGHT, 1, false},
	    {"LAST", ALIGN_LEFT, 1, false},
	};
	auto_table struct table *table = table_new(columns, array_length(columns));
	auto_str out = {0};
	size_t position = 0;
	for (const struct box *box; (box = map_next(arrivals->boxes, &position));)
		add_row(table, box);
	table_print(table, look, SIZE_MAX, &out);
	fputs(str_text(&out), stdout);
}

json_t *
mail_arrivals_json(const struct mail_arrivals *arrivals)
{
	json_t *list = json_array();
	size_t position = 0;
	for (const struct box *box; (box = map_next(arrivals->boxes, &position));) {
		auto_str address = {0};
		escape_text(&address, box->address);
		json_array_append_new(list,
		    json_pack("{s:s, s:I, s:I, s:I, s:I}", "by", str_text(&address), "mails",
			(json_int_t)box->mails, "recipients", (json_int_t)box->recipients,
			"bytes", (json_int_t)box->bytes, "last", (json_int_t)box->last));
	}
	return list;
}
