/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What leaves the engine, and comes back:
 *
 *     records ──▶ keeper ──ACK──▶ flow_durable() ──▶ actions ──▶ enforcer ──OUTCOME──▶ flow
 *                                               ├──▶ notices ──▶ notifier ──DELIVERED─▶ flow
 *                                               └──▶ answers ──▶ control
 *
 * Everything sent is kept until it is answered, and sent again, in its order,
 * when its receiver was started anew. Receivers know by the id what they have
 * done already. When the engine itself dies, flow_resume() orders again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/memory.h"
#include "procs/engine_gate.h"
#include "procs/engine_waiting.h"
#include "store/dialogue.h"

enum { RECORDS_OF_BATCH = 1000 };

void
pending_add(struct pending_list *list, enum message message, uint64_t key, struct str *bytes)
{
	struct pending *pending = memory_new(1, sizeof(*pending));
	*pending = (struct pending){.message = message, .key = key, .bytes = *bytes};
	*bytes = (struct str){0};
	if (list->last)
		list->last->next = pending;
	else
		list->first = pending;
	list->last = pending;
	list->count++;
}

/* Takes out all for which the test holds. */
static void
pending_remove(struct pending_list *list,
    bool (*answered)(const struct pending *pending, uint64_t key), uint64_t key)
{
	struct pending **link = &list->first;
	list->last = NULL;
	while (*link) {
		struct pending *pending = *link;
		if (!answered(pending, key)) {
			list->last = pending;
			link = &pending->next;
			continue;
		}
		*link = pending->next;
		str_done(&pending->bytes);
		free(pending);
		list->count--;
	}
}

static bool
has_key(const struct pending *pending, uint64_t key)
{
	return pending->key == key;
}

static bool
is_up_to(const struct pending *pending, uint64_t key)
{
	return pending->key <= key;
}

static bool
is_any(const struct pending *pending, uint64_t key)
{
	(void)pending, (void)key;
	return true;
}

void
pending_answered(struct pending_list *list, uint64_t key)
{
	pending_remove(list, has_key, key);
}

void
pending_answered_up_to(struct pending_list *list, uint64_t key)
{
	pending_remove(list, is_up_to, key);
}

void
pending_free(struct pending_list *list)
{
	pending_remove(list, is_any, 0);
}

/* An apply and the release of the same action are two; a mix of both gives one key. */
static uint64_t
action_key(uint64_t action, enum operation operation)
{
	return action * OPERATION_COUNT + operation;
}

static void
send_pending(struct engine_inside *inside, enum process to, const struct pending *pending)
{
	int status = process_send(inside->frame, to, pending->message, pending->bytes.data,
	    pending->bytes.length, -1);
	if (status && status != -ENOTCONN && status != -EPIPE)
		log_warning("%s does not keep up: %s", process_name(to), strerror(-status));
}

static void
send_and_keep(struct engine_inside *inside, enum process to, struct pending_list *list,
    struct pending message)
{
	pending_add(list, message.message, message.key, &message.bytes);
	send_pending(inside, to, list->last);
}

static void
say_up_to(struct engine_inside *inside, uint64_t sequence)
{
	for (const struct pending *reply = inside->unsaid.first; reply; reply = reply->next)
		if (reply->key <= sequence)
			send_pending(inside, PROCESS_CONTROL, reply);
	pending_remove(&inside->unsaid, is_up_to, sequence);
}

static void
hand_over_records(struct engine_inside *inside)
{
	size_t count;
	const struct record *records = flow_records(inside->flow, &count);
	if (!count)
		return;
	for (size_t done = 0; done < count; done += RECORDS_OF_BATCH) {
		size_t batch =
		    count - done < RECORDS_OF_BATCH ? count - done : RECORDS_OF_BATCH;
		struct pending message = {
		    .message = MESSAGE_RECORDS, .key = records[done + batch - 1].sequence};
		records_encode(records + done, batch, &message.bytes);
		crash_point(CRASH_ENGINE_RECORDS_MADE);
		send_and_keep(inside, PROCESS_KEEPER, &inside->unwritten, message);
		crash_point(CRASH_ENGINE_RECORDS_SENT);
	}
	flow_handed_over(inside->flow);
}

/* What changes the book is the steward's to do, and so is mail that is stored in a role. */
static void
send_action(struct engine_inside *inside, const struct action *action)
{
	bool at_desk = verb_by(action->verb, action->subject.kind) == PROCESS_STEWARD;
	struct pending message = {.message = at_desk ? MESSAGE_DESK : MESSAGE_ACTION,
	    .key = action_key(action->id, action->operation)};
	action_encode(action, &message.bytes);
	crash_point(CRASH_ENGINE_ACTION_RELEASED);
	send_and_keep(inside, at_desk ? PROCESS_STEWARD : PROCESS_ENFORCER,
	    at_desk ? &inside->undone_at_desk : &inside->undone, message);
	crash_point(CRASH_ENGINE_ACTION_SENT);
}

void
engine_release_behind(struct engine_inside *inside, uint32_t account)
{
	struct pending_list waited = inside->behind;
	inside->behind = (struct pending_list){0};
	for (struct pending *at = waited.first; at; at = at->next) {
		struct action action;
		if (at->key != account)
			pending_add(&inside->behind, at->message, at->key, &at->bytes);
		else if (action_decode(at->bytes.data, at->bytes.length, &action))
			panic("an action of ours does not decode");
		else
			send_action(inside, &action);
	}
	pending_free(&waited);
}

