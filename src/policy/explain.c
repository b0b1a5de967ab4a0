/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The explanation is made from the same struct that the engine runs on, never
 * from the text of the policy file: what it says is what will happen.
 */
#include "policy/explain.h"

#include <string.h>

#include "base/attributes.h"
#include "model/quantity.h"
#include "policy/prose.h"
#include "policy/words.h"

enum { INDENT = 4, LABEL = 18, DAY = 86400000 };

/* ---- what is measured ---- */

static size_t
add_measure(int measure, enum measure *measures, size_t count, size_t most)
{
	for (size_t i = 0; i < count; i++)
		if ((int)measures[i] == measure)
			return count;
	if (measure < 0 || count == most)
		return count;
	measures[count] = (enum measure)measure;
	return count + 1;
}

static size_t
operand_measures(
    const struct operand *operand, enum measure *measures, size_t count, size_t most)
{
	if (operand->kind == OPERAND_LIMIT && operand->text)
		return add_measure(measure_find(operand->text), measures, count, most);
	if (operand->kind != OPERAND_PART)
		return count;
	count = operand_measures(operand->part, measures, count, most);
	return operand_measures(operand->whole, measures, count, most);
}

static size_t
condition_measures(
    const struct condition *condition, enum measure *measures, size_t count, size_t most)
{
	if (!condition)
		return count;
	if (condition->kind == CONDITION_COMPARISON) {
		count = add_measure(condition->comparison.measure, measures, count, most);
		return operand_measures(&condition->comparison.operand, measures, count, most);
	}
	for (size_t i = 0; i < condition->count; i++)
		count = condition_measures(&condition->parts[i], measures, count, most);
	return count;
}

size_t
clause_measures(const struct clause *clause, enum measure *ret_measures, size_t most)
{
	size_t count = condition_measures(clause->when, ret_measures, 0, most);
	return condition_measures(clause->ends.when, ret_measures, count, most);
}

const char *explain_class(enum measure_class class)
{
	switch (class) {
	case CLASS_GAUGE:
		return "a level, sampled";
	case CLASS_EVENT:
		return "events, added up";
	case CLASS_DISTINCT:
		return "different values, counted";
	case CLASS_SHARE:
		return "a share of a total over the same time";
	case CLASS_ATTRIBUTE:
		return "a fact that changes rarely";
	}
	return "";
}

static void
explain_measures(const struct clause *clause, struct str *out)
{
	enum measure measures[MOST_COMPARISONS * 2];
	size_t count = clause_measures(clause, measures, array_length(measures));
	if (count)
		prose_heading(out, "What is measured");
	for (size_t i = 0; i < count; i++) {
		const struct measure_info *info = measure_info(measures[i]);
		auto_str line = {0};
		prose_add(out, INDENT, "    ", info->name);
		prose_add(out, 2 * INDENT, "", info->what);
		str_addf(&line, "%s; seen by the %s sensor: %s", explain_class(info->class),
		    sensor_name(info->sensor), sensor_sees(info->sensor));
		prose_add(out, 2 * INDENT, "", str_text(&line));
	}
}

/* ---- when a case opens ---- */

static void
explain_condition(const struct condition *condition, size_t indent, struct str *out)
{
	auto_str line = {0};
	bool list = condition->kind == CONDITION_AND || condition->kind == CONDITION_OR;
	auto_str lead = {0};
	str_add_fill(&lead, ' ', indent - 2);
	str_add(&lead, "- ");
	if (!list) {
		words_condition(condition, NULL, &line);
		prose_add(out, indent, str_text(&lead), str_text(&line));
		return;
	}
	prose_add(out, indent, str_text(&lead),
	    condition->kind == CONDITION_AND ? "all of these:" : "any of these:");
	for (size_t i = 0; i < condition->count; i++)
		explain_condition(&condition->parts[i], indent + INDENT, out);
}

static void
explain_opening(const struct clause *clause, struct str *out)
{
	if (!clause->when)
		return;
	bool emergency = clause->kind == CLAUSE_EMERGENCY;
	bool cases = words_opens_cases(clause);
	prose_heading(out, emergency			     ? "When it is an emergency"
			   : cases			     ? "When a case opens"
			   : clause->kind == CLAUSE_SCRUTINY ? "When an account is watched"
							     : "When it answers");
	explain_condition(clause->when, INDENT + 2, out);
	if (!emergency && cases)
		prose_add(out, INDENT, "",
		    "What was not seen counts against nobody: only what is known to be so "
		    "opens a case, and before a later step acts it is weighed afresh.");
	auto_str soft = {0};
	if (clause->imposed)
		str_add(&soft, "It is a soft limit: ");
	words_imposed(clause, &soft);
	if (clause->imposed)
		str_add_char(&soft, '.');
	prose_add(out, INDENT, "", str_text(&soft));
}

