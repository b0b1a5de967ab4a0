/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a casefile. Each line is one record; behind it stands who makes
 * it. What is no record is no change.
 *
 *   (none) --OPENED, soft-----> RECORDED --IMPOSED, impose()--------+
 *      |    cases_found()           ^                               |
 *      |                            | REOPENED, soft                |
 *      +--OPENED-----+              |                               v
 *        cases_found()+---> WARNED (first step due) <---------------+
 *                           |   ^  \
 *        STEP, take_steps() |   |   ACTION warn, take_step()
 *                           |   |     \
 *                           |   |      v
 *                           |   +-- NOTIFYING    no delay counts
 *                           |  OUTCOME delivered, cases_outcome()
 *                           |
 *                           |  ASKED, or OUTCOME failed, undelivered
 *                           +--------> STAFF --APPROVED, REFUSED,--> back to where
 *                           |               cases_request()         its facts put it
 *                           |  FLOODED, watch_flood()
 *                           +--------> FLOODED ---FLOODED (ended)---> back likewise
 *                           |  the last STEP
 *                           +--------> ACTED
 *
 *   any open state --BRANCHED, branch()---> WARNED   the emergency ladder
 *   any open state --REOPENED, reopen()---> WARNED   a raised mode: from zero
 *   any open state --CLOSED, close_case()-> CLOSED   then RELEASE, RELEASED
 *   CLOSED ---------REOPENED, reopen()----> WARNED   broken anew within R
 *
 * Records change facts; the state follows from the facts (state_of()), and the
 * table in cases/states.def says which changes there may be. The surprising
 * one: a soft case in RECORDED has a ladder that never moves, and nobody is
 * told that it exists.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cases/internal.h"
#include "cases/orders.h"

/* ---- making records ---- */

struct record
draft(enum record_kind kind, const struct casefile *casefile, struct case_time now)
{
	struct record record = {.kind = kind, .at = now.policy, .wall = now.wall};
	if (!casefile)
		return record;
	record.case_number = casefile->number;
	record.episode = casefile->episode;
	record.account = casefile->subject.account;
	record.generation = casefile->subject.generation;
	record.subject_kind = casefile->subject.kind;
	record.subject_key = casefile->subject.key;
	record_set_text(record.clause, sizeof(record.clause), casefile->clause);
	record_set_text(
	    record.account_name, sizeof(record.account_name), casefile->account_name);
	record_set_text(record.label, sizeof(record.label), casefile->label);
	return record;
}

void
emit(struct cases *cases, struct record *record)
{
	record->sequence = cases->sequence + 1;
	memory_grow(&cases->records, cases->record_count, &cases->record_capacity,
	    sizeof(*cases->records));
	cases->records[cases->record_count++] = *record;
	cases_apply(cases, record);
}

void
cases_note(struct cases *cases, enum record_kind kind, const char *text, struct case_time now)
{
	struct record record = draft(kind, NULL, now);
	record_set_text(record.text, sizeof(record.text), text);
	emit(cases, &record);
}

/* ---- what the facts of a case come to ---- */

/* Whether this is a notice that the ladder's clock waits for; others only tell or answer. */
bool
warns(const struct order *order)
{
	return order->verb == VERB_WARN &&
	       (order->notice == NOTICE_WARNING || order->notice == NOTICE_ACTED);
}

static bool
awaits_delivery(const struct casefile *casefile)
{
	if (casefile->zero != NEVER && casefile->not_before != NEVER)
		return false;
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		if (warns(order) && order->state == ORDER_ORDERED &&
		    order->episode == casefile->episode)
			return true;
	}
	return false;
}

enum case_state
state_of(const struct casefile *casefile)
{
	if (!casefile->number)
		return CASE_NONE;
	if (casefile->closed)
		return CASE_CLOSED;
	if (casefile->soft && !casefile->imposed)
		return CASE_RECORDED;
	if (case_asked(casefile))
		return CASE_STAFF;
	if (awaits_delivery(casefile))
		return CASE_NOTIFYING;
	if (casefile->flooded && casefile->ladder != LADDER_EMERGENCY &&
	    casefile->next_step < casefile->steps.count)
		return CASE_FLOODED;
	return casefile->next_step < casefile->steps.count ? CASE_WARNED : CASE_ACTED;
}

