/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions, three-valued. A measure that nobody on this host feeds never
 * helps to break a clause: its comparison is false, and true below a `not`.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/glob.h"
#include "engine/parts.h"

enum { HUNDREDTHS = 10000, WHOLE_LIMIT = 100 };

/* One weighing: of one clause, for one subject, at one scale of its limits. */
struct weighing {
	struct engine *engine;
	const struct clause *clause;
	const struct use *uses;
	const struct subject *subject;
	struct entity *entity; /* NULL: idle */
	const struct account *account;
	int64_t scale; /* percent of the limits: 100, or what counts as approaching */
	bool probing;  /* changes no `for` */
	bool trusting; /* takes memory as it was counted, to see whether a proof matters */
	struct finding *finding;
};

static enum verdict
never(bool negated)
{
	return negated ? VERDICT_TRUE : VERDICT_FALSE;
}

static struct entity *
container(const struct weighing *weighing, enum subject_kind home)
{
	if (home == weighing->subject->kind)
		return weighing->entity;
	if (home == KIND_HOST)
		return weighing->engine->host;
	struct subject subject = *weighing->subject;
	subject.kind = home;
	if (home == KIND_ACCOUNT)
		subject.key = 0;
	return entity_find(weighing->engine, &subject);
}

static enum verdict weigh_condition(
    const struct weighing *weighing, const struct condition *condition, bool negated);

static struct weighing begin(struct engine *engine, const struct clause *clause,
    const struct subject *subject, struct entity *entity);

/* Whether the scrutiny condition holds for the account; of itself it knows nothing. */
static enum verdict
weigh_watched(const struct weighing *weighing)
{
	struct engine *engine = weighing->engine;
	const struct clause *scrutiny = engine->rules.policy->scrutiny;
	const struct rule *rule = scrutiny ? rule_of(engine, scrutiny) : NULL;
	if (!rule || !weighing->account || weighing->clause == scrutiny)
		return VERDICT_FALSE;
	struct subject subject = *weighing->subject;
	subject.kind = KIND_ACCOUNT;
	subject.key = 0;
	struct weighing watched =
	    begin(engine, scrutiny, &subject, entity_find(engine, &subject));
	watched.uses = rule->uses;
	watched.probing = true;
	return weigh_condition(&watched, scrutiny->when, false);
}

/* What hayward itself knows, without any cell. */
static bool
own_value(
    const struct weighing *weighing, const struct comparison *comparison, struct bounds *bounds)
{
	const struct engine_rules *rules = &weighing->engine->rules;
	const struct account *account = weighing->account;
	enum verdict watched;
	int64_t value;
	switch (comparison->measure) {
	case MEASURE_ACCOUNT_BREACHES:
		value = account && rules->breaches
			    ? rules->breaches(rules->context, account, comparison->span)
			    : 0;
		break;
	case MEASURE_ACCOUNT_WATCHED:
		watched = weigh_watched(weighing);
		*bounds = (struct bounds){
		    watched == VERDICT_TRUE, watched != VERDICT_FALSE, 1, NULL, 0};
		return true;
	case MEASURE_HOST_EMERGENCY:
		value = weighing->engine->emergency;
		break;
	case MEASURE_ACCOUNT_PLANLESS:
		if (!account)
			return false;
		value = !policy_plan(weighing->engine->rules.policy, account->plan);
		break;
	case MEASURE_ACCOUNT_INITIAL_QUOTA:
		value = account ? account->initial_bytes : -1;
		break;
	case MEASURE_ACCOUNT_INITIAL_FILES:
		value = account ? account->initial_files : -1;
		break;
	default:
		return false;
	}
	*bounds = (struct bounds){value, value, value >= 0, NULL, 0};
	return true;
}

/* A floor only says that there is enough of it to count: told is the share. */
static bool
tells_more(enum measure measure, const struct finding *finding, bool worse)
{
	if (measure_floor(measure) == finding->measure)
		return true;
	return worse && measure_floor((enum measure)finding->measure) != (int)measure;
}

