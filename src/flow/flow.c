/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page to show a visitor: flow_observe() and flow_tick(). Everything that
 * hayward does goes through them, in the daemon and in a rehearsal alike.
 */
#include "flow/flow.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "engine/acquaintances.h"
#include "engine/forms.h"
#include "engine/senders.h"
#include "engine/visitors.h"
#include "flow/internal.h"
#include "flow/logins.h"

enum { CLOCK_STEP = 60 * 1000, QUEUE_EVERY = 60 * 1000, DAY = 24 * 3600 * 1000 };

/*
 * The wall clock leapt ahead: what that makes due (the end of an exception, an
 * announced date) waits for a correction, on the clock as it was.
 */
struct case_time
case_time(const struct flow *flow)
{
	bool believed = flow->now.policy >= flow->believed_from;
	return (struct case_time){
	    flow->now.policy, flow->now.wall - (believed ? 0 : flow->ahead)};
}

void
flow_decide(struct flow *flow)
{
	size_t count;
	const struct finding *findings = engine_findings(flow->engine, &count);
	for (size_t i = 0; i < count; i++)
		cases_found(flow->cases, &findings[i], case_time(flow));
}

void
flow_frame(struct flow *flow, const struct frame *frame, struct moment now)
{
	flow_at(flow, now);
	struct frame here = *frame;
	here.at += flow->offset;
	engine_frame(flow->engine, &here);
	flow_decide(flow);
}

void
flow_observe(struct flow *flow, const struct observation *observation, struct moment now)
{
	flow_at(flow, now);
	struct observation here = *observation;
	here.at += flow->offset;
	engine_observe(flow->engine, &here);
	flow_decide(flow);
}

void
flow_deed(struct flow *flow, const struct deed *deed, struct moment now)
{
	flow_at(flow, now);
	struct deed here = *deed;
	here.at += flow->offset;
	struct subject doer;
	bool known = engine_deed(flow->engine, &here, &doer);
	flow_decide(flow);
	if (known && here.value)
		doer_follow(flow, &doer, &here);
}

void
flow_database(struct flow *flow, const struct database_time *time, struct moment now)
{
	flow_at(flow, now);
	for (uint32_t i = 0; i < time->count; i++) {
		struct database_time here = *time;
		here.from += flow->offset;
		here.until += flow->offset;
		engine_database(flow->engine, &here, i);
		flow_decide(flow);
	}
}

static void
observe_waiting(struct flow *flow, enum measure measure, int64_t value)
{
	struct observation observation = {
	    .subject = {.kind = KIND_HOST},
	    .measure = measure,
	    .at = flow->now.boot + flow->offset,
	    .value = value,
	    .label = "",
	};
	engine_observe(flow->engine, &observation);
	flow_decide(flow);
}

/* What we owe our customers is measured as what they owe us. */
static void
watch_queue(struct flow *flow)
{
	if (flow->queue_seen && flow->now.boot - flow->queue_seen < QUEUE_EVERY)
		return;
	flow->queue_seen = flow->now.boot;
	struct waiting waiting = cases_waiting(flow->cases, flow->now.policy);
	observe_waiting(flow, MEASURE_REQUESTS_WAITING, waiting.requests);
	observe_waiting(flow, MEASURE_EXCEPTIONS_WAITING, waiting.exceptions);
	observe_waiting(flow, MEASURE_ANSWERS_WAITING, waiting.answers);
}

void
flow_tick(struct flow *flow, struct moment now)
{
	flow_at(flow, now);
	watch_queue(flow);
	engine_tick(flow->engine, now.boot + flow->offset);
	flow_decide(flow);
	visitors_forget(flow->visitors, now.boot);
	senders_forget(flow->senders, now.boot + flow->offset);
	forms_forget(flow->forms, now.boot + flow->offset);
	acquaintances_forget(flow->writers, now.boot + flow->offset);
	handings_forget(flow->handings, now.wall);
	cases_tick(flow->cases, case_time(flow));
	note_emergency(flow);
	send_again(flow);
}

void
flow_outcome(struct flow *flow, const struct outcome *outcome, struct moment now)
{
	flow_at(flow, now);
	if (outcome->operation != OPERATION_DESCRIBE)
		cases_outcome(flow->cases, outcome->action,
		    outcome->operation == OPERATION_RELEASE, outcome->status, outcome->text,
		    case_time(flow));
}