struct order *
find_order(const struct casefile *casefile, uint64_t id)
{
	for (size_t i = casefile->order_count; i-- > 0;)
		if (casefile->orders[i].id == id)
			return &casefile->orders[i];
	return NULL;
}

/* ---- folding ---- */

int
measure_of(const struct record *record)
{
	return (int)record->measure_plus_one - 1;
}

static enum verb
verb_of(const struct record *record)
{
	return record->verb_plus_one ? (enum verb)(record->verb_plus_one - 1) : VERB_ALARM;
}

static void
begin_episode(struct casefile *casefile, const struct record *record)
{
	casefile->episode = record->episode;
	casefile->began = record->at;
	casefile->mode = (enum mode)record->mode;
	casefile->measure = measure_of(record);
	casefile->value = casefile->largest = record->value;
	casefile->limit = record->limit;
	casefile->next_step = 0;
	casefile->verdict = VERDICT_TRUE;
	casefile->false_since = casefile->unknown_since = NEVER;
	casefile->alarmed = false;
	casefile->flooded = 0;
}

void
apply_opened(struct cases *cases, const struct record *record)
{
	/* A journal from elsewhere may repeat a number: the case that is here stays. */
	if (!record->case_number || record->case_number <= cases->last_number)
		return;
	struct casefile *casefile = memory_new(1, sizeof(*casefile));
	casefile->number = record->case_number;
	casefile->incident = record->incident ? record->incident : record->case_number;
	casefile->cause = record->cause;
	casefile->subject = (struct subject){
	    record->subject_kind, record->account, record->generation, record->subject_key};
	record_set_text(casefile->clause, sizeof(casefile->clause), record->clause);
	record_set_text(
	    casefile->account_name, sizeof(casefile->account_name), record->account_name);
	record_set_text(casefile->label, sizeof(casefile->label), record->label);
	casefile->soft = strcmp(record->reason, "soft") == 0;
	casefile->ladder = record->ladder;
	if (case_ladder_parse(record->text, &casefile->steps))
		casefile->steps.count = 0;
	casefile->opened = record->at;
	casefile->opened_wall = record->wall;
	casefile->zero = NEVER;
	casefile->told = INT64_MIN;
	begin_episode(casefile, record);
	add_file(cases, casefile);
}

static void
add_exhibit(struct casefile *casefile, const struct record *record)
{
	/* The first ones stay, of the later ones the latest. */
	if (casefile->exhibit_count == MOST_EXHIBITS) {
		size_t keep = MOST_EVIDENCE + 1;
		memmove(&casefile->exhibits[keep], &casefile->exhibits[keep + 1],
		    (MOST_EXHIBITS - keep - 1) * sizeof(*casefile->exhibits));
		casefile->exhibit_count--;
	}
	memory_grow(&casefile->exhibits, casefile->exhibit_count, &casefile->exhibit_capacity,
	    sizeof(*casefile->exhibits));
	struct exhibit *exhibit = &casefile->exhibits[casefile->exhibit_count++];
	*exhibit = (struct exhibit){
	    .at = record->at,
	    .wall = record->wall,
	    .measure = measure_of(record),
	    .value = record->value,
	    .limit = record->limit,
	    .of_own = record->amount,
	    .starter = record->starter,
	};
	record_set_text(exhibit->label, sizeof(exhibit->label), record->label);
	record_set_text(exhibit->deed, sizeof(exhibit->deed), record->text);
	if (!record->amount && record->value > casefile->largest)
		casefile->largest = record->value;
}

/* Holds of an earlier case keep the id under which they stand in the world. */
static uint64_t
world_id(const struct cases *cases, const struct casefile *casefile, const struct order *order)
{
	const struct casefile *holder;
	const struct order *other = other_claim(cases, casefile, order, &holder);
	return other ? other->world : order->id;
}

