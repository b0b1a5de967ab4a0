/* SPDX-License-Identifier: Apache-2.0 */
/* hayward status: is hayward well, and what is going on. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include <string.h>

#include "model/quantity.h"

static const char *
plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

static void
add_maintenance(const json_t *data, const struct look *look, struct str *out)
{
	auto_str until = {0}, words = {0};
	moment_add(&until, look, fact_text(data, "maintenance_until"));
	if (!until.length)
		return;
	str_addf(&words, "  MAINTENANCE until %s: no date passes\n", str_text(&until));
	view_paint(out, look, PAINT_YELLOW, str_text(&words));
}

static void
add_breaker(const json_t *breaker, const struct look *look, struct str *out)
{
	if (!fact_flag(breaker, "tripped"))
		return;
	view_paint(out, look, PAINT_RED,
	    "  HALTED: the circuit breaker tripped; look with hayward breaker\n");
}

static void
add_headline(const json_t *data, const struct look *look, struct str *out)
{
	auto_str line = {0};
	str_add(&line, "hayward");
	if (*fact_text(data, "host")) {
		str_add(&line, " on ");
		view_text(&line, fact_text(data, "host"));
	}
	str_add(&line, ": ");
	view_text(&line, fact_text(data, "mode"));
	str_add(&line, " mode");
	if (fact_is_there(data, "uptime_seconds")) {
		str_add(&line, ", up ");
		view_duration(&line, fact_integer(data, "uptime_seconds") * 1000);
	}
	view_paint(out, look, PAINT_BOLD, str_text(&line));
	str_add_char(out, '\n');
	if (fact_flag(json_object_get(data, "engine"), "emergency"))
		view_paint(out, look, PAINT_RED,
		    "  EMERGENCY: the emergency condition of the policy holds\n");
	add_breaker(json_object_get(data, "breaker"), look, out);
	add_maintenance(data, look, out);
}

static void
add_cases(const json_t *cases, struct str *out)
{
	if (!cases)
		return;
	int64_t open = fact_integer(cases, "open"), holding = fact_integer(cases, "holding");
	auto_str words = {0};
	if (open)
		str_addf(&words, "%lld open", (long long)open);
	else
		str_add(&words, "no open cases");
	if (fact_integer(cases, "waiting"))
		str_addf(&words, ", %lld for the staff to decide (hayward cases --waiting)",
		    (long long)fact_integer(cases, "waiting"));
	if (holding)
		str_addf(&words, ", %lld with holds in force", (long long)holding);
	else
		str_add(&words, ", no holds in force");
	view_fact(out, "cases", "%s", str_text(&words));
}

static void
add_journal(const json_t *journal, struct str *out)
{
	int64_t last = fact_integer(journal, "sequence");
	int64_t durable = fact_integer(journal, "acknowledged");
	if (last == 0)
		view_fact(out, "journal", "empty");
	else if (durable >= last)
		view_fact(out, "journal", "%lld record%s, all on disk", (long long)last,
		    plural(last));
	else
		view_fact(out, "journal", "%lld records, on disk up to %lld: actions wait",
		    (long long)last, (long long)durable);
}

static void
add_cost(const json_t *data, struct str *out)
{
	const json_t *cost = json_object_get(data, "own_cost");
	if (!fact_is_there(data, "own_cost")) {
		view_fact(out, "own cost", "not measured yet");
		return;
	}
	auto_str size = {0}, share = {0};
	quantity_add(&size, UNIT_SIZE, fact_integer(cost, "resident_bytes"));
	if (fact_is_there(cost, "cpu_percent_of_one_core"))
		str_addf(&share, " (lately %.2f %% of one core)",
		    fact_number(cost, "cpu_percent_of_one_core"));
	view_fact(out, "own cost", "%lld processes, %.2f s of processor time%s, %s of memory",
	    (long long)fact_integer(cost, "processes"), fact_number(cost, "cpu_seconds"),
	    str_text(&share), str_text(&size));
}

/* What is missing is listed by name only: most of it is a part that is not installed. */
static void
sensors_view(const json_t *data, const struct look *look, struct str *out)
{
	auto_str missing = {0};
	size_t index;
	const json_t *sensor;
	const char *label = "sensors";
	json_array_foreach(json_object_get(data, "sensors"), index, sensor)
	{
		const char *name = fact_text(sensor, "name");
		if (!fact_flag(sensor, "works")) {
			str_addf(&missing, "%s%s", missing.length ? ", " : "", name);
			continue;
		}
		view_fact(out, label, "%s%s%s", name, *fact_text(sensor, "by") ? ": " : "",
		    fact_text(sensor, "by"));
		label = "";
		if (*fact_text(sensor, "remarks"))
			view_wrapped(out, look, 15, fact_text(sensor, "remarks"));
	}
	if (missing.length) {
		auto_str words = {0};
		str_add(&words, *label ? "none; missing: " : "not here: ");
		view_text(&words, str_text(&missing));
		view_wrapped(out, look, 13, str_text(&words));
	}
}

