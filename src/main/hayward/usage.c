/* SPDX-License-Identifier: Apache-2.0 */
/* hayward usage: what an account has, of what its plan allows, and what it uses now. */
#include "main/hayward/command.h"
#include "main/hayward/table.h"
#include "main/hayward/views.h"

#include "model/quantity.h"

static void
add_counted(struct table *table, const char *what, const json_t *data, const char *name)
{
	const json_t *item = json_object_get(data, name);
	int64_t used = fact_integer(item, "used"), most = fact_integer(item, "most");
	table_add(table, what);
	table_addf(table, "%lld", (long long)used);
	table_paint(table, used >= most ? PAINT_YELLOW : PAINT_PLAIN);
	table_addf(table, "%lld", (long long)most);
}

static void
add_sized(struct table *table, const json_t *disk, const char *used, const char *most)
{
	auto_str now = {0}, limit = {0};
	if (fact_is_there(disk, used))
		quantity_add(&now, UNIT_SIZE, fact_integer(disk, used));
	quantity_add(&limit, UNIT_SIZE, fact_integer(disk, most));
	table_add(table, "disk");
	table_add(table, now.length ? str_text(&now) : "not counted here");
	table_add(table, str_text(&limit));
}

static void
add_files(struct table *table, const json_t *disk)
{
	table_add(table, "files");
	if (fact_is_there(disk, "files"))
		table_addf(table, "%lld", (long long)fact_integer(disk, "files"));
	else
		table_add(table, "not counted here");
	table_addf(table, "%lld", (long long)fact_integer(disk, "most_files"));
}

static void
add_things(const json_t *data, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"", ALIGN_LEFT, 0, false},
	    {"USED", ALIGN_RIGHT, 0, false},
	    {"OF", ALIGN_RIGHT, 0, false},
	};
	auto_table struct table *table = table_new(columns, array_length(columns));
	const json_t *disk = json_object_get(data, "disk");
	add_sized(table, disk, "bytes", "most_bytes");
	add_files(table, disk);
	add_counted(table, "domains", data, "domains");
	add_counted(table, "mailboxes", data, "mailboxes");
	add_counted(table, "databases", data, "databases");
	add_counted(table, "further FTP logins", data, "ftp_users");
	table_print(table, look, SIZE_MAX, out);
}

static void
add_openings(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *opening;
	size_t index;
	json_array_foreach(json_object_get(data, "openings"), index, opening)
	{
		auto_str until = {0};
		moment_add(&until, look, fact_text(opening, "until"));
		view_fact(out, "open", "from %s to %s port %s, until %s",
		    fact_text(opening, "role"), fact_text(opening, "address"),
		    fact_text(opening, "port"), str_text(&until));
	}
}

static void
add_use(const json_t *data, struct str *out)
{
	const json_t *use = json_object_get(data, "use");
	auto_str memory = {0};
	if (!json_is_object(use)) {
		view_fact(out, "now", "nothing was used today");
		return;
	}
	quantity_add(&memory, UNIT_SIZE, fact_integer(use, "memory_bytes"));
	view_fact(out, "processor", "%.2f %% of the machine, %.2f %% over two minutes",
	    fact_number(use, "cpu_percent"), fact_number(use, "cpu_percent_lately"));
	view_fact(out, "memory", "%s, %.2f %% of the machine", str_text(&memory),
	    fact_number(use, "memory_percent"));
	view_fact(out, "processes", "%lld now; at most %lld on one server",
	    (long long)fact_integer(use, "processes"),
	    (long long)fact_integer(data, "most_processes"));
}

static void
usage_view(const json_t *data, const struct look *look, struct str *out)
{
	view_fact(
	    out, "account", "%s, %s", fact_text(data, "account"), fact_text(data, "standing"));
	view_fact(out, "plan", "%s", fact_text(data, "plan"));
	view_fact(out, "contact", "%s", fact_text(data, "contact"));
	add_use(data, out);
	add_openings(data, look, out);
	str_add_char(out, '\n');
	add_things(data, look, out);
}

/* What is measured the engine knows, what was agreed the book. */
int
command_usage(int argc, char **argv)
{
	const char *account = NULL;
	const struct flag flags[] = {{"--account", NULL, &account}};
	struct arguments arguments;
	json_t *data, *shown;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 0, 0))
		return ANSWER_USAGE;
	json_t *question = question_new(ASK_USAGE), *measured = question_new(ASK_SHOW);
	if (question_add_text(&arguments, question, "account", account) ||
	    question_add_text(&arguments, measured, "account", account))
		return ANSWER_USAGE;
	int status = ask_for_data(&arguments, question, &data);
	if (status) {
		json_decref(measured);
		return status;
	}
	status = ask_for_data(&arguments, measured, &shown);
	if (!status) {
		json_object_set(data, "use", json_object_get(shown, "use"));
		json_decref(shown);
		show_data(&arguments, data, usage_view);
	}
	json_decref(data);
	return status;
}
