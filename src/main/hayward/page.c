/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that several pages share: headings, facts, lists of cases, scripts, evidence. */
#include "main/hayward/views.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "main/hayward/table.h"
#include "model/quantity.h"

enum { LABEL_WIDTH = 9 };

void
view_heading(struct str *out, const struct look *look, const char *text)
{
	str_add(out, out->length ? "\n" : "");
	view_paint(out, look, PAINT_BOLD, text);
	str_add_char(out, '\n');
}

void
view_fact(struct str *out, const char *label, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	auto_free char *text = NULL;
	if (vasprintf(&text, format, arguments) < 0)
		abort();
	va_end(arguments);
	str_addf(out, "  %-*s  ", LABEL_WIDTH, label);
	view_text(out, text);
	str_add_char(out, '\n');
}

/* Why a case waits for the staff, in a few words. */
static void
add_waiting(struct str *out, const json_t *waiting)
{
	const char *reason = fact_text(waiting, "reason");
	auto_str verb = {0};
	view_text(&verb, fact_text(waiting, "verb"));
	if (strcmp(reason, "undelivered") == 0)
		str_add(out, "staff: the owner was not reached");
	else if (strcmp(reason, "failed") == 0)
		str_addf(out, "staff: %s failed", str_text(&verb));
	else if (strcmp(reason, "unavailable") == 0)
		str_addf(out, "staff: %s cannot be done here", str_text(&verb));
	else
		str_addf(out, "staff: approve %s?", str_text(&verb));
}

void
case_add_next(struct str *out, const struct look *look, const json_t *object)
{
	const json_t *waiting = json_object_get(object, "waiting");
	const json_t *next = json_object_get(object, "next");
	if (!fact_flag(object, "open")) {
		view_text(out, fact_text(object, "reason"));
	} else if (json_is_object(waiting)) {
		add_waiting(out, waiting);
	} else if (text_equal(fact_text(object, "state"), "flooded")) {
		str_add(out, "when the visitors have gone");
	} else if (json_is_object(next)) {
		int64_t due;
		view_text(out, fact_text(next, "verbs"));
		str_add_char(out, ' ');
		if (moment_parse(fact_text(next, "due"), &due) == 0 && due <= look->now)
			str_add(out, "due, if still broken");
		else if (fact_is_there(next, "due"))
			moment_add_distance(out, look, fact_text(next, "due"));
		else
			str_addf(out, "%s after the owner was told", fact_text(next, "after"));
	}
}

static enum paint
case_paint(const json_t *object)
{
	if (fact_is_there(object, "waiting"))
		return PAINT_YELLOW;
	if (fact_flag(object, "holding"))
		return PAINT_RED;
	return fact_flag(object, "open") ? PAINT_PLAIN : PAINT_DIM;
}

void
account_cell(struct table *table, const json_t *object)
{
	const char *mark = fact_flag(object, "watched") ? " (watched)" : "";
	table_addf(table, "%s%s", fact_text(object, "account"), mark);
}

static void
add_case(struct table *table, const struct look *look, const json_t *object)
{
	auto_str opened = {0}, next = {0};
	moment_add_distance(&opened, look, fact_text(object, "opened"));
	case_add_next(&next, look, object);
	bool of_account = strcmp(fact_text(object, "kind"), "account") == 0;
	table_addf(table, "%lld", (long long)fact_integer(object, "case"));
	table_add(table, fact_text(object, "clause"));
	account_cell(table, object);
	table_add(table, of_account ? "" : fact_text(object, "subject"));
	table_add(table, fact_text(object, "state"));
	table_paint(table, case_paint(object));
	table_add(table, fact_text(object, "measure"));
	table_add(table, fact_text(object, "value"));
	table_add(table, fact_text(object, "limit"));
	table_add(table, str_text(&opened));
	table_add(table, str_text(&next));
}