/* The finding tells of the comparison that is worst: by value of limit. */
static void
tell(const struct weighing *weighing, const struct comparison *comparison,
    const struct bounds *bounds, int64_t limit, enum verdict verdict)
{
	struct finding *finding = weighing->finding;
	if (!finding || !bounds->whole ||
	    measure_info((enum measure)comparison->measure)->kinds == UINT32_C(1) << KIND_HOST)
		return;
	/* People are told the mean of what was seen; judged is the lower bound. */
	__int128 value = bounds->low / (bounds->seen > 0 ? bounds->seen : bounds->whole);
	__int128 against = limit > 0 ? limit : 1;
	__int128 ratio = bounds->low * HUNDREDTHS / bounds->whole / against;
	if (ratio > INT64_MAX)
		ratio = INT64_MAX;
	/* In an emergency what brings it about comes first, be it by less. */
	bool leads = verdict == VERDICT_TRUE &&
		     is_leading(weighing->engine, weighing->subject,
			 measure_info((enum measure)comparison->measure)->resource);
	bool worse = leads == finding->leading ? (uint64_t)ratio > finding->ratio : leads;
	if (finding->measure >= 0 &&
	    (verdict < finding->verdict ||
		(verdict == finding->verdict &&
		    !tells_more((enum measure)comparison->measure, finding, worse))))
		return;
	finding->leading = leads;
	finding->measure = comparison->measure;
	finding->verdict = verdict;
	finding->value = value > INT64_MAX ? INT64_MAX : (int64_t)value;
	finding->limit = limit;
	finding->window = comparison->window == WINDOW_NONE ? 0 : comparison->span;
	finding->ratio = (uint64_t)ratio;
}

static enum verdict
is_member(
    const struct weighing *weighing, const struct bounds *bounds, const struct operand *operand)
{
	if (!bounds->whole)
		return VERDICT_UNKNOWN;
	switch (operand->kind) {
	case OPERAND_SET:
		for (size_t i = 0; i < operand->count; i++)
			if (is_member(weighing, bounds, &operand->members[i]) == VERDICT_TRUE)
				return VERDICT_TRUE;
		return VERDICT_FALSE;
	case OPERAND_TEXT:
		if (!bounds->text)
			return VERDICT_UNKNOWN;
		return glob_matches(operand->text, bounds->text) ? VERDICT_TRUE : VERDICT_FALSE;
	case OPERAND_LITERAL:
	case OPERAND_LIMIT:
	case OPERAND_PART:
	case OPERAND_NAME:
		break;
	}
	int64_t limit;
	if (!engine_limit(weighing->engine, weighing->account, operand, &limit))
		return VERDICT_UNKNOWN;
	return bounds_compare(bounds, COMPARE_IS, limit);
}

static enum verdict
opposite(enum verdict verdict)
{
	return VERDICT_TRUE - verdict;
}

static bool
is_quantity(enum comparison_operator how)
{
	return how == COMPARE_MORE || how == COMPARE_AT_LEAST || how == COMPARE_LESS ||
	       how == COMPARE_AT_MOST;
}

/* The limit, scaled down where we ask whether it is approached. */
static __int128
scaled(const struct weighing *weighing, const struct comparison *comparison, int64_t limit)
{
	bool upper =
	    comparison->operator== COMPARE_MORE || comparison->operator== COMPARE_AT_LEAST;
	if (!upper || weighing->scale == WHOLE_LIMIT)
		return limit;
	return (__int128)limit * weighing->scale / WHOLE_LIMIT;
}

static enum verdict
compare_windows(
    struct engine *engine, const struct window_question *question, struct bounds *ret_worst)
{
	struct window_count count = series_count_windows(engine, question);
	*ret_worst = count.worst;
	if (count.sure >= question->comparison->times)
		return VERDICT_TRUE;
	return count.possible >= question->comparison->times ? VERDICT_UNKNOWN : VERDICT_FALSE;
}