/* A claim that the world already keeps, as strictly or more so. */
static bool
is_covered(
    const struct cases *cases, const struct casefile *casefile, const struct order *order)
{
	const struct casefile *holder;
	const struct order *other = other_claim(cases, casefile, order, &holder);
	return other && other->world == order->world &&
	       (order->verb != VERB_THROTTLE || other->amount <= order->amount);
}

static struct order *
order_for(struct cases *cases, struct casefile *casefile, const struct record *record)
{
	struct order *order = find_order(casefile, record->action);
	if (order)
		return order;
	memory_grow(&casefile->orders, casefile->order_count, &casefile->order_capacity,
	    sizeof(*casefile->orders));
	order = &casefile->orders[casefile->order_count++];
	*order = (struct order){
	    .id = record->action,
	    .world = record->action,
	    .verb = verb_of(record),
	    .resource = (enum resource)record->resource,
	    .amount = record->amount,
	    .episode = record->episode,
	    .ladder = record->ladder,
	    .step = record->step,
	    .wall = record->wall,
	};
	know_order(cases, casefile, order);
	return order;
}

static enum notice_kind
notice_of(const struct record *record, enum verb verb)
{
	for (size_t kind = 0; kind < NOTICE_KIND_COUNT; kind++)
		if (strcmp(record->reason, notice_kind_name((enum notice_kind)kind)) == 0)
			return (enum notice_kind)kind;
	if (verb == VERB_ALARM)
		return NOTICE_ALARM;
	return verb == VERB_ASK_TO_MOVE ? NOTICE_REQUEST : NOTICE_WARNING;
}

/* A warning stops the clock until it is delivered. */
static void
await_delivery(struct casefile *casefile, const struct order *order)
{
	if (!warns(order) || order->episode != casefile->episode || order->step != 0)
		return;
	if (casefile->zero == NEVER || casefile->zero == order->at)
		casefile->zero = NEVER;
	else
		casefile->not_before = NEVER;
}

static void
apply_action(struct cases *cases, struct casefile *casefile, const struct record *record)
{
	struct order *order = order_for(cases, casefile, record);
	bool fresh = order->sequence == 0;
	order->at = order->ordered = record->at;
	order->handed = order->held = 0;
	order->sequence = record->sequence;
	order->notice = notice_of(record, order->verb);
	order->state = ORDER_ORDERED;
	order->status = 0;
	order->reason[0] = '\0';
	if (record->kind == RECORD_ALARM || order->notice == NOTICE_REPLY)
		record_set_text(order->text, sizeof(order->text), record->text);
	found_case(casefile, record, order);
	if (order->notice == NOTICE_RELEASED)
		casefile->told = INT64_MIN; /* what he heard last is that it is over */
	if (claims(order)) {
		if (fresh)
			order->world = world_id(cases, casefile, order);
		if (is_covered(cases, casefile, order)) {
			order->state = ORDER_DONE;
			record_set_text(order->text, sizeof(order->text),
			    "already in force for another case");
			return;
		}
	}
	await_delivery(casefile, order);
	enqueue(cases, &casefile->subject, order);
}

static void
apply_waiting(struct cases *cases, struct casefile *casefile, const struct record *record,
    enum order_state state)
{
	struct order *order = order_for(cases, casefile, record);
	order->at = record->at;
	order->sequence = record->sequence;
	order->notice = notice_of(record, order->verb);
	order->state = state;
	if (state != ORDER_ASKED)
		return;
	order->ask = strcmp(record->reason, "ask") == 0;
	record_set_text(order->reason, sizeof(order->reason), record->reason);
	record_set_text(order->text, sizeof(order->text), record->text);
}

