/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step of a ladder comes due and its verbs are ordered. Whether it is due
 * was announced; whether it acts is weighed afresh, at the last moment.
 */
#include <stdio.h>
#include <string.h>

#include "cases/internal.h"

/* The same step of the same case has the same id after any restart. */
uint64_t
order_id(const struct casefile *casefile, uint32_t step, uint32_t verb)
{
	static const uint8_t key[16] = "hayward order id";
	uint64_t words[] = {casefile->number, casefile->episode, casefile->ladder, step, verb};
	return siphash(key, words, sizeof(words)) | 1;
}

static struct record
draft_order(enum record_kind kind, const struct casefile *casefile,
    const struct case_verb *verb, struct case_time now)
{
	struct record record = draft(kind, casefile, now);
	record.ladder = casefile->ladder;
	record.verb_plus_one = verb->verb + 1;
	record_set_text(
	    record.verb_name, sizeof(record.verb_name), verb_info(verb->verb)->name);
	record.resource = verb->resource;
	record.amount = verb->amount;
	return record;
}

/* What was done at once is told after; everything else is a warning of what will follow. */
static enum notice_kind
tells(const struct case_step *step)
{
	for (uint32_t i = 0; i < step->verb_count; i++)
		if (step->verbs[i].at_once && !step->verbs[i].ask &&
		    verb_info(step->verbs[i].verb)->least == MODE_ENFORCE)
			return NOTICE_ACTED;
	return NOTICE_WARNING;
}

/* A promise binds us: its alarm touches no customer and is sent in every mode. */
static bool
mode_allows(const struct cases *cases, const struct casefile *casefile,
    const struct clause *clause, enum verb verb)
{
	if (clause->kind == CLAUSE_PROMISE && verb == VERB_ALARM)
		return true;
	enum mode now = mode_for(cases, clause);
	return verb_info(verb)->least <= (now < casefile->mode ? now : casefile->mode);
}

static bool
was_just_told(const struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	return casefile->told != INT64_MIN &&
	       now.policy - casefile->told < cases->rules.config->repeat;
}

/* A step that is being taken. */
struct taking {
	struct case_step step;
	bool halted; /* by the circuit breaker: what is told goes out, nothing is done */
};

static void
order_verb(struct cases *cases, struct casefile *casefile, const struct taking *taking,
    uint32_t number, struct case_time now)
{
	const struct case_verb *verb = &taking->step.verbs[number];
	const struct clause *clause = clause_of(cases, casefile);
	uint32_t step_number = casefile->next_step - 1;
	enum record_kind kind = RECORD_ACTION;
	const char *reason = "", *text = "";
	if (!mode_allows(cases, casefile, clause, verb->verb)) {
		kind = RECORD_WOULD;
	} else if (verb->ask) {
		kind = RECORD_ASKED;
		reason = "ask";
		text = "the clause asks for a decision of the staff";
	} else if (verb->verb == VERB_WARN) {
		enum notice_kind notice =
		    taking->halted ? NOTICE_WARNING : tells(&taking->step);
		/* What was done is told in any case. */
		if (was_just_told(cases, casefile, now) ||
		    (notice == NOTICE_WARNING && told_with_incident(cases, casefile, now)))
			return;
		reason = notice_kind_name(notice);
	} else if (taking->halted && verb_info(verb->verb)->by == PROCESS_ENFORCER) {
		kind = RECORD_ASKED;
		reason = "breaker";
		text = "the circuit breaker has tripped: staff must look first";
	}
	struct record record = draft_order(kind, casefile, verb, now);
	record.step = step_number;
	record.action = order_id(casefile, step_number, number);
	record.due_wall = casefile->due_wall;
	record_set_text(record.reason, sizeof(record.reason), reason);
	record_set_text(record.text, sizeof(record.text), text);
	emit(cases, &record);
}

/*
 * The date announced for the step after this one. What was announced before
 * stands: a re-opened case keeps its dates, and is given a day after the new
 * notice.
 */
static int64_t
announce(const struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	uint32_t next = casefile->next_step + 1;
	if (next >= casefile->steps.count)
		return 0;
	int64_t rate = clock_rate(cases);
	const struct case_step *steps = casefile->steps.steps;
	if (casefile->next_step > 0)
		return casefile->due_wall +
		       (steps[next].after - steps[casefile->next_step].after) / rate;
	int64_t least = now.wall + (casefile->second_wall ? DAY : steps[next].after) / rate;
	return casefile->second_wall > least ? casefile->second_wall : least;
}

