/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host can carry out. A comparison without a working sensor is never
 * true there, so an `and` needs all its parts and an `or` any of them.
 */
#include "policy/coverage.h"

#include <string.h>

#include "base/attributes.h"
#include "base/str.h"
#include "policy/outline.h"

enum reach { REACH_NONE, REACH_SOME, REACH_ALL };

struct missing {
	uint64_t sensors;
	uint64_t verbs;
	struct str filters; /* "V2d: off in site.conf, line 84" */
};

static enum reach
comparison_reach(const struct comparison *comparison, const struct abilities *abilities,
    struct missing *missing)
{
	if (comparison->measure < 0)
		return REACH_ALL;
	uint64_t sensor = UINT64_C(1)
			  << measure_info((enum measure)comparison->measure)->sensor;
	if (abilities->sensors & sensor)
		return REACH_ALL;
	missing->sensors |= sensor;
	return REACH_NONE;
}

static enum reach
condition_reach(const struct condition *condition, const struct abilities *abilities,
    struct missing *missing)
{
	if (!condition)
		return REACH_ALL;
	if (condition->kind == CONDITION_COMPARISON)
		return comparison_reach(&condition->comparison, abilities, missing);
	enum reach least = REACH_ALL, most = REACH_NONE;
	for (size_t i = 0; i < condition->count; i++) {
		enum reach reach = condition_reach(&condition->parts[i], abilities, missing);
		least = reach < least ? reach : least;
		most = reach > most ? reach : most;
	}
	if (condition->kind != CONDITION_OR)
		return least;
	return least == REACH_ALL ? REACH_ALL : most == REACH_NONE ? REACH_NONE : REACH_SOME;
}

static enum reach
ladders_reach(
    const struct clause *clause, const struct abilities *abilities, struct missing *missing)
{
	bool any = false, all = true;
	for (size_t ladder = 0; ladder < LADDER_COUNT; ladder++) {
		for (size_t i = 0; i < clause->ladders[ladder].count; i++) {
			const struct step *step = &clause->ladders[ladder].steps[i];
			for (size_t v = 0; v < step->verb_count; v++) {
				uint64_t verb = UINT64_C(1) << step->verbs[v].verb;
				bool can = (abilities->verbs & verb) != 0;
				missing->verbs |= can ? 0 : verb;
				any |= can;
				all &= can;
			}
		}
	}
	return all ? REACH_ALL : any ? REACH_SOME : REACH_NONE;
}

/* The mail server does it by itself, or nobody does. */
static enum reach
filter_reach(
    const struct clause *clause, const struct abilities *abilities, struct missing *missing)
{
	const char *why = abilities->filters[clause->filter->kind];
	if (!why)
		return REACH_ALL;
	str_addf(&missing->filters, "%s%s: %s", missing->filters.length ? "; " : "", clause->id,
	    why);
	return REACH_NONE;
}

static enum reach
clause_reach(
    const struct clause *clause, const struct abilities *abilities, struct missing *missing)
{
	if (clause->filter)
		return filter_reach(clause, abilities, missing);
	enum reach condition = condition_reach(clause->when, abilities, missing);
	enum reach ladders = ladders_reach(clause, abilities, missing);
	return condition < ladders ? condition : ladders;
}

/* The least and the most that the clauses of one id reach. */
struct span {
	enum reach least, most;
};

static void
span_add(struct span *span, enum reach reach)
{
	span->least = reach < span->least ? reach : span->least;
	span->most = reach > span->most ? reach : span->most;
}

/* A clause that others keep reaches as far as they do. */
static void
span_clauses(const struct policy *policy, const char *id, const struct abilities *abilities,
    struct span *span, struct missing *missing)
{
	for (size_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		if (!clause->cover_count && clause_id_covers(id, clause->id))
			span_add(span, clause_reach(clause, abilities, missing));
	}
}

/* A clause of several parts: all of them, none of them, or some. */
static enum reach
row_reach(const struct policy *policy, const char *id, const struct abilities *abilities,
    struct missing *missing)
{
	struct span span = {.least = REACH_ALL, .most = REACH_NONE};
	span_clauses(policy, id, abilities, &span, missing);
	for (size_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		for (size_t c = 0; c < clause->cover_count && clause_id_covers(id, clause->id);
		     c++)
			span_clauses(policy, clause->covered_by[c], abilities, &span, missing);
	}
	if (span.most == REACH_NONE)
		return REACH_NONE;
	return span.least == REACH_ALL ? REACH_ALL : REACH_SOME;
}

static void
add_names(struct str *out, const struct missing *missing)
{
	for (int sensor = 0; sensor < SENSOR_COUNT; sensor++)
		if (missing->sensors & (UINT64_C(1) << sensor))
			str_addf(out, "%s%s",
			    out->length ? ", " : "sensors: ", sensor_name((enum sensor)sensor));
	const char *joint = out->length ? "; verbs: " : "verbs: ";
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		if (!(missing->verbs & (UINT64_C(1) << verb)))
			continue;
		str_addf(out, "%s%s", joint, verb_info((enum verb)verb)->name);
		joint = ", ";
	}
	if (missing->filters.length)
		str_addf(out, "%s%s", out->length ? "; " : "", str_text(&missing->filters));
}

struct coverage *
coverage_of_host(
    const struct policy *policy, const struct abilities *abilities, struct arena *arena)
{
	static const enum coverage_state states[] = {[REACH_NONE] = COVERAGE_WAITING,
	    [REACH_SOME] = COVERAGE_IN_PART,
	    [REACH_ALL] = COVERAGE_LIVE};
	struct coverage *coverage = coverage_new(policy, arena);
	for (size_t i = 0; i < coverage->count; i++) {
		struct coverage_row *row = &coverage->rows[i];
		struct missing missing = {0};
		auto_str names = {0};
		row->state = states[row_reach(policy, row->id, abilities, &missing)];
		add_names(&names, &missing);
		str_done(&missing.filters);
		row->waits_for = arena_copy_text(arena, str_text(&names));
	}
	coverage_count(coverage);
	return coverage;
}