/* ---- what follows ---- */

static void
explain_step(const struct clause *clause, const struct step *step, struct str *out)
{
	auto_str lead = {0};
	str_add_fill(&lead, ' ', INDENT);
	words_step_when(step, &lead);
	for (size_t i = 0; i < step->verb_count; i++) {
		auto_str line = {0};
		str_addf(&line, "%s: ", verb_info(step->verbs[i].verb)->name);
		words_verb(clause, &step->verbs[i], &line);
		prose_add(out, INDENT + LABEL, i == 0 ? str_text(&lead) : "", str_text(&line));
	}
}

static void
add_ladder_heading(const struct clause *clause, enum ladder_kind kind, struct str *heading)
{
	switch (kind) {
	case LADDER_THEN:
		str_add(heading, "What follows");
		break;
	case LADDER_AGAIN:
		str_add(heading, "Instead, if it is broken again within ");
		words_quantity(UNIT_TIME, clause->again_within, heading);
		break;
	case LADDER_EMERGENCY:
		str_add(heading, "Instead, in an emergency of which it is a leading cause");
		break;
	case LADDER_UNKNOWN:
		str_add(heading, "Instead, if the answer cannot be known in time");
		break;
	case LADDER_COUNT:
		break;
	}
}

static void
explain_ladder(const struct clause *clause, enum ladder_kind kind, struct str *out)
{
	const struct ladder *ladder = &clause->ladders[kind];
	if (ladder->count == 0)
		return;
	auto_str heading = {0};
	add_ladder_heading(clause, kind, &heading);
	prose_heading(out, str_text(&heading));
	for (size_t i = 0; i < ladder->count; i++)
		explain_step(clause, &ladder->steps[i], out);
	if (kind == LADDER_THEN && ladder->count > 1)
		prose_add(out, INDENT, "",
		    "Delays run from the delivery of the first notice. A notice that cannot be "
		    "delivered stops the clock and alerts staff.");
}

static void
explain_ends(const struct clause *clause, struct str *out)
{
	auto_str ends = {0};
	if (clause->kind != CLAUSE_EMERGENCY)
		words_ends(clause, NULL, &ends);
	else if (clause->ends.kept_for) {
		str_add(&ends, "when none of this has been so for ");
		words_quantity(UNIT_TIME, clause->ends.kept_for, &ends);
	}
	if (!ends.length)
		return;
	prose_heading(out, "How it ends");
	prose_add(out, INDENT, "", str_text(&ends));
	if (words_opens_cases(clause))
		prose_add(out, INDENT, "",
		    "Then all that lasts is taken back, and the owner is told.");
}

/* ---- what staff can do ---- */

static bool
asks_staff(const struct clause *clause)
{
	for (size_t ladder = 0; ladder < LADDER_COUNT; ladder++)
		for (size_t i = 0; i < clause->ladders[ladder].count; i++)
			for (size_t v = 0; v < clause->ladders[ladder].steps[i].verb_count; v++)
				if (clause->ladders[ladder].steps[i].verbs[v].ask)
					return true;
	return false;
}

static bool
command_applies(const struct clause *clause, const char *command)
{
	if (text_starts_with(command, "hayward approve") ||
	    text_starts_with(command, "hayward refuse"))
		return asks_staff(clause);
	if (text_starts_with(command, "hayward impose"))
		return clause->imposed && clause->imposed_by_operator;
	if (text_starts_with(command, "hayward except"))
		return clause->kind == CLAUSE_BINDS_CUSTOMER;
	return words_opens_cases(clause);
}

const struct staff_command *
explain_command(const struct clause *clause, size_t index)
{
	static const struct staff_command commands[] = {
	    {"hayward impose CASE", "start the steps of a recorded case"},
	    {"hayward approve CASE", "do what waits for staff"},
	    {"hayward refuse CASE", "do not do what waits for staff"},
	    {"hayward reached CASE", "record that the owner was told in another way"},
	    {"hayward lift CASE", "end a case; what it did is taken back"},
	    {"hayward except CLAUSE ACCOUNT", "agree on an exception until a date"},
	};
	for (size_t i = 0; i < array_length(commands); i++)
		if (command_applies(clause, commands[i].command) && index-- == 0)
			return &commands[i];
	return NULL;
}

static void
explain_commands(const struct clause *clause, struct str *out)
{
	const struct staff_command *command = NULL;
	for (size_t i = 0; (command = explain_command(clause, i)); i++) {
		if (i == 0)
			prose_heading(out, "What staff can do");
		auto_str lead = {0};
		str_addf(&lead, "    %s", command->command);
		prose_add(out, INDENT + 2 * LABEL, str_text(&lead), command->what);
	}
}

/* ---- exceptions ---- */