/* Whether the step would touch the account by itself. */
static bool
acts(const struct cases *cases, const struct casefile *casefile, const struct case_step *step)
{
	for (uint32_t i = 0; i < step->verb_count; i++)
		if (!step->verbs[i].ask &&
		    verb_info(step->verbs[i].verb)->by == PROCESS_ENFORCER &&
		    mode_allows(
			cases, casefile, clause_of(cases, casefile), step->verbs[i].verb))
			return true;
	return false;
}

static void
take_step(struct cases *cases, struct casefile *casefile, struct case_time now)
{
	uint32_t number = casefile->next_step;
	struct taking taking = {.step = casefile->steps.steps[number]};
	struct record record = draft(RECORD_STEP, casefile, now);
	record.ladder = casefile->ladder;
	record.step = number;
	record.due_wall = announce(cases, casefile, now);
	record.mode = casefile->mode;
	emit(cases, &record);
	taking.halted =
	    acts(cases, casefile, &taking.step) && breaker_halts(cases, casefile, now);
	for (uint32_t i = 0; i < taking.step.verb_count; i++)
		order_verb(cases, casefile, &taking, i, now);
}

/* A suspended owner cannot mend what a destroying step is about. */
static bool
owner_is_locked_out(const struct cases *cases, const struct casefile *casefile)
{
	for (size_t i = 0; i < cases->file_count; i++) {
		const struct casefile *other = cases->files[i];
		if (other == casefile || !case_is_open(other) ||
		    other->subject.account != casefile->subject.account)
			continue;
		for (size_t o = 0; o < other->order_count; o++)
			if ((other->orders[o].verb == VERB_SUSPEND ||
				other->orders[o].verb == VERB_LOCK) &&
			    other->orders[o].state == ORDER_DONE)
				return true;
	}
	return false;
}

static bool
destroys(const struct case_step *step)
{
	for (uint32_t i = 0; i < step->verb_count; i++)
		if (verb_info(step->verbs[i].verb)->destroys)
			return true;
	return false;
}

static void
wait_for_knowledge(struct cases *cases, struct casefile *casefile, struct case_time now)
{
	if (casefile->unknown_since == NEVER || casefile->alarmed ||
	    now.policy - casefile->unknown_since < DAY)
		return;
	casefile->alarmed = true;
	raise_alarm(cases, casefile,
	    "a step is due, but what the clause is about has not been seen "
	    "for a day; the case waits",
	    now);
}

void
take_steps(struct cases *cases, struct casefile *casefile, const struct finding *finding,
    struct case_time now)
{
	for (;;) {
		const struct case_step *step = case_next_step(casefile);
		int64_t wall;
		if (casefile->next_step > 0 && is_paused(cases))
			return;
		if (!step || case_due(cases, casefile, &wall) > now.policy || wall > now.wall)
			return;
		if (casefile->next_step > 0 && finding->verdict == VERDICT_UNKNOWN)
			wait_for_knowledge(cases, casefile, now);
		if (finding->verdict != VERDICT_TRUE)
			return;
		if (waits_for_throttle(cases, casefile, finding, now))
			return;
		if (casefile->next_step > 0 && destroys(step) &&
		    owner_is_locked_out(cases, casefile))
			return;
		take_step(cases, casefile, now);
	}
}

/* Under the same id: hands that did it already say so, and do it no second time. */
void
order_again(struct cases *cases, struct casefile *casefile, const struct order *order,
    struct case_time now)
{
	struct case_verb verb = {order->verb, false, false, order->resource, order->amount};
	struct record record = draft_order(RECORD_ACTION, casefile, &verb, now);
	record.action = order->id;
	record.ladder = order->ladder;
	record.step = order->step;
	record.episode = order->episode;
	if (order->verb == VERB_WARN)
		record_set_text(
		    record.reason, sizeof(record.reason), notice_kind_name(order->notice));
	emit(cases, &record);
}

void
raise_alarm(struct cases *cases, const struct casefile *casefile, const char *text,
    struct case_time now)
{
	static const uint8_t key[16] = "hayward alarm id";
	struct record record = draft(RECORD_ALARM, casefile, now);
	uint64_t words[] = {casefile->number, cases->sequence, (uint64_t)now.policy};
	record.action = siphash(key, words, sizeof(words)) | 1;
	record.verb_plus_one = VERB_ALARM + 1;
	record_set_text(
	    record.verb_name, sizeof(record.verb_name), verb_info(VERB_ALARM)->name);
	record_set_text(record.text, sizeof(record.text), text);
	emit(cases, &record);
}
