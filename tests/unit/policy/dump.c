/* SPDX-License-Identifier: Apache-2.0 */
#include "dump.h"

#include <inttypes.h>

static const char *
shown(const char *text)
{
	return text ? text : "(none)";
}

static void
dump_operand(const struct operand *operand, struct str *out)
{
	str_addf(out, "<%d %d %" PRId64 " %s", operand->kind, operand->unit, operand->number,
	    shown(operand->text));
	if (operand->part) {
		dump_operand(operand->part, out);
		dump_operand(operand->whole, out);
	}
	for (size_t i = 0; i < operand->count; i++)
		dump_operand(&operand->members[i], out);
	str_add_char(out, '>');
}

static void
dump_condition(const struct condition *condition, struct str *out)
{
	const struct comparison *comparison = &condition->comparison;
	str_addf(out, "(%d", condition->kind);
	for (size_t i = 0; i < condition->count; i++)
		dump_condition(&condition->parts[i], out);
	if (condition->kind == CONDITION_COMPARISON) {
		str_addf(out, " #%u m%d %s per %s op%d%s", comparison->index,
		    comparison->measure, shown(comparison->limit), shown(comparison->group),
		    comparison->operator, comparison->negated ? " not" : "");
		dump_operand(&comparison->operand, out);
		str_addf(out, " w%d %" PRId64 " %u %u %" PRId64 " %" PRId64, comparison->window,
		    comparison->span, comparison->percent_of_runs, comparison->times,
		    comparison->stretch, comparison->hold);
	}
	str_add_char(out, ')');
}

static void
dump_ladder(const struct ladder *ladder, struct str *out)
{
	for (size_t i = 0; i < ladder->count; i++) {
		const struct step *step = &ladder->steps[i];
		str_addf(out, "    after %" PRId64 ":", step->after);
		for (size_t j = 0; j < step->verb_count; j++) {
			const struct verb_use *use = &step->verbs[j];
			str_addf(out, " %d%s%s r%d %s", use->verb, use->ask ? " ask" : "",
			    use->at_once ? " now" : "", use->resource, shown(use->text));
			dump_operand(&use->amount, out);
		}
		str_add_char(out, '\n');
	}
}

static void
dump_clause(const struct clause *clause, struct str *out)
{
	str_addf(out, "%s %d %s under %s for %d\n  says %s\n  remedy %s\n", clause->id,
	    clause->kind, clause->title, clause->terms ? clause->terms->name : "nothing",
	    clause->subject, shown(clause->says), shown(clause->remedy));
	if (clause->when)
		dump_condition(clause->when, out);
	str_addf(out, "\n  soft %d %d %d\n", clause->imposed, clause->imposed_in_emergency,
	    clause->imposed_by_operator);
	for (int kind = 0; kind < LADDER_COUNT; kind++)
		dump_ladder(&clause->ladders[kind], out);
	const struct ends *ends = &clause->ends;
	str_addf(out, "  again %" PRId64 " ends %d %" PRId64 " %d %d", clause->again_within,
	    ends->kept, ends->kept_for, ends->by_owner, ends->by_operator);
	if (ends->when)
		dump_condition(ends->when, out);
	str_addf(out, "\n  mode %d shorten %u %u", clause->mode, clause->shorten_waits,
	    clause->shorten_delays);
	for (size_t i = 0; i < clause->cover_count; i++)
		str_addf(out, " by %s", clause->covered_by[i]);
	for (size_t i = 0; i < clause->offer_count; i++)
		str_addf(out, " offers %d", clause->offers[i]);
	for (size_t i = 0; i < clause->provide_count; i++)
		str_addf(out, " provides %d", clause->provides[i]);
	str_add_char(out, '\n');
}

static void
dump_plans(const struct plan *plans, size_t count, struct str *out)
{
	for (size_t i = 0; i < count; i++) {
		str_addf(out, "plan %s", plans[i].name);
		for (size_t j = 0; j < plans[i].count; j++) {
			str_addf(out, " %s", plans[i].limits[j].name);
			dump_operand(&plans[i].limits[j].value, out);
		}
		str_add_char(out, '\n');
	}
}

static void
dump_exception(const struct exception *exception, struct str *out)
{
	str_add(out, "exception");
	for (size_t i = 0; i < exception->clause_count; i++)
		str_addf(out, " %s", exception->clauses[i]);
	str_addf(out, " for %d %s subject %s until %" PRId64 " by %s because %s ",
	    exception->whom, exception->name, shown(exception->subject), exception->until,
	    exception->by, exception->because);
	if (exception->to)
		dump_operand(exception->to, out);
	str_add_char(out, '\n');
}

void
policy_dump(const struct policy *policy, struct str *out)
{
	for (size_t i = 0; i < policy->clause_count; i++)
		dump_clause(&policy->clauses[i], out);
	dump_plans(policy->plans, policy->plan_count, out);
	dump_plans(policy->roles, policy->role_count, out);
	for (size_t i = 0; i < policy->exception_count; i++)
		dump_exception(&policy->exceptions[i], out);
	str_addf(out, "emergency %s scrutiny %s digest %s\n",
	    policy->emergency ? policy->emergency->id : "none",
	    policy->scrutiny ? policy->scrutiny->id : "none", policy->digest);
}
