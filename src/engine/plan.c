/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From clauses to the windows they need. Two comparisons that ask for the same
 * measure over the same span share one series, whichever clause they are in.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/parts.h"

bool
frame_fed(enum measure measure, enum subject_kind kind)
{
	switch ((int)measure) {
	case MEASURE_CPU_SHARE:
	case MEASURE_MEMORY_SHARE:
	case MEASURE_IO_SHARE:
		return kind == KIND_ACCOUNT || kind == KIND_SCRIPT || kind == KIND_PROCESS;
	case MEASURE_SCRIPTS_CPU_SHARE:
		return kind == KIND_ACCOUNT;
	case MEASURE_SCRIPT_CPU:
	case MEASURE_SCRIPT_RUNS:
	case MEASURE_SCRIPT_MEMORY:
	case MEASURE_SCRIPT_STARTED_BY:
		return kind == KIND_SCRIPT;
	case MEASURE_PROCESS_STARTED_BY:
		return kind == KIND_PROCESS;
	default:
		return false;
	}
}

bool
is_part(enum measure measure)
{
	return measure == MEASURE_ADDRESS_DELIVERY_SHARE;
}

bool
is_of_deeds(const struct series *series)
{
	return series->kind == SERIES_LEVEL &&
	       measure_info(series->measure)->class == CLASS_EVENT;
}

/* A sum that frames bring, not a share of what the host has. */
bool
adds_up(enum measure measure)
{
	return measure == MEASURE_SCRIPT_CPU || measure == MEASURE_SCRIPT_RUNS;
}

/*
 * Frames tell of runs together: of each there is only how many used how much of the
 * processor, and what the largest held.
 */
static bool
wants_single_runs(const struct comparison *comparison)
{
	if (comparison->measure == MEASURE_SCRIPT_MEMORY)
		return comparison->percent_of_runs || comparison->window != WINDOW_NONE;
	return adds_up((enum measure)comparison->measure) &&
	       (comparison->percent_of_runs || comparison->window == WINDOW_NONE);
}

bool
series_equal(const struct series *one, const struct series *other)
{
	if (one->kind != other->kind || one->measure != other->measure ||
	    one->home != other->home || one->span != other->span ||
	    one->width != other->width || one->slots != other->slots ||
	    one->evidence != other->evidence || one->exact != other->exact ||
	    !text_equal(one->group, other->group))
		return false;
	if (one->kind != SERIES_RUNS)
		return true;
	return strcmp(one->clause->id, other->clause->id) == 0 &&
	       one->comparison->index == other->comparison->index;
}

static int
add_series(struct plan_of_kind *kind, const struct series *wanted)
{
	for (size_t i = 0; i < kind->series_count; i++)
		if (series_equal(&kind->series[i], wanted))
			return (int)i;
	memory_grow(
	    &kind->series, kind->series_count, &kind->series_capacity, sizeof(*kind->series));
	struct series *series = &kind->series[kind->series_count];
	*series = *wanted;
	if (series->kind == SERIES_PART)
		series->seen = ring_new(series->slots);
	if (series->kind == SERIES_FRAME) {
		kind->framed = true;
		if (!series->evidence) {
			series->seen = ring_new(series->slots);
			series->capacity = ring_new(series->slots);
			if (series->stride)
				series->survey = memory_new(1, sizeof(*series->survey));
		}
	}
	return (int)kind->series_count++;
}

/* `N times within S` looks at S / W windows, each cut into as many slots as fit into the ring.
 */
static void
cut_into_slots(struct series *series, const struct comparison *comparison)
{
	series->span = comparison->span;
	series->slots = WINDOW_SLOTS;
	if (comparison->times && comparison->span > 0 &&
	    comparison->stretch >= comparison->span) {
		int64_t windows = comparison->stretch / comparison->span;
		if (windows > WINDOW_SLOTS)
			windows = WINDOW_SLOTS;
		series->stride = (uint32_t)(WINDOW_SLOTS / windows);
		series->slots = (uint32_t)windows * series->stride;
		series->width = comparison->span / series->stride;
		series->span = series->width * series->slots;
		return;
	}
	series->width = series->span / series->slots;
	if (series->width < 1)
		series->width = 1;
}

static enum series_kind
kind_of_series(const struct comparison *comparison, enum subject_kind home)
{
	enum measure measure = (enum measure)comparison->measure;
	if (comparison->percent_of_runs)
		return SERIES_RUNS;
	if (comparison->window == WINDOW_NONE)
		return SERIES_LEVEL;
	if (frame_fed(measure, home))
		return SERIES_FRAME;
	if (measure_info(measure)->class == CLASS_DISTINCT)
		return SERIES_DISTINCT;
	if (is_part(measure))
		return SERIES_PART;
	return comparison->window == WINDOW_OVER ? SERIES_MEAN : SERIES_SUM;
}

static bool
keeps_times(const struct comparison *comparison, enum series_kind kind)
{
	return kind == SERIES_SUM && comparison->operand.kind == OPERAND_LITERAL &&
	       measure_info((enum measure)comparison->measure)->unit == UNIT_COUNT &&
	       comparison->operand.number < MOST_EXACT;
}

/* What an account's breach is made of: the same window, coarser, for each script. */
static void
add_evidence(struct engine *engine, const struct series *of)
{
	struct series evidence = *of;
	evidence.home = KIND_SCRIPT;
	evidence.evidence = true;
	evidence.stride = 0;
	evidence.slots = EVIDENCE_SLOTS;
	/* Whole slots of the account's own window, so that parts of it are exact. */
	evidence.width = of->width * ((of->slots + EVIDENCE_SLOTS - 1) / EVIDENCE_SLOTS);
	(void)add_series(&engine->kinds[KIND_SCRIPT], &evidence);
}

