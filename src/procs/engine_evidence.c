/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A `report` that was released is carried out by three, one after the other:
 *
 *     QUESTION ──▶ peeker ──TREE──▶ engine ──COLLECT──▶ scanner ──EVIDENCE──▶ keeper
 *                                                                 engine ◀──KEPT──┘
 *
 * Evidence comes before `stop` and `remove`: whatever else is ordered against
 * the account waits until it is kept, but for some seconds only. A process can
 * be made so that its command line never comes; then what is known goes on
 * without it, and the peeker is replaced. What was sent and has no KEPT is sent again when
 * scanner or keeper begin anew; the keeper keeps the first that it gets of each action.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "flow/scrutiny.h"
#include "model/question.h"
#include "procs/engine_waiting.h"

enum { PATIENCE = 5000 };

struct collecting {
	struct collecting *next;
	struct action action;
	uint64_t question; /* of the peeker */
	int64_t asked;	   /* boot ms */
	struct str tree;   /* a TREE as it came; empty: none yet */
	bool sent;	   /* to the scanner */
};

static struct evidence_tree
tree_of(const struct collecting *collecting, struct arena *arena)
{
	struct evidence_tree tree;
	uint64_t question;
	if (!collecting->tree.length || evidence_tree_decode(collecting->tree.data,
					    collecting->tree.length, arena, &question, &tree))
		return (struct evidence_tree){.status = -ETIMEDOUT};
	return tree;
}

static void
send_collect(struct engine_inside *inside, const struct pending *pending)
{
	if (process_send(inside->frame, PROCESS_SCANNER, pending->message, pending->bytes.data,
		pending->bytes.length, -1))
		log_debug("the scanner is not there to take evidence");
}

/* The processes are known as well as they can be: now the files. */
static void
go_on(struct engine_inside *inside, struct collecting *collecting)
{
	auto_arena struct arena *arena = arena_new();
	auto_str bytes = {0};
	struct evidence_package package =
	    flow_evidence(inside->flow, &collecting->action, arena);
	package.tree = tree_of(collecting, arena);
	evidence_package_encode(&package, &bytes);
	pending_add(&inside->uncollected, MESSAGE_COLLECT, collecting->action.id, &bytes);
	send_collect(inside, inside->uncollected.last);
	collecting->sent = true;
}

/* Nobody waits for it any more. */
static void
let_go(struct engine_inside *inside, struct collecting *collecting)
{
	struct collecting **link = &inside->collecting;
	uint32_t account = collecting->action.subject.account;
	while (*link != collecting)
		link = &(*link)->next;
	*link = collecting->next;
	str_done(&collecting->tree);
	free(collecting);
	if (!engine_takes_evidence(inside, account))
		engine_release_behind(inside, account);
}

bool
engine_takes_evidence(const struct engine_inside *inside, uint32_t account)
{
	for (const struct collecting *at = inside->collecting; at; at = at->next)
		if (at->action.subject.account == account)
			return true;
	return false;
}

static struct collecting *
find(const struct engine_inside *inside, uint64_t action)
{
	struct collecting *at = inside->collecting;
	while (at && at->action.id != action)
		at = at->next;
	return at;
}

static struct collecting *
find_question(const struct engine_inside *inside, uint64_t question)
{
	struct collecting *at = inside->collecting;
	while (at && at->question != question)
		at = at->next;
	return at;
}

/* Whether evidence for the action is being taken already. */
static bool
is_under_way(const struct engine_inside *inside, uint64_t action)
{
	if (find(inside, action))
		return true;
	for (const struct pending *at = inside->uncollected.first; at; at = at->next)
		if (at->key == action)
			return true;
	return false;
}

void
engine_collect(struct engine_inside *inside, const struct action *action)
{
	if (action->operation != OPERATION_APPLY) {
		struct outcome outcome = {action->id, action->operation, 0, "it stays"};
		flow_outcome(inside->flow, &outcome, engine_moment(inside));
		return;
	}
	if (is_under_way(inside, action->id))
		return;
	struct collecting *collecting = memory_new(1, sizeof(*collecting));
	collecting->action = *action;
	collecting->asked = clock_boot();
	collecting->question = ++inside->questions;
	struct question question = {
	    .id = collecting->question,
	    .kind = QUESTION_TREE,
	    .account = action->subject.account,
	    .path = "",
	};
	auto_str bytes = {0};
	question_encode(&question, &bytes);
	collecting->next = inside->collecting;
	inside->collecting = collecting;
	if (process_send(
		inside->frame, PROCESS_PEEKER, MESSAGE_QUESTION, bytes.data, bytes.length, -1))
		go_on(inside, collecting);
}

int
engine_accept_tree(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct evidence_tree tree;
	uint64_t question;
	int status = evidence_tree_decode(bytes, length, arena, &question, &tree);
	if (status)
		return status;
	struct collecting *collecting = find_question(inside, question);
	if (!collecting)
		engine_hear_tree(inside, question, &tree, bytes, length);
	if (!collecting || collecting->sent)
		return 0;
	str_clear(&collecting->tree);
	str_add_bytes(&collecting->tree, bytes, length);
	if (tree.status != -EINPROGRESS)
		go_on(inside, collecting);
	return 0;
}

void
engine_collect_late(struct engine_inside *inside)
{
	int64_t now = clock_boot();
	bool late = false;
	struct collecting *next;
	for (struct collecting *at = inside->collecting; at; at = next) {
		next = at->next;
		if (now - at->asked < PATIENCE)
			continue;
		late = late || !at->sent;
		if (!at->sent)
			go_on(inside, at);
		let_go(inside, at);
	}
	if (late)
		process_complain(inside->frame, PROCESS_PEEKER,
		    "no answer about an account's processes; evidence is taken without");
}

int
engine_accept_kept(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct outcome outcome;
	int status = outcome_decode(bytes, length, arena, &outcome);
	if (status || !inside->restored)
		return status;
	struct collecting *collecting = find(inside, outcome.action);
	pending_answered(&inside->uncollected, outcome.action);
	flow_outcome(inside->flow, &outcome, engine_moment(inside));
	if (collecting)
		let_go(inside, collecting);
	return 0;
}

void
engine_collect_again(struct engine_inside *inside)
{
	for (const struct pending *at = inside->uncollected.first; at; at = at->next)
		send_collect(inside, at);
}

void
engine_collect_done(struct engine_inside *inside)
{
	while (inside->collecting) {
		struct collecting *first = inside->collecting;
		inside->collecting = first->next;
		str_done(&first->tree);
		free(first);
	}
	pending_free(&inside->uncollected);
	pending_free(&inside->behind);
}