static struct proof
proof_for(const struct weighing *weighing, enum measure measure)
{
	/* What needs no proof is believed as it stands. */
	return proof_of(weighing->engine, weighing->trusting ? MEASURE_CPU_SHARE : measure,
	    weighing->subject);
}

static bool matters(const struct weighing *weighing, const struct comparison *comparison,
    const struct series *series, struct cell *cell, const struct bounds *bounds);

static enum verdict
compare_quantity(const struct weighing *weighing, const struct comparison *comparison,
    const struct series *series, struct cell *cell, const struct bounds *bounds)
{
	int64_t limit;
	if (!engine_limit(weighing->engine, weighing->account, &comparison->operand, &limit))
		return VERDICT_UNKNOWN;
	struct bounds against = *bounds;
	struct proof proof = proof_for(weighing, (enum measure)comparison->measure);
	enum comparison_operator how = comparison->operator;
	__int128 least = scaled(weighing, comparison, limit);
	if (comparison->percent_of_runs) {
		how = COMPARE_AT_LEAST;
		least = comparison->percent_of_runs;
	} else if (comparison->operand.unit == UNIT_RATE && series && series->span) {
		/* Millionths per second of a sum over the span's ms. */
		against.low *= INT64_C(1000000000);
		against.high =
		    against.high >= NO_LIMIT ? NO_LIMIT : against.high * INT64_C(1000000000);
		against.whole *= series->span;
	}
	bool windows =
	    comparison->times && series && series->stride && series->kind == SERIES_FRAME;
	struct window_question question = {series, cell, comparison, least, proof};
	proof_apply(&proof, &against);
	enum verdict verdict = windows ? compare_windows(weighing->engine, &question, &against)
				       : bounds_compare(&against, how, least);
	if (!comparison->percent_of_runs)
		tell(weighing, comparison, &against, limit, verdict);
	if (proof.wanting && matters(weighing, comparison, series, cell, bounds))
		proof_want(weighing->engine, weighing->subject);
	return verdict;
}

/* Whether the clause would be broken, or nearly, if all that was counted were its own. */
static bool
matters(const struct weighing *weighing, const struct comparison *comparison,
    const struct series *series, struct cell *cell, const struct bounds *bounds)
{
	struct weighing trusting = *weighing;
	int64_t near = weighing->engine->rules.approaching;
	trusting.trusting = true;
	trusting.finding = NULL;
	trusting.scale = near > 0 && near < WHOLE_LIMIT ? near : WHOLE_LIMIT;
	return compare_quantity(&trusting, comparison, series, cell, bounds) == VERDICT_TRUE;
}

static enum verdict
compare_value(const struct weighing *weighing, const struct comparison *comparison,
    const struct series *series, struct cell *cell, const struct bounds *bounds)
{
	if (is_quantity(comparison->operator))
		return compare_quantity(weighing, comparison, series, cell, bounds);
	enum verdict verdict;
	if (comparison->operator== COMPARE_HOLDS)
		verdict = bounds_compare(bounds, COMPARE_AT_LEAST, 1);
	else
		verdict = is_member(weighing, bounds, &comparison->operand);
	if (comparison->negated)
		verdict = opposite(verdict);
	if (weighing->finding && weighing->finding->measure < 0 && verdict == VERDICT_TRUE) {
		weighing->finding->measure = comparison->measure;
		weighing->finding->verdict = verdict;
		weighing->finding->value = (int64_t)bounds->low;
	}
	return verdict;
}