void
case_list_view(const json_t *cases, const struct look *look, const char *none, struct str *out)
{
	static const struct column columns[] = {
	    {"CASE", ALIGN_RIGHT, 0, false},
	    {"CLAUSE", ALIGN_LEFT, 0, false},
	    {"ACCOUNT", ALIGN_LEFT, 0, true},
	    {"SUBJECT", ALIGN_LEFT, 4, true},
	    {"STATE", ALIGN_LEFT, 7, false},
	    {"MEASURE", ALIGN_LEFT, 1, true},
	    {"VALUE", ALIGN_RIGHT, 5, false},
	    {"LIMIT", ALIGN_RIGHT, 3, false},
	    {"OPENED", ALIGN_LEFT, 2, false},
	    {"NEXT", ALIGN_LEFT, 6, true},
	};
	if (json_array_size(cases) == 0) {
		str_addf(out, "%s\n", none);
		return;
	}
	auto_table struct table *table = table_new(columns, array_length(columns));
	size_t index;
	const json_t *object;
	json_array_foreach(cases, index, object) add_case(table, look, object);
	table_print(table, look, SIZE_MAX, out);
}

static void
add_script(struct table *table, const json_t *script)
{
	auto_str memory = {0};
	quantity_add(&memory, UNIT_SIZE, fact_integer(script, "memory_bytes"));
	table_add(table, fact_text(script, "script"));
	table_add(table, fact_text(script, "interpreter"));
	table_add(table, fact_text(script, "started_by"));
	table_addf(table, "%.2f", fact_number(script, "cpu_percent"));
	table_add(table, str_text(&memory));
	table_addf(table, "%lld", (long long)fact_integer(script, "runs_today"));
	table_addf(table, "%.2f", fact_number(script, "cpu_seconds_today"));
}

void
script_list_view(const json_t *scripts, const struct look *look, size_t most, struct str *out)
{
	static const struct column columns[] = {
	    {"SCRIPT", ALIGN_LEFT, 0, true},
	    {"RUN BY", ALIGN_LEFT, 1, true},
	    {"STARTED BY", ALIGN_LEFT, 5, false},
	    {"CPU %", ALIGN_RIGHT, 0, false},
	    {"MEMORY", ALIGN_RIGHT, 4, false},
	    {"RUNS TODAY", ALIGN_RIGHT, 3, false},
	    {"CPU S TODAY", ALIGN_RIGHT, 2, false},
	};
	size_t count = json_array_size(scripts);
	if (count == 0) {
		str_add(out, "no script ran today\n");
		return;
	}
	auto_table struct table *table = table_new(columns, array_length(columns));
	size_t index;
	const json_t *script;
	json_array_foreach(scripts, index, script) add_script(table, script);
	table_print(table, look, most, out);
	if (count > most)
		str_addf(out, "and %zu more (--scripts)\n", count - most);
}

static void
add_exhibit(struct table *table, const struct look *look, const json_t *exhibit)
{
	auto_str at = {0};
	moment_add(&at, look, fact_text(exhibit, "at"));
	table_add(table, str_text(&at));
	const char *deed = fact_text(exhibit, "deed");
	table_addf(table, "%s%s%s", fact_text(exhibit, "subject"), *deed ? " " : "", deed);
	table_add(table, fact_text(exhibit, "measure"));
	table_add(table, fact_text(exhibit, "value"));
	table_add(table, fact_text(exhibit, "limit"));
	if (fact_is_there(exhibit, "of_own_percent"))
		table_addf(table, "%.1f %%", fact_number(exhibit, "of_own_percent"));
	else
		table_add(table, "");
	table_add(table, fact_text(exhibit, "started_by"));
}

void
evidence_view(const json_t *evidence, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"WHEN", ALIGN_LEFT, 2, false},
	    {"WHAT", ALIGN_LEFT, 0, true},
	    {"MEASURE", ALIGN_LEFT, 1, true},
	    {"VALUE", ALIGN_RIGHT, 0, false},
	    {"LIMIT", ALIGN_RIGHT, 3, false},
	    {"OF ITS OWN", ALIGN_RIGHT, 4, false},
	    {"STARTED BY", ALIGN_LEFT, 5, false},
	};
	if (json_array_size(evidence) == 0) {
		str_add(out, "none on file\n");
		return;
	}
	auto_table struct table *table = table_new(columns, array_length(columns));
	size_t index;
	const json_t *exhibit;
	json_array_foreach(evidence, index, exhibit) add_exhibit(table, look, exhibit);
	table_print(table, look, SIZE_MAX, out);
}
