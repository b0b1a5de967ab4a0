/* SPDX-License-Identifier: Apache-2.0 */
/* hayward case: one case from its opening to its end. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "main/hayward/case_export.h"
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
	view_fact(out, "account", "%s%s", fact_text(object, "account"),
	    fact_flag(object, "watched") ? " (watched)" : "");
	if (strcmp(fact_text(object, "kind"), "account") != 0)
		view_fact(out, fact_text(object, "kind"), "%s", fact_text(object, "subject"));
	view_fact(
	    out, "state", "%s%s%s", fact_text(object, "state"), *means ? ": " : "", means);
	if (fact_is_there(object, "visitors"))
		view_fact(out, "visitors", "%s", fact_text(object, "visitors"));
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
	if (fact_is_there(object, "report_sent")) {
		auto_str sent = {0};
		moment_add(&sent, look, fact_text(object, "report_sent"));
		view_fact(out, "report", "%s: %s", str_text(&sent),
		    fact_text(object, "report_words"));
	}
	if (fact_flag(object, "legal_hold"))
		view_fact(out, "legal", "under legal hold: nothing of it is removed");
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

/* What was asked of the case besides to be shown. */
struct wishes {
	const char *export;
	bool whole;
	const char *sent_by;
	const char *to;
	const char *legal_hold;
	const char *note;
};

static const char *
wrong_wishes(const struct wishes *wishes)
{
	const char *hold = wishes->legal_hold;
	int count = (wishes->export != NULL) + (wishes->sent_by != NULL) + (hold != NULL);
	if (count > 1)
		return "--export, --sent-by and --legal-hold are three commands";
	if (wishes->whole && !wishes->export)
		return "--whole belongs to --export";
	if (!wishes->sent_by != !wishes->to)
		return "--sent-by and --to belong together";
	if (hold && strcmp(hold, "on") != 0 && strcmp(hold, "off") != 0)
		return "--legal-hold takes on or off";
	if (wishes->note && !hold && !wishes->sent_by)
		return "--note belongs to --sent-by or --legal-hold";
	return NULL;
}

/* Sets a text; one that is no UTF-8 cannot be asked. */
static bool
set_text(json_t *question, const char *member, const char *text)
{
	return !text || json_object_set_new(question, member, json_string(text)) == 0;
}

/* A report that was sent, or a legal hold. */
static int
tell(const struct arguments *arguments, const struct wishes *wishes, uint64_t number)
{
	json_t *question = question_new(wishes->sent_by ? ASK_SENT : ASK_LEGAL_HOLD);
	json_object_set_new(question, "case", json_integer((json_int_t)number));
	if (wishes->legal_hold)
		json_object_set_new(
		    question, "hold", json_boolean(strcmp(wishes->legal_hold, "on") == 0));
	if (set_text(question, "person", wishes->sent_by) &&
	    set_text(question, "addressee", wishes->to) &&
	    set_text(question, "note", wishes->note))
		return ask_and_show(arguments, question, NULL);
	fputs("hayward case: that is not valid UTF-8\n", stderr);
	json_decref(question);
	return ANSWER_USAGE;
}

static int
read_wishes(int argc, char **argv, struct arguments *arguments, struct wishes *wishes)
{
	const struct flag flags[] = {{"--export", NULL, &wishes->export},
	    {"--whole", &wishes->whole, NULL}, {"--sent-by", NULL, &wishes->sent_by},
	    {"--to", NULL, &wishes->to}, {"--legal-hold", NULL, &wishes->legal_hold},
	    {"--note", NULL, &wishes->note}};
	if (arguments_read(argc, argv, flags, array_length(flags), arguments) ||
	    !arguments_count(arguments, 1, 1))
		return -EINVAL;
	const char *wrong = wrong_wishes(wishes);
	if (wrong)
		fprintf(stderr, "hayward case: %s\n", wrong);
	return wrong ? -EINVAL : 0;
}

int
command_case(int argc, char **argv)
{
	struct arguments arguments;
	struct wishes wishes = {0};
	if (read_wishes(argc, argv, &arguments, &wishes))
		return ANSWER_USAGE;
	uint64_t number = case_number_from(&arguments);
	if (!number)
		return ANSWER_USAGE;
	if (wishes.sent_by || wishes.legal_hold)
		return tell(&arguments, &wishes, number);
	json_t *question = question_new(ASK_CASE), *data;
	json_object_set_new(question, "case", json_integer((json_int_t)number));
	int status = ask_for_data(&arguments, question, &data);
	if (status)
		return status;
	if (wishes.export) {
		status = case_export(data, wishes.export, wishes.whole);
	} else if (arguments.json) {
		add_records(&arguments, data, number);
		print_json(data);
	} else {
		auto_str shown = {0};
		struct look look = look_of_stdout();
		case_view(data, &look, &shown);
		fwrite(str_text(&shown), 1, shown.length, stdout);
	}
	json_decref(data);
	return status;
}