/* A limit that stands alone: `plan.web-irc`. */
static enum verdict
compare_limit(
    const struct weighing *weighing, const struct comparison *comparison, bool negated)
{
	struct operand operand = {.kind = OPERAND_LIMIT, .text = comparison->limit};
	int64_t value;
	/* A server's role is the gates' to know. */
	if (text_starts_with(comparison->limit, "role."))
		return never(negated);
	if (!engine_limit(weighing->engine, weighing->account, &operand, &value))
		return VERDICT_UNKNOWN;
	return value ? VERDICT_TRUE : VERDICT_FALSE;
}

/* `for D`: what was true without a break, see LANGUAGE 5.2. */
static enum verdict
held(const struct weighing *weighing, int number, int64_t wanted, enum verdict verdict)
{
	struct entity *entity = weighing->entity;
	if (!entity || (weighing->probing && !entity->holds))
		return verdict == VERDICT_FALSE ? VERDICT_FALSE : VERDICT_UNKNOWN;
	if (!entity->holds)
		entity->holds =
		    memory_new(weighing->engine->kinds[weighing->subject->kind].hold_count,
			sizeof(*entity->holds));
	struct hold hold = entity->holds[number];
	int64_t passed = hold.begun ? weighing->engine->now - hold.at : 0;
	if (hold.begun && hold.last == VERDICT_TRUE) {
		hold.held += passed;
		hold.unknown = 0;
	} else if (hold.begun && hold.last == VERDICT_UNKNOWN) {
		hold.unknown += passed;
	}
	if (verdict == VERDICT_FALSE || hold.unknown > wanted)
		hold = (struct hold){0};
	hold.begun = true;
	hold.last = verdict;
	hold.at = weighing->engine->now;
	if (!weighing->probing)
		entity->holds[number] = hold;
	if (verdict == VERDICT_FALSE)
		return VERDICT_FALSE;
	if (hold.held >= wanted)
		return VERDICT_TRUE;
	return hold.held + hold.unknown >= wanted ? VERDICT_UNKNOWN : VERDICT_FALSE;
}

/* Of the single events that speak for a breach the last one tells how old it is. */
static void
note_deed(const struct weighing *weighing, const struct bounds *bounds, bool speaks)
{
	struct finding *finding = weighing->finding;
	int64_t age = weighing->engine->now - bounds->deed_at;
	if (!finding || !bounds->deed_at || !speaks ||
	    (finding->is_deed && finding->deed_age <= age))
		return;
	finding->is_deed = true;
	finding->deed_age = age;
}

static enum verdict
compare_now(const struct weighing *weighing, const struct comparison *comparison,
    const struct use *use, bool negated)
{
	if (comparison->measure < 0)
		return compare_limit(weighing, comparison, negated);
	enum measure measure = (enum measure)comparison->measure;
	struct engine *engine = weighing->engine;
	struct bounds bounds = {0};
	if (own_value(weighing, comparison, &bounds))
		return compare_value(weighing, comparison, NULL, NULL, &bounds);
	enum sensor_state state = engine->sensors[measure_info(measure)->sensor];
	if (state == SENSOR_NEVER || use->unplaced)
		return never(negated);
	struct entity *entity = container(weighing, use->home);
	if (use->series < 0) {
		bounds = frame_level(engine, measure, entity);
		return compare_value(weighing, comparison, NULL, NULL, &bounds);
	}
	if (!entity && use->home != weighing->subject->kind && !frame_fed(measure, use->home))
		return never(negated);
	const struct series *series = &engine->kinds[use->home].series[use->series];
	struct cell *cell = entity ? entity->cells[use->series] : NULL;
	bounds = series_value(engine, series, entity, cell);
	if (state == SENSOR_UNTOLD && !frame_fed(measure, use->home))
		bounds.high = bounds.high > 0 ? bounds.high : NO_LIMIT;
	enum verdict verdict = compare_value(weighing, comparison, series, cell, &bounds);
	note_deed(weighing, &bounds, verdict == (negated ? VERDICT_FALSE : VERDICT_TRUE));
	return verdict;
}