/* Those that do not serve or came back from the dead; and by what holds are made. */
static void
add_processes(const json_t *processes, struct str *out)
{
	size_t index;
	const json_t *process;
	json_array_foreach(processes, index, process)
	{
		const char *name = fact_text(process, "name");
		int64_t restarts = fact_integer(process, "restarts");
		if (strcmp(name, "enforcer") == 0)
			view_fact(out, "holds by", "%s", fact_text(process, "says"));
		if (!fact_flag(process, "serves"))
			view_fact(out, "process", "%s does not serve just now", name);
		else if (restarts)
			view_fact(out, "process", "%s was started again %lld time%s", name,
			    (long long)restarts, plural(restarts));
	}
}

void
abilities_view(const json_t *data, const struct look *look, struct str *out)
{
	auto_str verbs = {0};
	size_t index;
	const json_t *verb;
	sensors_view(data, look, out);
	json_array_foreach(json_object_get(data, "verbs"), index, verb)
	    str_addf(&verbs, "%s%s", verbs.length ? ", " : "", json_string_value(verb));
	view_fact(out, "can do", "%s", verbs.length ? str_text(&verbs) : "nothing");
	add_processes(json_object_get(data, "processes"), out);
}

static void
add_staff_parts(const json_t *data, const struct look *look, struct str *out)
{
	int64_t accounts = fact_integer(data, "accounts");
	int64_t undelivered = fact_integer(data, "undelivered_notices");
	view_fact(out, "accounts", "%lld", (long long)accounts);
	if (undelivered)
		view_fact(out, "notices", "%lld not delivered yet", (long long)undelivered);
	else
		view_fact(out, "notices", "none undelivered");
	add_journal(json_object_get(data, "journal"), out);
	abilities_view(data, look, out);
	add_cost(data, out);
}

void
status_view(const json_t *data, const struct look *look, struct str *out)
{
	add_headline(data, look, out);
	const json_t *policy = json_object_get(data, "policy");
	int64_t clauses = fact_integer(policy, "clauses");
	int64_t exceptions = fact_integer(policy, "exceptions");
	view_fact(out, "policy", "%lld clause%s, %lld exception%s in it (%.12s)",
	    (long long)clauses, plural(clauses), (long long)exceptions, plural(exceptions),
	    fact_text(policy, "digest"));
	if (fact_is_there(data, "account"))
		view_fact(out, "account", "%s", fact_text(data, "account"));
	add_cases(json_object_get(data, "cases"), out);
	if (fact_is_there(data, "journal"))
		add_staff_parts(data, look, out);
}

int
command_status(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(argc, argv, NULL, 0, &arguments);
	if (status || !arguments_count(&arguments, 0, 0))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question_new(ASK_STATUS), status_view);
}
