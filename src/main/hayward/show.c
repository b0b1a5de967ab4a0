/* SPDX-License-Identifier: Apache-2.0 */
/* hayward show: one account, all that hayward knows of it. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include <string.h>

#include "base/attributes.h"
#include "main/hayward/table.h"
#include "model/quantity.h"

enum { FEW_SCRIPTS = 10 };

static void
add_ranges(const json_t *ranges, struct str *words)
{
	size_t index;
	const json_t *range;
	json_array_foreach(ranges, index, range)
	{
		int64_t first = fact_integer(range, "first");
		int64_t count = fact_integer(range, "count");
		str_addf(words, "%s%lld", words->length ? ", " : "", (long long)first);
		if (count > 1)
			str_addf(words, "-%lld", (long long)(first + count - 1));
	}
}

static void
add_uids(const json_t *account, struct str *out)
{
	auto_str own = {0}, subordinate = {0};
	add_ranges(json_object_get(account, "uids"), &own);
	add_ranges(json_object_get(account, "subordinate_uids"), &subordinate);
	if (subordinate.length)
		view_fact(
		    out, "uids", "%s; subordinate: %s", str_text(&own), str_text(&subordinate));
	else
		view_fact(out, "uids", "%s", str_text(&own));
}

static void
add_domains(const json_t *account, struct str *out)
{
	auto_str words = {0};
	size_t index;
	const json_t *domain;
	json_array_foreach(json_object_get(account, "domains"), index, domain)
	    str_addf(&words, "%s%s", words.length ? ", " : "", json_string_value(domain));
	if (words.length)
		view_fact(out, "domains", "%s", str_text(&words));
}

static void
add_account(const json_t *account, struct str *out)
{
	const char *plan = fact_text(account, "plan"), *contact = fact_text(account, "contact");
	if (fact_flag(account, "watched"))
		view_fact(out, "watched", "its scripts are looked through after a breach");
	view_fact(out, "plan", "%s", *plan ? plan : "none known");
	view_fact(
	    out, "contact", "%s", *contact ? contact : "none: notices go to the operator only");
	add_uids(account, out);
	add_domains(account, out);
	if (fact_is_there(account, "initial_bytes")) {
		auto_str quota = {0};
		quantity_add(&quota, UNIT_SIZE, fact_integer(account, "initial_bytes"));
		view_fact(out, "quota", "%s at sign-up", str_text(&quota));
	}
	if (!fact_flag(account, "may_act"))
		view_fact(out, "protected", "nothing is ever done to this account");
}

static void
add_use(const json_t *data, struct str *out)
{
	const json_t *use = json_object_get(data, "use");
	if (!json_is_object(use)) {
		str_add(out, "nothing today\n");
		return;
	}
	auto_str memory = {0}, moved = {0};
	quantity_add(&memory, UNIT_SIZE, fact_integer(use, "memory_bytes"));
	quantity_add(&moved, UNIT_SIZE, fact_integer(use, "io_bytes_per_second"));
	view_fact(out, "cpu", "%.2f %% now, %.2f %% over two minutes, %.2f s today",
	    fact_number(use, "cpu_percent"), fact_number(use, "cpu_percent_lately"),
	    fact_number(use, "cpu_seconds_today"));
	view_fact(out, "database", "%.2f %% of the machine's processors in it, %.2f s today",
	    fact_number(use, "database_percent"), fact_number(use, "database_seconds_today"));
	view_fact(out, "memory", "%s, %.2f %% of the machine", str_text(&memory),
	    fact_number(use, "memory_percent"));
	view_fact(out, "disks", "%.2f %% of their time, %s/s read and written",
	    fact_number(use, "io_percent"), str_text(&moved));
	view_fact(out, "processes", "%lld now, %lld programs begun today",
	    (long long)fact_integer(use, "processes"),
	    (long long)fact_integer(use, "runs_today"));
}

static void
add_exceptions(const json_t *exceptions, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"CLAUSE", ALIGN_LEFT, 0, false},
	    {"UNTIL", ALIGN_LEFT, 0, false},
	    {"BY", ALIGN_LEFT, 1, true},
	    {"BECAUSE", ALIGN_LEFT, 2, true},
	};
	if (json_array_size(exceptions) == 0)
		return;
	view_heading(out, look, "exceptions");
	auto_table struct table *table = table_new(columns, array_length(columns));
	size_t index;
	const json_t *exception;
	json_array_foreach(exceptions, index, exception)
	{
		auto_str until = {0};
		moment_add_last_day(&until, fact_text(exception, "until"));
		table_add(table, fact_text(exception, "clause"));
		table_add(table, str_text(&until));
		table_add(table, fact_text(exception, "by"));
		table_add(table, fact_text(exception, "because"));
	}
	table_print(table, look, SIZE_MAX, out);
}

static void
add_claims(struct table *table, const json_t *claims)
{
	auto_str verbs = {0}, cases = {0};
	size_t index;
	const json_t *claim;
	json_array_foreach(claims, index, claim)
	{
		const char *verb = fact_text(claim, "verb");
		if (!strstr(str_text(&verbs), verb))
			str_addf(&verbs, "%s%s", verbs.length ? ", " : "", verb);
		if (fact_is_there(claim, "case"))
			str_addf(&cases, "%s%lld (%s)%s", cases.length ? ", " : "",
			    (long long)fact_integer(claim, "case"), fact_text(claim, "clause"),
			    fact_flag(claim, "releasing") ? ", being taken back" : "");
	}
	table_add(table, str_text(&verbs));
	table_add(table, str_text(&cases));
}

/* A hold takes a row for each of its items; verb and case stand in the first. */
static void
add_hold(struct table *table, const json_t *hold)
{
	const json_t *items = json_object_get(hold, "items");
	add_claims(table, json_object_get(hold, "claims"));
	if (json_array_size(items) == 0)
		table_add(table, "not known: the enforcer does not answer just now");
	size_t index;
	const json_t *item;
	json_array_foreach(items, index, item)
	{
		if (index) {
			table_add(table, "");
			table_add(table, "");
		}
		table_add(table, json_string_value(item));
	}
}