static enum verdict
compare(const struct weighing *weighing, const struct comparison *comparison, bool negated)
{
	if (comparison->index >= MOST_COMPARISONS)
		return VERDICT_UNKNOWN;
	const struct use *use = &weighing->uses[comparison->index];
	enum verdict verdict = compare_now(weighing, comparison, use, negated);
	if (use->hold >= 0)
		verdict = held(weighing, use->hold, comparison->hold, verdict);
	return verdict;
}

/* Every part is weighed, decided or not: each may have a `for` that goes on counting. */
static enum verdict
weigh_condition(
    const struct weighing *weighing, const struct condition *condition, bool negated)
{
	enum verdict verdict;
	switch (condition->kind) {
	case CONDITION_COMPARISON:
		return compare(weighing, &condition->comparison, negated);
	case CONDITION_NOT:
		return opposite(weigh_condition(weighing, condition->parts, !negated));
	case CONDITION_AND:
		verdict = VERDICT_TRUE;
		for (size_t i = 0; i < condition->count; i++) {
			enum verdict part =
			    weigh_condition(weighing, &condition->parts[i], negated);
			verdict = part < verdict ? part : verdict;
		}
		return verdict;
	case CONDITION_OR:
		verdict = VERDICT_FALSE;
		for (size_t i = 0; i < condition->count; i++) {
			enum verdict part =
			    weigh_condition(weighing, &condition->parts[i], negated);
			verdict = part > verdict ? part : verdict;
		}
		return verdict;
	}
	return VERDICT_UNKNOWN;
}

static bool
is_of_scripts(const struct subject *subject)
{
	return subject->kind == KIND_SCRIPT || subject->kind == KIND_PROCESS;
}

/* What runs as a script is called what the script is called. */
static const char *
label_of(const struct weighing *weighing)
{
	if (weighing->entity && weighing->entity->label)
		return weighing->entity->label;
	if (weighing->subject->kind == KIND_HOST)
		return "this host";
	if (is_of_scripts(weighing->subject) && weighing->subject->key == OTHER_SCRIPTS)
		return "other scripts";
	if (weighing->subject->kind == KIND_PROCESS) {
		struct subject script = *weighing->subject;
		script.kind = KIND_SCRIPT;
		const struct entity *known = entity_find(weighing->engine, &script);
		if (known && known->label)
			return known->label;
	}
	return weighing->account ? weighing->account->name : "";
}

static struct weighing
begin(struct engine *engine, const struct clause *clause, const struct subject *subject,
    struct entity *entity)
{
	return (struct weighing){
	    .engine = engine,
	    .clause = clause,
	    .subject = subject,
	    .entity = entity,
	    .account = subject->account
			   ? accounts_find_id(engine->rules.accounts, subject->account)
			   : NULL,
	    .scale = WHOLE_LIMIT,
	};
}

static struct finding
weigh_rule(struct engine *engine, const struct rule *rule, const struct subject *subject,
    struct entity *entity)
{
	struct weighing weighing = begin(engine, rule->clause, subject, entity);
	struct finding finding = {.subject = *subject, .measure = -1};
	memcpy(finding.clause, rule->clause->id, sizeof(rule->clause->id));
	finding.label = label_of(&weighing);
	weighing.uses = rule->uses;
	weighing.finding = &finding;
	finding.verdict = VERDICT_FALSE;
	enum verdict verdict = weigh_condition(&weighing, rule->clause->when, false);
	finding.verdict = verdict;
	if (verdict == VERDICT_TRUE && finding.measure >= 0)
		finding.leading = is_leading(
		    engine, subject, measure_info((enum measure)finding.measure)->resource);
	int64_t near = engine->rules.approaching;
	if (verdict == VERDICT_FALSE && rule->tells_approach && near > 0 &&
	    near < WHOLE_LIMIT &&
	    finding.ratio >= (uint64_t)near * (HUNDREDTHS / WHOLE_LIMIT)) {
		weighing.scale = near;
		weighing.probing = true;
		weighing.finding = NULL;
		finding.approaching =
		    weigh_condition(&weighing, rule->clause->when, false) == VERDICT_TRUE;
	}
	return finding;
}

