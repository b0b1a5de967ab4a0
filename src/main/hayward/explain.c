/* SPDX-License-Identifier: Apache-2.0 */
/* hayward explain: why a case is there and what happens next; what a clause demands. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include <string.h>

#include "base/attributes.h"
#include "main/hayward/table.h"

enum { INDENT = 2 };

static void
add_paragraph(struct str *out, const struct look *look, const char *lead, const char *text)
{
	if (!*text)
		return;
	auto_str words = {0};
	str_add(&words, lead);
	view_text(&words, text);
	view_wrapped(out, look, INDENT, str_text(&words));
}

static void
add_ladders(const json_t *clause, const struct look *look, struct str *out)
{
	size_t index, number;
	const json_t *ladder, *step;
	json_array_foreach(json_object_get(clause, "ladders"), index, ladder)
	{
		const char *name = fact_text(ladder, "ladder");
		json_array_foreach(json_object_get(ladder, "steps"), number, step)
		{
			auto_str lead = {0};
			view_text(&lead, name);
			str_addf(&lead, ", %s: ", fact_text(step, "when"));
			add_paragraph(out, look, str_text(&lead), fact_text(step, "what"));
		}
	}
}

static void
add_measures(const json_t *clause, const struct look *look, struct str *out)
{
	size_t index;
	const json_t *measure;
	json_array_foreach(json_object_get(clause, "measures"), index, measure)
	{
		if (fact_flag(measure, "measured_here"))
			continue;
		auto_str words = {0};
		str_addf(&words,
		    "%s is not measured on this host (sensor %s): it takes part in "
		    "no decision",
		    fact_text(measure, "measure"), fact_text(measure, "sensor"));
		add_paragraph(out, look, "", str_text(&words));
	}
}

static void
clause_page(const json_t *clause, const struct look *look, struct str *out)
{
	auto_str title = {0};
	str_add(&title, "clause ");
	view_text(&title, fact_text(clause, "clause"));
	str_add(&title, " \"");
	view_text(&title, fact_text(clause, "title"));
	str_add(&title, "\", for each ");
	view_text(&title, fact_text(clause, "for_each"));
	view_heading(out, look, str_text(&title));
	add_paragraph(out, look, "", fact_text(clause, "says"));
	add_paragraph(out, look, "broken when: ", fact_text(clause, "condition"));
	add_ladders(clause, look, out);
	add_paragraph(out, look, "begins: ", fact_text(clause, "imposed"));
	add_paragraph(out, look, "ends: ", fact_text(clause, "ends"));
	add_paragraph(out, look, "remedy: ", fact_text(clause, "remedy"));
	add_measures(clause, look, out);
}

void
clause_view(const json_t *data, const struct look *look, struct str *out)
{
	clause_page(json_object_get(data, "clause"), look, out);
}

static void
add_why(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *object = json_object_get(data, "case");
	auto_str words = {0};
	view_text(&words, fact_text(object, "account"));
	if (strcmp(fact_text(object, "kind"), "account") != 0) {
		str_addf(&words, ", %s ", fact_text(object, "kind"));
		view_text(&words, fact_text(object, "subject"));
	}
	if (fact_is_there(object, "measure"))
		str_addf(&words, ": %s was %s, the limit is %s; the most so far was %s",
		    fact_text(object, "measure"), fact_text(object, "value"),
		    fact_text(object, "limit"), fact_text(object, "largest"));
	add_paragraph(out, look, "", str_text(&words));
	str_clear(&words);
	str_addf(&words, "just now the clause is %s", fact_text(data, "now"));
	if (fact_is_there(data, "kept_since")) {
		str_add(&words, ", kept since ");
		moment_add(&words, look, fact_text(data, "kept_since"));
	}
	add_paragraph(out, look, "", str_text(&words));
}

static void
add_candidates(const json_t *candidates, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"ACCOUNT", ALIGN_LEFT, 0, true},
	    {"LATELY", ALIGN_RIGHT, 0, false},
	    {"", ALIGN_LEFT, 0, false},
	};
	if (json_array_size(candidates) == 0)
		return;
	view_heading(out, look, "who was looked at (by the same measure)");
	auto_table struct table *table = table_new(columns, array_length(columns));
	size_t index;
	const json_t *candidate;
	json_array_foreach(candidates, index, candidate)
	{
		table_add(table, fact_text(candidate, "account"));
		table_add(table, fact_text(candidate, "now"));
		table_add(table, fact_flag(candidate, "this_case") ? "this case" : "");
	}
	table_print(table, look, SIZE_MAX, out);
}

static void
add_next(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *object = json_object_get(data, "case");
	auto_str next = {0};
	view_heading(out, look, "what happens next");
	case_add_next(&next, look, object);
	if (!fact_flag(object, "open"))
		add_paragraph(out, look, "nothing, it is closed: ", str_text(&next));
	else
		add_paragraph(out, look, "", next.length ? str_text(&next) : "no further step");
	size_t index;
	const json_t *note;
	json_array_foreach(json_object_get(data, "notes"), index, note)
	    add_paragraph(out, look, "", json_string_value(note));
}

void
explain_view(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *object = json_object_get(data, "case");
	auto_str title = {0};
	str_addf(&title, "why case %lld", (long long)fact_integer(object, "case"));
	view_heading(out, look, str_text(&title));
	add_why(data, look, out);
	view_heading(out, look, "evidence");
	evidence_view(json_object_get(data, "evidence"), look, out);
	add_candidates(json_object_get(data, "candidates"), look, out);
	add_next(data, look, out);
	if (fact_is_there(data, "clause"))
		clause_page(json_object_get(data, "clause"), look, out);
}

int
command_explain(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(argc, argv, NULL, 0, &arguments);
	if (status || !arguments_count(&arguments, 1, 1))
		return ANSWER_USAGE;
	uint64_t number = case_number_of(arguments.words[0]);
	json_t *question = question_new(number ? ASK_EXPLAIN : ASK_CLAUSE);
	if (number)
		json_object_set_new(question, "case", json_integer((json_int_t)number));
	else
		json_object_set_new(question, "clause", json_string(arguments.words[0]));
	return ask_and_show(&arguments, question, number ? explain_view : clause_view);
}