/*
 * Evidence takes seconds, which a fork bomb would use. Who is to be ended anyway stands
 * still until then: it changes nothing of what there is to see.
 */
static void
halt(struct engine_inside *inside, const struct action *action, const struct str *bytes)
{
	bool ends_everybody = action->verb == VERB_LOCK && action->operation == OPERATION_APPLY;
	if (ends_everybody && process_send(inside->frame, PROCESS_ENFORCER, MESSAGE_HALT,
				  bytes->data, bytes->length, -1))
		log_debug("the enforcer is not there to halt anybody");
}

static void
release_actions(struct engine_inside *inside)
{
	struct action action;
	while (flow_next_action(inside->flow, &action)) {
		if (verb_info(action.verb)->by == PROCESS_KEEPER) {
			engine_collect(inside, &action);
			continue;
		}
		if (!engine_takes_evidence(inside, action.subject.account)) {
			send_action(inside, &action);
			continue;
		}
		auto_str bytes = {0};
		action_encode(&action, &bytes);
		halt(inside, &action, &bytes);
		pending_add(&inside->behind, MESSAGE_ACTION, action.subject.account, &bytes);
	}
}

static void
release_notices(struct engine_inside *inside)
{
	auto_arena struct arena *arena = arena_new();
	struct notice notice;
	while (flow_next_notice(inside->flow, arena, &notice)) {
		struct pending message = {.message = MESSAGE_NOTICE, .key = notice.id};
		notice_encode(&notice, &message.bytes);
		crash_point(CRASH_ENGINE_NOTICE_RELEASED);
		send_and_keep(inside, PROCESS_NOTIFIER, &inside->unsent, message);
		crash_point(CRASH_ENGINE_NOTICE_SENT);
	}
}

void
engine_release(struct engine_inside *inside)
{
	if (!inside->restored)
		return;
	hand_over_records(inside);
	release_actions(inside);
	release_notices(inside);
	engine_release_openings(inside);
	engine_ask_doubts(inside);
	inside->facts.undelivered = inside->unsent.count;
}

void
engine_send_again(struct engine_inside *inside, enum process peer)
{
	const struct pending_list *list = peer == PROCESS_KEEPER     ? &inside->unwritten
					  : peer == PROCESS_ENFORCER ? &inside->undone
					  : peer == PROCESS_STEWARD  ? &inside->undone_at_desk
					  : peer == PROCESS_NOTIFIER ? &inside->unsent
								     : NULL;
	if (peer == PROCESS_STEWARD)
		engine_steward_again(inside);
	if (peer == PROCESS_GATE) {
		pending_free(&inside->unnoted_mails);
		engine_gate_again(inside);
	}
	if (peer == PROCESS_PEEKER) {
		engine_look_again(inside);
		engine_doubts_anew(inside);
	}
	if (peer == PROCESS_SCANNER || peer == PROCESS_KEEPER) {
		engine_scan_anew(inside);
		engine_collect_again(inside);
	}
	for (const struct pending *pending = list ? list->first : NULL; pending;
	     pending = pending->next)
		send_pending(inside, peer, pending);
}

/* Answers. */

/* Nobody is told that something is done before it is on disk: he would never ask again. */
void
engine_answer(struct engine_inside *inside, uint64_t sequence, struct str *reply)
{
	pending_add(&inside->unsaid, MESSAGE_REPLY, sequence, reply);
	if (sequence <= inside->facts.acknowledged || !inside->restored)
		say_up_to(inside, sequence);
}

int
engine_accept_ack(struct engine_inside *inside, const void *bytes, size_t length)
{
	struct ack ack;
	int status = ack_decode(bytes, length, &ack);
	if (status || !inside->restored)
		return status;
	if (ack.sequence > flow_sequence(inside->flow))
		return -EBADMSG;
	pending_remove(&inside->unwritten, is_up_to, ack.sequence);
	if (ack.sequence > inside->facts.acknowledged) {
		inside->facts.acknowledged = ack.sequence;
		inside->facts.acknowledged_at = clock_wall();
	}
	crash_point(CRASH_ENGINE_ACKNOWLEDGED);
	flow_durable(inside->flow, ack.sequence);
	say_up_to(inside, ack.sequence);
	engine_tell_noted(inside, ack.sequence);
	engine_tell_mail_noted(inside, ack.sequence);
	return 0;
}

int
engine_accept_outcome(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct outcome outcome;
	int status = outcome_decode(bytes, length, arena, &outcome);
	if (status || !inside->restored)
		return status;
	if (outcome.operation == OPERATION_DESCRIBE) {
		engine_hear_description(inside, &outcome);
		return 0;
	}
	uint64_t key = action_key(outcome.action, outcome.operation);
	pending_remove(&inside->undone, has_key, key);
	pending_remove(&inside->undone_at_desk, has_key, key);
	crash_point(CRASH_ENGINE_OUTCOME);
	flow_outcome(inside->flow, &outcome, engine_moment(inside));
	return 0;
}

int
engine_accept_delivery(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct delivery delivery;
	int status = delivery_decode(bytes, length, arena, &delivery);
	if (status || !inside->restored)
		return status;
	pending_remove(&inside->unsent, has_key, delivery.notice);
	crash_point(CRASH_ENGINE_DELIVERED);
	flow_delivery(inside->flow, &delivery, engine_moment(inside));
	return 0;
}