bool
explain_exception_concerns(
    const struct exception *exception, const struct clause *clause, int64_t now)
{
	if (exception->until <= now)
		return false;
	for (size_t i = 0; i < exception->clause_count; i++)
		if (clause_id_covers(exception->clauses[i], clause->id))
			return true;
	return false;
}

void
explain_until(const struct exception *exception, struct str *out)
{
	if (exception->until == INT64_MAX) {
		str_add(out, "until revoked");
		return;
	}
	str_add(out, "until ");
	quantity_add(out, UNIT_DATE, exception->until - 1);
}

static const char *
whom_words(enum exception_whom whom)
{
	switch (whom) {
	case EXCEPTION_ACCOUNT:
		return "account";
	case EXCEPTION_PLAN:
		return "plan";
	case EXCEPTION_ROLE:
		return "role";
	case EXCEPTION_CLIENT:
		return "client";
	}
	return "";
}

static void
explain_exceptions(
    const struct policy *policy, const struct clause *clause, int64_t now, struct str *out)
{
	bool any = false;
	for (size_t i = 0; i < policy->exception_count; i++) {
		const struct exception *exception = &policy->exceptions[i];
		if (!explain_exception_concerns(exception, clause, now))
			continue;
		if (!any)
			prose_heading(out, "Exceptions in force (of the policy files)");
		any = true;
		auto_str line = {0};
		str_addf(&line, "%s %s, ", whom_words(exception->whom), exception->name);
		explain_until(exception, &line);
		str_addf(&line, ", by %s: %s", exception->by, exception->because);
		prose_add(out, INDENT + 2, "    - ", str_text(&line));
	}
}

/* ---- the whole ---- */

static void
explain_heading(const struct clause *clause, struct str *out)
{
	prose_add(out, strlen(clause->id) + 2, clause->id, clause->title);
	auto_str line = {0};
	if (clause->terms)
		str_addf(
		    &line, "%s, revision %s; ", clause->terms->name, clause->terms->revision);
	switch (clause->kind) {
	case CLAUSE_BINDS_CUSTOMER:
		str_add(&line, clause->when ? "binds customers; weighed for each "
					    : "kept by other clauses");
		str_add(&line, clause->when ? kind_name(clause->subject) : "");
		break;
	case CLAUSE_PROMISE:
		str_addf(&line, "binds us; weighed for each %s", kind_name(clause->subject));
		break;
	case CLAUSE_EMERGENCY:
		str_add(&line, "says what an emergency is");
		break;
	case CLAUSE_SCRUTINY:
		str_add(&line, "says which accounts are looked at more closely");
		break;
	}
	prose_add(out, INDENT, "    ", str_text(&line));
}

static void
explain_cover(const struct clause *clause, struct str *out)
{
	if (!clause->cover_count)
		return;
	auto_str line = {0};
	for (size_t i = 0; i < clause->cover_count; i++)
		str_addf(&line, "%s%s", i > 0 ? ", " : "", clause->covered_by[i]);
	prose_heading(out, "Kept by these clauses");
	prose_add(out, INDENT, "    ", str_text(&line));
}

static void
explain_services(const struct clause *clause, struct str *out)
{
	for (size_t i = 0; i < clause->provide_count + clause->offer_count; i++) {
		bool provides = i < clause->provide_count;
		enum service service =
		    provides ? clause->provides[i] : clause->offers[i - clause->provide_count];
		if (i == 0 || i == clause->provide_count)
			prose_heading(out, provides ? "What we provide" : "What we offer");
		auto_str lead = {0};
		str_addf(&lead, "    %s", service_info(service)->name);
		prose_add(
		    out, INDENT + LABEL, str_text(&lead), service_info(service)->paragraph);
	}
}

void
explain_clause(
    const struct policy *policy, const struct clause *clause, int64_t now, struct str *out)
{
	explain_heading(clause, out);
	prose_heading(out, "What customers read");
	auto_str says = {0};
	words_says(clause, NULL, &says);
	prose_add(out, INDENT, "", str_text(&says));
	explain_cover(clause, out);
	explain_measures(clause, out);
	explain_opening(clause, out);
	for (enum ladder_kind kind = LADDER_THEN; kind < LADDER_COUNT; kind++)
		explain_ladder(clause, kind, out);
	explain_ends(clause, out);
	if (clause->filter) {
		auto_str line = {0};
		str_addf(&line,
		    "The mail server's filter '%s', where hayward keeps a site; see site.conf(5).",
		    filter_name(clause->filter->kind));
		prose_heading(out, "Who does it");
		prose_add(out, INDENT, "", str_text(&line));
	}
	auto_str remedy = {0};
	words_remedy(clause, NULL, &remedy);
	if (remedy.length)
		prose_heading(out, "How to put it right");
	prose_add(out, INDENT, "", str_text(&remedy));
	explain_services(clause, out);
	explain_commands(clause, out);
	explain_exceptions(policy, clause, now, out);
}