struct series
series_of_whole(const struct series *part)
{
	struct series whole = *part;
	whole.kind = SERIES_SUM;
	whole.home = KIND_ACCOUNT;
	return whole;
}

/* The subject itself or the nearest that contains it and has this measure. */
static bool
find_home(enum subject_kind kind, enum measure measure, enum subject_kind *ret_home)
{
	uint32_t kinds = measure_info(measure)->kinds;
	while (!(kinds & UINT32_C(1) << kind)) {
		if (kind == KIND_HOST)
			return false;
		kind = kind_container(kind);
	}
	*ret_home = kind;
	return true;
}

static void
plan_comparison(struct engine *engine, const struct clause *clause,
    const struct comparison *comparison, struct use *use)
{
	*use = (struct use){.series = -1, .hold = -1};
	if (comparison->hold)
		use->hold = (int)engine->kinds[clause->subject].hold_count++;
	if (comparison->measure < 0)
		return;
	enum measure measure = (enum measure)comparison->measure;
	if (!find_home(clause->subject, measure, &use->home) || wants_single_runs(comparison)) {
		use->unplaced = true;
		return;
	}
	struct series series = {.measure = measure, .home = use->home, .width = 1};
	series.kind = kind_of_series(comparison, use->home);
	if (series.kind == SERIES_LEVEL && frame_fed(measure, use->home))
		return;
	series.group = comparison->group;
	series.exact = keeps_times(comparison, series.kind);
	if (series.kind == SERIES_RUNS) {
		series.clause = clause;
		series.comparison = comparison;
	}
	if (series.kind != SERIES_LEVEL)
		cut_into_slots(&series, comparison);
	use->series = add_series(&engine->kinds[use->home], &series);
	if (series.kind == SERIES_FRAME && use->home == KIND_ACCOUNT)
		add_evidence(engine, &series);
	if (series.kind == SERIES_PART) {
		struct series whole = series_of_whole(&series);
		(void)add_series(&engine->kinds[KIND_ACCOUNT], &whole);
	}
}

static void
plan_condition(struct engine *engine, const struct clause *clause,
    const struct condition *condition, struct use *uses)
{
	if (condition->kind != CONDITION_COMPARISON) {
		for (size_t i = 0; i < condition->count; i++)
			plan_condition(engine, clause, &condition->parts[i], uses);
		return;
	}
	if (condition->comparison.index < MOST_COMPARISONS)
		plan_comparison(
		    engine, clause, &condition->comparison, &uses[condition->comparison.index]);
}

/* A ladder of answers alone opens no case, so only the gates weigh it. */
static bool
only_answers(const struct clause *clause)
{
	const struct ladder *then = &clause->ladders[LADDER_THEN];
	for (size_t i = 0; i < then->count; i++)
		for (size_t v = 0; v < then->steps[i].verb_count; v++)
			if (verb_info(then->steps[i].verbs[v].verb)->when == WHEN_STEP)
				return false;
	return then->count > 0;
}

/* Whoever is warned in the first step is also told before; what is only recorded is told to
 * nobody. */
static bool
tells_approach(const struct clause *clause)
{
	const struct ladder *then = &clause->ladders[LADDER_THEN];
	if (clause->kind != CLAUSE_BINDS_CUSTOMER || clause->imposed || !then->count)
		return false;
	for (size_t v = 0; v < then->steps[0].verb_count; v++)
		if (then->steps[0].verbs[v].verb == VERB_WARN)
			return true;
	return false;
}

static void
plan_clause(struct engine *engine, const struct clause *clause)
{
	if (!clause->when || only_answers(clause))
		return;
	struct plan_of_kind *kind = &engine->kinds[clause->subject];
	memory_grow(&kind->rules, kind->rule_count, &kind->rule_capacity, sizeof(*kind->rules));
	struct rule *rule = &kind->rules[kind->rule_count++];
	*rule = (struct rule){.clause = clause, .tells_approach = tells_approach(clause)};
	plan_condition(engine, clause, clause->when, rule->uses);
	if (clause->ends.when)
		plan_condition(engine, clause, clause->ends.when, rule->end_uses);
	if (frame_fed(MEASURE_CPU_SHARE, clause->subject))
		kind->framed = true;
}

void
plan_make(struct engine *engine)
{
	memset(engine->kinds, 0, sizeof(engine->kinds));
	engine->kinds[KIND_ACCOUNT].framed = true;
	engine->kinds[KIND_SCRIPT].framed = true;
	for (size_t i = 0; i < engine->rules.policy->clause_count; i++)
		plan_clause(engine, &engine->rules.policy->clauses[i]);
}

void
plan_done(struct plan_of_kind *kinds)
{
	for (size_t kind = 0; kind < KIND_COUNT; kind++) {
		for (size_t i = 0; i < kinds[kind].series_count; i++) {
			free(kinds[kind].series[i].seen);
			free(kinds[kind].series[i].capacity);
			free(kinds[kind].series[i].survey);
		}
		free(kinds[kind].series);
		free(kinds[kind].rules);
	}
}

const struct rule *
rule_of(const struct engine *engine, const struct clause *clause)
{
	const struct plan_of_kind *kind = &engine->kinds[clause->subject];
	for (size_t i = 0; i < kind->rule_count; i++)
		if (kind->rules[i].clause == clause)
			return &kind->rules[i];
	return NULL;
}