/* The owner knows: now the delays count; after a re-opening, no sooner than the record says. */
void
delivered(struct casefile *casefile, const struct order *order, const struct record *record)
{
	if (!warns(order))
		return;
	casefile->told = record->at;
	if (order->episode != casefile->episode)
		return;
	if (casefile->zero == NEVER)
		casefile->zero = record->at;
	if (casefile->not_before == NEVER)
		casefile->not_before = record->due ? record->due : record->at;
}

/* Others that rely on the same hold share its fate. */
static void
settle_covered(struct cases *cases, const struct order *failed)
{
	for (size_t i = 0; i < cases->file_count; i++) {
		for (size_t o = 0; o < cases->files[i]->order_count; o++) {
			struct order *other = &cases->files[i]->orders[o];
			if (other == failed || other->world != failed->world ||
			    other->state != ORDER_DONE)
				continue;
			other->state = ORDER_ASKED;
			other->status = failed->status;
			memcpy(other->reason, failed->reason, sizeof(other->reason));
			memcpy(other->text, failed->text, sizeof(other->text));
			cases->files[i]->state = state_of(cases->files[i]);
		}
	}
}

static void
apply_outcome(struct cases *cases, struct casefile *casefile, const struct record *record)
{
	struct order *order = find_order(casefile, record->action);
	if (!order)
		return;
	bool amends = order->world != order->id;
	order->at = record->at;
	order->status = record->status;
	record_set_text(order->text, sizeof(order->text), record->text);
	if (!record->status) {
		order->state = ORDER_DONE;
		delivered(casefile, order, record);
		return;
	}
	/* An alarm that cannot be sent waits for nobody: it stands in the journal. */
	bool told = verb_info(order->verb)->by == PROCESS_NOTIFIER && !warns(order);
	order->state = told ? ORDER_DONE : ORDER_ASKED;
	record_set_text(order->reason, sizeof(order->reason), record->reason);
	if (claims(order) && !amends)
		settle_covered(cases, order);
	if (casefile->closed && order->state == ORDER_ASKED)
		order->state = ORDER_REFUSED;
}

static void
apply_closed(struct casefile *casefile, const struct record *record)
{
	casefile->closed = record->at > 0 ? record->at : 1;
	casefile->closed_wall = record->wall;
	casefile->flooded = 0;
	casefile->broken_since_close = true;
	record_set_text(casefile->reason, sizeof(casefile->reason), record->reason);
	record_set_text(casefile->closed_by, sizeof(casefile->closed_by), record->actor);
	if (strcmp(record->reason, "excepted") == 0 || strcmp(record->reason, "lifted") == 0)
		casefile->founded = false;
	for (size_t i = 0; i < casefile->order_count; i++)
		if (casefile->orders[i].state == ORDER_ASKED)
			casefile->orders[i].state = ORDER_REFUSED;
}

static void
apply_reopened(struct casefile *casefile, const struct record *record)
{
	casefile->closed = 0;
	casefile->reason[0] = casefile->closed_by[0] = '\0';
	casefile->soft = strcmp(record->reason, "soft") == 0;
	casefile->imposed = false;
	begin_episode(casefile, record);
	casefile->ladder = record->ladder;
	if (case_ladder_parse(record->text, &casefile->steps))
		casefile->steps.count = 0;
	for (size_t i = 0; i < casefile->order_count; i++)
		if (casefile->orders[i].state == ORDER_ASKED ||
		    casefile->orders[i].state == ORDER_WOULD)
			casefile->orders[i].state = ORDER_REFUSED;
	if (strcmp(record->reason, "again") == 0)
		return;
	casefile->zero = NEVER;
	casefile->not_before = 0;
	casefile->due_wall = casefile->second_wall = 0;
	casefile->told = INT64_MIN;
}

static void
apply_step(struct casefile *casefile, const struct record *record)
{
	casefile->next_step = record->step + 1;
	casefile->due_wall = record->due_wall;
	if (record->step == 0) {
		casefile->second_wall = record->due_wall;
		if (casefile->zero == NEVER)
			casefile->zero = record->at;
	}
}