const struct record *
flow_records(const struct flow *flow, size_t *ret_count)
{
	return cases_records(flow->cases, ret_count);
}

void
flow_handed_over(struct flow *flow)
{
	cases_handed_over(flow->cases);
}

void
flow_durable(struct flow *flow, uint64_t sequence)
{
	if (sequence > flow->durable)
		flow->durable = sequence;
}

/* Only what is on disk goes out; and what hands can do, goes when it is met. */
bool
flow_next_action(struct flow *flow, struct action *ret_action)
{
	struct outgoing out;
	uint64_t from = flow->actions_from;
	if (doer_next(flow, ret_action))
		return true;
	while (
	    cases_next_outgoing(flow->cases, 0, &from, &out) && out.sequence <= flow->durable) {
		flow->actions_from = from;
		if (!is_for_hands(&out))
			continue;
		cases_sent(flow->cases, &out, flow->now.policy);
		if (make_action(flow, &out, ret_action))
			return true;
	}
	return false;
}

int
flow_request(struct flow *flow, const struct case_request *request, struct moment now,
    struct str *ret_text)
{
	flow_at(flow, now);
	return cases_request(flow->cases, request, case_time(flow), ret_text);
}

bool
flow_next_opening(struct flow *flow, struct opening *ret_opening)
{
	return cases_next_opening(flow->cases, flow->durable, ret_opening);
}

void
flow_openings_again(struct flow *flow)
{
	cases_openings_again(flow->cases);
}

void
flow_changed(struct flow *flow, const struct changed *changed, struct moment now)
{
	flow_at(flow, now);
	note_changed(flow->cases, changed, case_time(flow));
}

/* ---- time ---- */

/* Another leap makes it wait anew; a step back takes off what it corrects. */
static void
doubt_clock(struct flow *flow, int64_t step)
{
	if (flow->now.policy >= flow->believed_from)
		flow->ahead = 0;
	flow->ahead += step;
	if (flow->ahead < 0)
		flow->ahead = 0;
	if (step > 0)
		flow->believed_from = flow->now.policy + flow->rules.config->clock_hold;
}

static void
note_clock(struct flow *flow, struct moment before, struct moment now)
{
	int64_t step = (now.wall - before.wall) - (now.policy - before.policy);
	if (!before.wall || (step < CLOCK_STEP && step > -CLOCK_STEP))
		return;
	doubt_clock(flow, step);
	auto_str text = {0};
	str_addf(&text, "the wall clock was stepped by %lld s", (long long)(step / 1000));
	cases_note(flow->cases, RECORD_CLOCK, str_text(&text), case_time(flow));
}

void
flow_at(struct flow *flow, struct moment now)
{
	struct moment before = flow->now;
	/* Policy time never goes backwards, whoever tells it. */
	if (now.policy < before.policy)
		now.policy = before.policy;
	flow->now = now;
	if (!flow->paused)
		note_clock(flow, before, now);
	flow->paused = false;
	if (now.wall / DAY != before.wall / DAY)
		engine_new_day(flow->engine);
}

void
note_emergency(struct flow *flow)
{
	bool emergency = engine_emergency(flow->engine);
	if (emergency == flow->emergency)
		return;
	flow->emergency = emergency;
	cases_note(flow->cases, RECORD_ALARM,
	    emergency ? "the emergency condition holds" : "the emergency is over",
	    case_time(flow));
}

int64_t
flow_next_due(const struct flow *flow)
{
	return cases_next_due(flow->cases);
}

/* ---- what the cases ask of the engine ---- */

static struct finding
sense(void *context, const struct clause *clause, const struct subject *subject)
{
	struct flow *flow = context;
	return engine_weigh(flow->engine, clause, subject);
}

static enum verdict
sense_end(void *context, const struct clause *clause, const struct subject *subject)
{
	struct flow *flow = context;
	return engine_weigh_end(flow->engine, clause, subject);
}

static void
sense_evidence(void *context, struct finding *finding)
{
	struct flow *flow = context;
	engine_evidence(flow->engine, finding);
}

static bool
sense_emergency(void *context)
{
	const struct flow *flow = context;
	return engine_emergency(flow->engine);
}

static bool
sense_limit(void *context, const struct account *account, const struct operand *operand,
    int64_t *ret_value)
{
	const struct flow *flow = context;
	return engine_limit(flow->engine, account, operand, ret_value);
}

/* ---- life ---- */

