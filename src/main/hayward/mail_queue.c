/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/mail_queue.h"

#include "main/hayward/connection.h"
#include "main/hayward/table.h"
#include "main/hayward/views.h"
#include "model/quantity.h"

static void
add_mail(struct table *table, const json_t *mail)
{
	auto_str to = {0}, size = {0};
	bool held = text_equal(fact_text(mail, "queue"), "hold");
	int64_t recipients = fact_integer(mail, "recipients");
	quantity_add(&size, UNIT_SIZE, fact_integer(mail, "bytes"));
	view_text(&to, fact_text(mail, "to"));
	if (recipients > 1)
		str_addf(&to, " and %lld more", (long long)recipients - 1);
	table_add(table, fact_text(mail, "mail"));
	table_add(table, fact_text(mail, "server"));
	table_paint(table, held ? PAINT_YELLOW : PAINT_PLAIN);
	table_add(table, held ? "held" : fact_text(mail, "queue"));
	table_add(table, fact_text(mail, "since"));
	table_add(table, str_text(&size));
	table_add(table, fact_text(mail, "from"));
	table_add(table, str_text(&to));
	table_add(table, fact_text(mail, "why"));
}

static void
add_servers(const json_t *data, const char *name, const char *words, struct str *out)
{
	const json_t *item;
	size_t index;
	json_array_foreach(json_object_get(data, name), index, item)
	{
		str_add(out, words);
		view_text(out, json_string_value(item));
		str_add_char(out, '\n');
	}
}

static void
queue_view(const json_t *data, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"MAIL", ALIGN_LEFT, 0, false},
	    {"SERVER", ALIGN_LEFT, 0, false},
	    {"QUEUE", ALIGN_LEFT, 0, false},
	    {"SINCE", ALIGN_LEFT, 2, false},
	    {"SIZE", ALIGN_RIGHT, 3, false},
	    {"FROM", ALIGN_LEFT, 0, true},
	    {"TO", ALIGN_LEFT, 1, true},
	    {"WHY", ALIGN_LEFT, 4, true},
	};
	auto_table struct table *table = table_new(columns, array_length(columns));
	const json_t *mails = json_object_get(data, "mails"), *item;
	size_t index;
	json_array_foreach(mails, index, item) add_mail(table, item);
	int64_t more = fact_integer(data, "more");
	bool is_known = !more && !json_array_size(json_object_get(data, "unread"));
	if (json_array_size(mails))
		table_print(table, look, SIZE_MAX, out);
	else if (is_known)
		str_add(out, "no mail waits\n");
	if (more)
		str_addf(out, "and %lld more\n", (long long)more);
	add_servers(data, "unread", "not all of it could be read in time by ", out);
	add_servers(data, "silent", "not told by ", out);
}

int
mail_queue(const struct arguments *arguments)
{
	return ask_and_show(arguments, question_new(ASK_MAIL_QUEUE), queue_view);
}