/* The emergency branch, or an imposed ladder: from its first step. */
static void
apply_ladder(struct casefile *casefile, const struct record *record)
{
	casefile->imposed = true;
	casefile->ladder = record->ladder;
	if (case_ladder_parse(record->text, &casefile->steps))
		casefile->steps.count = 0;
	casefile->next_step = 0;
	casefile->began = record->at;
	casefile->zero = NEVER;
	casefile->not_before = 0;
	casefile->mode = (enum mode)record->mode;
}

static void
apply_release(struct cases *cases, struct casefile *casefile, const struct record *record)
{
	struct order *order = find_order(casefile, record->action);
	if (!order)
		return;
	order->at = record->at;
	order->status = record->status;
	if (record->kind == RECORD_RELEASED) {
		order->state = ORDER_RELEASED;
		record_set_text(order->text, sizeof(order->text), record->text);
		return;
	}
	order->state = ORDER_RELEASING;
	order->sequence = record->sequence;
	enqueue(cases, &casefile->subject, order);
}

static void
apply_to_case(struct cases *cases, struct casefile *casefile, const struct record *record)
{
	switch ((int)record->kind) {
	case RECORD_BREACH:
		add_exhibit(casefile, record);
		break;
	case RECORD_IMPOSED:
	case RECORD_BRANCHED:
		apply_ladder(casefile, record);
		break;
	case RECORD_STEP:
		apply_step(casefile, record);
		break;
	case RECORD_TOLD:
		casefile->told = record->at;
		break;
	case RECORD_WOULD:
		apply_waiting(cases, casefile, record, ORDER_WOULD);
		break;
	case RECORD_ASKED:
		apply_waiting(cases, casefile, record, ORDER_ASKED);
		break;
	case RECORD_ACTION:
	case RECORD_ALARM:
		apply_action(cases, casefile, record);
		break;
	case RECORD_OUTCOME:
		apply_outcome(cases, casefile, record);
		break;
	case RECORD_RELEASE:
	case RECORD_RELEASED:
		apply_release(cases, casefile, record);
		break;
	case RECORD_APPROVED:
	case RECORD_REFUSED:
	case RECORD_EXTENDED:
	case RECORD_ANSWERED:
		apply_people(casefile, record);
		break;
	case RECORD_REOPENED:
		apply_reopened(casefile, record);
		break;
	case RECORD_CLOSED:
		apply_closed(casefile, record);
		break;
	case RECORD_FLOODED:
		apply_flooded(casefile, record);
		break;
	case RECORD_SENT:
		apply_sent(casefile, record);
		break;
	case RECORD_LEGAL_HOLD:
		apply_legal_hold(casefile, record);
		break;
	default:
		break;
	}
}

/* Numbers that are used as indices must be valid, whoever wrote the journal. */
static bool
is_valid(const struct record *record)
{
	return record->subject_kind < KIND_COUNT && record->verb_plus_one <= VERB_COUNT &&
	       record->measure_plus_one <= MEASURE_COUNT && record->resource < RESOURCE_COUNT &&
	       record->mode <= MODE_ENFORCE && record->ladder < LADDER_COUNT &&
	       record->step < MOST_STEPS && record->kind < RECORD_COUNT && record->at >= 0;
}

void
cases_apply(struct cases *cases, const struct record *record)
{
	if (record->sequence > cases->sequence)
		cases->sequence = record->sequence;
	if (!is_valid(record))
		return;
	struct casefile *casefile =
	    record->case_number ? file_of(cases, record->case_number) : NULL;
	enum case_state before = casefile ? casefile->state : CASE_NONE;
	if (casefile && record->kind != RECORD_OPENED)
		apply_to_case(cases, casefile, record);
	else
		apply_elsewhere(cases, record);
	if (!casefile && record->kind == RECORD_OPENED)
		casefile = file_of(cases, record->case_number);
	if (!casefile)
		return;
	casefile->state = state_of(casefile);
	add_history(casefile, record);
	assert(life_allows(before, record->kind, casefile->state));
	assert(case_is_sound(casefile));
}