static void
add_holds(const json_t *holds, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"HOLD", ALIGN_LEFT, 0, false},
	    {"CASE", ALIGN_LEFT, 0, false},
	    {"HOW IT STANDS", ALIGN_LEFT, 0, true},
	};
	view_heading(out, look, "in force");
	if (json_array_size(holds) == 0) {
		str_add(out, json_is_array(holds) ? "nothing\n" : "not known just now\n");
		return;
	}
	auto_table struct table *table = table_new(columns, array_length(columns));
	size_t index;
	const json_t *hold;
	json_array_foreach(holds, index, hold) add_hold(table, hold);
	table_print(table, look, SIZE_MAX, out);
}

static void
page(const json_t *data, const struct look *look, size_t most_scripts, struct str *out)
{
	const json_t *account = json_object_get(data, "account");
	auto_str name = {0};
	str_add(&name, "account ");
	view_text(&name, fact_text(account, "account"));
	view_heading(out, look, str_text(&name));
	add_account(account, out);
	view_heading(out, look, "use");
	add_use(data, out);
	view_heading(out, look, "scripts");
	script_list_view(json_object_get(data, "scripts"), look, most_scripts, out);
	add_holds(json_object_get(data, "holds"), look, out);
	view_heading(out, look, "cases");
	case_list_view(json_object_get(data, "cases"), look, "no open cases", out);
	add_exceptions(json_object_get(data, "exceptions"), look, out);
}

void
show_view(const json_t *data, const struct look *look, struct str *out)
{
	page(data, look, FEW_SCRIPTS, out);
}

static void
show_all_view(const json_t *data, const struct look *look, struct str *out)
{
	page(data, look, SIZE_MAX, out);
}

static json_t *
about(enum ask ask, const struct arguments *arguments)
{
	json_t *question = question_new(ask);
	if (arguments->word_count)
		json_object_set_new(question, "account", json_string(arguments->words[0]));
	return question;
}

int
command_show(int argc, char **argv)
{
	bool scripts = false;
	const struct flag flags[] = {{"--scripts", &scripts, NULL}};
	struct arguments arguments;
	json_t *data = NULL, *holds = NULL;
	int status = arguments_read(argc, argv, flags, array_length(flags), &arguments);
	if (status || !arguments_count(&arguments, 0, 1))
		return ANSWER_USAGE;
	status = ask_for_data(&arguments, about(ASK_SHOW, &arguments), &data);
	if (status)
		return status;
	status = ask_for_data(&arguments, about(ASK_HOLDS, &arguments), &holds);
	json_object_set(data, "holds", json_object_get(holds, "holds"));
	show_data(&arguments, data, scripts ? show_all_view : show_view);
	json_decref(holds);
	json_decref(data);
	return status;
}
