/* SPDX-License-Identifier: Apache-2.0 */
/* hayward case: one case from its opening to its end. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "main/hayward/table.h"

static void
add_headline(const json_t *object, const struct look *look, struct str *out)
{
	auto_str line = {0};
	str_addf(&line, "case %lld: ", (long long)fact_integer(object, "case"));
	view_text(&line, fact_text(object, "clause"));
	if (*fact_text(object, "title")) {
		str_add(&line, " \"");
		view_text(&line, fact_text(object, "title"));
		str_add(&line, "\"");
	}
	view_heading(out, look, str_text(&line));
}

static void
add_times(const json_t *object, const struct look *look, struct str *out)
{
	auto_str opened = {0}, ago = {0};
	moment_add(&opened, look, fact_text(object, "opened"));
	moment_add_distance(&ago, look, fact_text(object, "opened"));
	int64_t episode = fact_integer(object, "episode");
	if (episode)
		view_fact(out, "opened", "%s (%s), re-opened %lld time%s", str_text(&opened),
		    str_text(&ago), (long long)episode, episode == 1 ? "" : "s");
	else
		view_fact(out, "opened", "%s (%s)", str_text(&opened), str_text(&ago));
	if (!fact_is_there(object, "closed"))
		return;
	auto_str closed = {0};
	moment_add(&closed, look, fact_text(object, "closed"));
	const char *by = fact_text(object, "closed_by");
	view_fact(out, "closed", "%s, %s%s%s", str_text(&closed), fact_text(object, "reason"),
	    *by ? " by " : "", by);
}

static void
add_next(const json_t *object, const struct look *look, struct str *out)
{
	auto_str next = {0};
	if (!fact_flag(object, "open"))
		return;
	case_add_next(&next, look, object);
	const json_t *step = json_object_get(object, "next");
	bool waits = fact_is_there(object, "waiting");
	if (next.length && !waits && fact_is_there(step, "announced")) {
		auto_str announced = {0};
		moment_add(&announced, look, fact_text(step, "announced"));
		str_addf(&next, ", announced for %s", str_text(&announced));
	}
	view_fact(out, "next", "%s", next.length ? str_text(&next) : "no further step");
}

static void
add_orders(const json_t *orders, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"WHEN", ALIGN_LEFT, 2, false},
	    {"ACTION", ALIGN_LEFT, 0, false},
	    {"STATE", ALIGN_LEFT, 0, false},
	    {"OUTCOME", ALIGN_LEFT, 1, true},
	};
	if (json_array_size(orders) == 0) {
		str_add(out, "none\n");
		return;
	}
	auto_table struct table *table = table_new(columns, array_length(columns));
	size_t index;
	const json_t *order;
	json_array_foreach(orders, index, order)
	{
		auto_str at = {0};
		moment_add(&at, look, fact_text(order, "at"));
		table_add(table, str_text(&at));
		table_add(table, fact_text(order, "verb"));
		table_add(table, fact_text(order, "state"));
		bool failed = fact_integer(order, "status") != 0;
		table_paint(table, failed ? PAINT_RED : PAINT_PLAIN);
		table_add(table, fact_text(order, "text"));
	}
	table_print(table, look, SIZE_MAX, out);
}

static void
add_history(const json_t *history, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"RECORD", ALIGN_RIGHT, 1, false},
	    {"WHEN", ALIGN_LEFT, 0, false},
	    {"WHAT", ALIGN_LEFT, 0, true},
	};
	if (json_array_size(history) == 0) {
		str_add(out, "nothing yet\n");
		return;
	}
	auto_table struct table *table = table_new(columns, array_length(columns));
	size_t index;
	const json_t *line;
	json_array_foreach(history, index, line)
	{
		auto_str at = {0};
		moment_add(&at, look, fact_text(line, "at"));
		table_addf(table, "%lld", (long long)fact_integer(line, "sequence"));
		table_add(table, str_text(&at));
		table_add(table, fact_text(line, "text"));
	}
	table_print(table, look, SIZE_MAX, out);
}

void
case_view(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *object = json_object_get(data, "case");
	const char *means = fact_text(object, "state_means");
	add_headline(object, look, out);
	view_fact(out, "account", "%s", fact_text(object, "account"));
	if (strcmp(fact_text(object, "kind"), "account") != 0)
		view_fact(out, fact_text(object, "kind"), "%s", fact_text(object, "subject"));
	view_fact(
	    out, "state", "%s%s%s", fact_text(object, "state"), *means ? ": " : "", means);
	int64_t incident = fact_integer(object, "incident");
	if (incident != fact_integer(object, "case"))
		view_fact(out, "incident", "that of case %lld (hayward incident %lld)",
		    (long long)incident, (long long)incident);
	view_fact(out, "mode", "%s", fact_text(object, "mode"));
	if (fact_is_there(object, "measure"))
		view_fact(out, "measured", "%s %s against %s, at most %s",
		    fact_text(object, "measure"), fact_text(object, "value"),
		    fact_text(object, "limit"), fact_text(object, "largest"));
	add_times(object, look, out);
	view_fact(out, "ladder", "%s", fact_text(object, "ladder"));
	add_next(object, look, out);
	view_heading(out, look, "evidence");
	evidence_view(json_object_get(object, "evidence"), look, out);
	view_heading(out, look, "actions");
	add_orders(json_object_get(object, "orders"), look, out);
	view_heading(out, look, "history");
	add_history(json_object_get(object, "history"), look, out);
}

/* The engine keeps the last lines of a case's history; the journal's records are all of it. */
static void
add_records(const struct arguments *arguments, json_t *object, uint64_t number)
{
	auto_str path = {0}, why = {0};
	arguments_socket(arguments, &path);
	struct connection *connection = NULL;
	if (connection_open(str_text(&path), &why, &connection))
		return;
	json_t *question = question_new(ASK_HISTORY);
	json_object_set_new(question, "case", json_integer((json_int_t)number));
	struct reply_read reply;
	if (!connection_ask(connection, question, &reply)) {
		if (reply.status == ANSWER_OK)
			json_object_set(
			    object, "records", json_object_get(reply.data, "records"));
		json_decref(reply.whole);
	}
	connection_free(connection);
}

int
command_case(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(argc, argv, NULL, 0, &arguments);
	if (status || !arguments_count(&arguments, 1, 1))
		return ANSWER_USAGE;
	uint64_t number = case_number_from(&arguments);
	if (!number)
		return ANSWER_USAGE;
	json_t *question = question_new(ASK_CASE), *data;
	json_object_set_new(question, "case", json_integer((json_int_t)number));
	status = ask_for_data(&arguments, question, &data);
	if (status)
		return status;
	if (arguments.json) {
		add_records(&arguments, data, number);
		print_json(data);
	} else {
		auto_str shown = {0};
		struct look look = look_of_stdout();
		case_view(data, &look, &shown);
		fwrite(str_text(&shown), 1, shown.length, stdout);
	}
	json_decref(data);
	return ANSWER_OK;
}