static struct engine_rules
engine_rules(struct flow *flow)
{
	return (struct engine_rules){
	    .policy = flow->rules.policy,
	    .accounts = flow->rules.accounts,
	    .approaching = flow->rules.config->approaching,
	    .pools_logged = *flow->rules.config->pool_logs != '\0',
	    .breaches = flow_breaches,
	    .context = flow,
	};
}

static struct case_rules
case_rules(const struct flow_rules *rules)
{
	return (struct case_rules){rules->policy, rules->accounts, rules->config};
}

static void
begin(struct flow *flow)
{
	struct engine_rules for_engine = engine_rules(flow);
	struct case_rules for_cases = case_rules(&flow->rules);
	struct case_senses senses = {
	    .context = flow,
	    .weigh = sense,
	    .weigh_end = sense_end,
	    .evidence = sense_evidence,
	    .emergency = sense_emergency,
	    .limit = sense_limit,
	    .flood = sense_flood,
	    .ended = forgive_sender,
	};
	flow->engine = engine_new(&for_engine);
	flow->cases = cases_new(&for_cases, &senses);
	flow->senders = senders_new();
	flow->forms = forms_new();
	flow->writers = acquaintances_new();
	flow->logins = logins_new();
}

static void
finish(struct flow *flow)
{
	engine_free(flow->engine);
	cases_free(flow->cases);
	senders_free(flow->senders);
	forms_free(flow->forms);
	acquaintances_free(flow->writers);
	logins_free(flow->logins);
}

struct flow *
flow_new(const struct flow_rules *rules)
{
	struct flow *flow = memory_new(1, sizeof(*flow));
	flow->rules = *rules;
	begin(flow);
	flow->visitors = visitors_new();
	flow->mails = map_new();
	flow->last_mail = map_new();
	flow->doers = map_new();
	flow->crowds = map_new();
	flow->handings = handings_new();
	return flow;
}

/* Back to the beginning: half of a checkpoint is worse than none. */
void
flow_forget(struct flow *flow)
{
	finish(flow);
	begin(flow);
}

void
flow_free(struct flow *flow)
{
	if (!flow)
		return;
	finish(flow);
	visitors_free(flow->visitors);
	mails_free(flow);
	crowds_free(flow);
	doers_free(flow);
	handings_free(flow->handings);
	free(flow);
}

void
flow_reload(struct flow *flow, const struct flow_rules *rules, struct moment now)
{
	flow_at(flow, now);
	flow->rules = *rules;
	look_anew(flow);
	struct engine_rules for_engine = engine_rules(flow);
	struct case_rules for_cases = case_rules(rules);
	engine_reload(flow->engine, &for_engine);
	cases_note(flow->cases, RECORD_POLICY, rules->policy->digest, case_time(flow));
	cases_reload(flow->cases, &for_cases, case_time(flow));
}

void
flow_pool_runs(struct flow *flow, const struct frame *runs)
{
	engine_pool_runs(flow->engine, runs);
}

void
flow_script_name(struct flow *flow, const struct script_name *name)
{
	engine_script_name(flow->engine, name);
}

void
flow_set_sensor(struct flow *flow, enum sensor sensor, bool works)
{
	engine_set_sensor(flow->engine, sensor, works);
}

bool
flow_next_doubt(struct flow *flow, struct subject *ret_account)
{
	return engine_next_doubt(flow->engine, ret_account);
}

void
flow_prove_memory(
    struct flow *flow, const struct subject *account, uint64_t held, uint64_t counted)
{
	engine_prove_memory(flow->engine, account, held, counted);
}

void
flow_replay(struct flow *flow, const struct record *record)
{
	cases_apply(flow->cases, record);
	/* It was read from disk. */
	flow_durable(flow, record->sequence);
	if (record->at > flow->now.policy)
		flow->now.policy = record->at;
}

void
flow_resume(struct flow *flow, struct moment now)
{
	flow_at(flow, now);
	cases_note(flow->cases, RECORD_STARTED, "", case_time(flow));
	cases_note(flow->cases, RECORD_POLICY, flow->rules.policy->digest, case_time(flow));
	cases_resume(flow->cases, case_time(flow));
	flow->actions_from = 0;
	look_anew(flow);
}

uint64_t
flow_sequence(const struct flow *flow)
{
	return cases_sequence(flow->cases);
}

const struct engine *
flow_engine(const struct flow *flow)
{
	return flow->engine;
}

const struct cases *
flow_cases(const struct flow *flow)
{
	return flow->cases;
}