static void
add_finding(struct engine *engine, const struct finding *finding)
{
	memory_grow(&engine->findings, engine->finding_count, &engine->finding_capacity,
	    sizeof(*engine->findings));
	engine->findings[engine->finding_count++] = *finding;
}

void
weigh_entity(struct engine *engine, struct entity *entity)
{
	const struct plan_of_kind *kind = &engine->kinds[entity->subject.kind];
	for (size_t i = 0; i < kind->rule_count; i++) {
		if (kind->rules[i].clause->kind == CLAUSE_EMERGENCY ||
		    kind->rules[i].clause->kind == CLAUSE_SCRUTINY)
			continue;
		struct finding finding =
		    weigh_rule(engine, &kind->rules[i], &entity->subject, entity);
		if (finding.verdict == VERDICT_TRUE || finding.approaching)
			add_finding(engine, &finding);
	}
}

struct finding
engine_weigh(struct engine *engine, const struct clause *clause, const struct subject *subject)
{
	const struct rule *rule = rule_of(engine, clause);
	if (!rule) {
		struct finding nothing = {.subject = *subject, .measure = -1, .label = ""};
		memcpy(nothing.clause, clause->id, sizeof(clause->id));
		return nothing;
	}
	return weigh_rule(engine, rule, subject, entity_find(engine, subject));
}

enum verdict
engine_weigh_end(
    struct engine *engine, const struct clause *clause, const struct subject *subject)
{
	const struct rule *rule = rule_of(engine, clause);
	if (!rule || !clause->ends.when)
		return VERDICT_FALSE;
	struct weighing weighing = begin(engine, clause, subject, entity_find(engine, subject));
	weighing.uses = rule->end_uses;
	return weigh_condition(&weighing, clause->ends.when, false);
}

/* ---- the emergency ---- */

/* The resources whose own comparisons hold, in a part that holds: they are distressed. */
static uint32_t
distressed(const struct weighing *weighing, const struct condition *condition)
{
	uint32_t resources = 0;
	if (weigh_condition(weighing, condition, false) != VERDICT_TRUE)
		return 0;
	if (condition->kind != CONDITION_COMPARISON) {
		for (size_t i = 0; i < condition->count; i++)
			resources |= distressed(weighing, &condition->parts[i]);
		return resources;
	}
	const struct comparison *comparison = &condition->comparison;
	if (comparison->measure < 0 || compare(weighing, comparison, false) != VERDICT_TRUE)
		return 0;
	return UINT32_C(1) << measure_info((enum measure)comparison->measure)->resource;
}

void
weigh_emergency(struct engine *engine)
{
	const struct clause *clause = engine->rules.policy->emergency;
	const struct rule *rule = clause ? rule_of(engine, clause) : NULL;
	if (!rule) {
		engine->emergency = false;
		return;
	}
	struct weighing weighing = begin(engine, clause, &engine->host->subject, engine->host);
	weighing.uses = rule->uses;
	enum verdict verdict = weigh_condition(&weighing, clause->when, false);
	if (verdict == VERDICT_TRUE) {
		weighing.probing = true;
		engine->emergency = true;
		engine->emergency_kept = INT64_MAX;
		engine->distress = distressed(&weighing, clause->when);
		return;
	}
	if (verdict == VERDICT_UNKNOWN)
		engine->emergency_kept = INT64_MAX;
	else if (engine->emergency_kept == INT64_MAX)
		engine->emergency_kept = engine->now;
	if (verdict == VERDICT_FALSE &&
	    engine->now - engine->emergency_kept >= clause->ends.kept_for)
		engine->emergency = false;
}
