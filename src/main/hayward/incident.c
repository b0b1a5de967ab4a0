/* SPDX-License-Identifier: Apache-2.0 */
/* hayward incident: the cases that have one cause, with one timeline. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include "base/attributes.h"
#include "main/hayward/table.h"

static const struct column columns[] = {
    {"RECORD", ALIGN_RIGHT, 1, false},
    {"WHEN", ALIGN_LEFT, 0, false},
    {"CASE", ALIGN_RIGHT, 0, false},
    {"CLAUSE", ALIGN_LEFT, 2, false},
    {"WHAT", ALIGN_LEFT, 0, true},
};

static void
add_timeline(const json_t *history, const struct look *look, struct str *out)
{
	auto_table struct table *table = table_new(columns, array_length(columns));
	size_t index;
	const json_t *line;
	json_array_foreach(history, index, line)
	{
		auto_str at = {0};
		moment_add(&at, look, fact_text(line, "at"));
		table_addf(table, "%lld", (long long)fact_integer(line, "sequence"));
		table_add(table, str_text(&at));
		table_addf(table, "%lld", (long long)fact_integer(line, "case"));
		table_add(table, fact_text(line, "clause"));
		table_add(table, fact_text(line, "text"));
	}
	table_print(table, look, SIZE_MAX, out);
}

void
incident_view(const json_t *data, const struct look *look, struct str *out)
{
	auto_str line = {0};
	str_addf(&line, "incident %lld: ", (long long)fact_integer(data, "incident"));
	view_text(&line, fact_text(data, "account"));
	view_heading(out, look, str_text(&line));
	case_list_view(json_object_get(data, "cases"), look, "no cases", out);
	view_heading(out, look, "timeline");
	add_timeline(json_object_get(data, "history"), look, out);
}

int
command_incident(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(argc, argv, NULL, 0, &arguments);
	if (status || !arguments_count(&arguments, 1, 1))
		return ANSWER_USAGE;
	uint64_t number = case_number_from(&arguments);
	if (!number)
		return ANSWER_USAGE;
	json_t *question = question_new(ASK_INCIDENT);
	json_object_set_new(question, "case", json_integer((json_int_t)number));
	return ask_and_show(&arguments, question, incident_view);
}
