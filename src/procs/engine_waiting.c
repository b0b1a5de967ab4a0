/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that others must answer first. What is in force of an account, item
 * by item, only the hands can tell: the question waits until the enforcer has
 * described each hold, or for a while. Which processes an account has, the
 * peeker looks up (engine_look.c), which ends in time by itself. Who is busy
 * or gone is said to be silent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "procs/engine_waiting.h"

enum {
	PATIENCE = 3000, /* ms */
	MOST_FOR_HANDS = 16,
	MOST_FOR_PEEKER = 64, /* who asks about the same account waits for the same look */
};

/* A question that waits. */
struct asked {
	struct asked *next;
	enum process of;
	uint32_t account; /* of the peeker */
	struct str request;
	int64_t since; /* boot ms */
	size_t count;  /* of the hands */
	struct description descriptions[];
};

static void
asked_free(struct asked *asked)
{
	for (size_t i = 0; i < asked->count; i++)
		free(asked->descriptions[i].text);
	str_done(&asked->request);
	free(asked);
}

void
engine_reply(struct engine_inside *inside, const void *request, size_t length)
{
	auto_str reply = {0};
	inside->facts.restored = inside->restored;
	uint64_t before = flow_sequence(inside->flow);
	answer_request(&inside->facts, request, length, engine_moment(inside), &reply);
	uint64_t after = flow_sequence(inside->flow);
	engine_answer(inside, after == before ? 0 : after, &reply);
}

static void
finish(struct engine_inside *inside, struct asked *asked, const struct evidence_tree *tree)
{
	inside->facts.descriptions = asked->descriptions;
	inside->facts.description_count = asked->count;
	inside->facts.tree = tree;
	engine_reply(inside, asked->request.data, asked->request.length);
	inside->facts.descriptions = NULL;
	inside->facts.description_count = 0;
	inside->facts.tree = NULL;
	asked_free(asked);
}

static bool
is_described(const struct asked *asked)
{
	for (size_t i = 0; i < asked->count; i++)
		if (!asked->descriptions[i].text)
			return false;
	return true;
}

void
engine_answer_late(struct engine_inside *inside)
{
	int64_t now = clock_boot();
	for (struct asked **link = &inside->asked; *link;) {
		struct asked *asked = *link;
		bool waits = asked->of == PROCESS_PEEKER ||
			     (!is_described(asked) && now - asked->since < PATIENCE);
		if (waits) {
			link = &asked->next;
			continue;
		}
		*link = asked->next;
		finish(inside, asked, NULL);
	}
}

void
engine_answer_looked(
    struct engine_inside *inside, uint32_t account, const struct evidence_tree *tree)
{
	for (struct asked **link = &inside->asked; *link;) {
		struct asked *asked = *link;
		if (asked->of != PROCESS_PEEKER || asked->account != account) {
			link = &asked->next;
			continue;
		}
		*link = asked->next;
		finish(inside, asked, tree);
	}
}

static size_t
waiting(const struct engine_inside *inside, enum process of)
{
	size_t count = 0;
	for (const struct asked *asked = inside->asked; asked; asked = asked->next)
		count += asked->of == of;
	return count;
}

/* A question as it waits, not yet among the others. */
static struct asked *
asked_new(enum process of, const void *request, size_t length, size_t count)
{
	struct asked *asked =
	    memory_new(1, sizeof(*asked) + count * sizeof(asked->descriptions[0]));
	str_add_bytes(&asked->request, request, length);
	asked->of = of;
	asked->since = clock_boot();
	asked->count = count;
	return asked;
}

static void
begin_to_wait(struct engine_inside *inside, struct asked *asked)
{
	asked->next = inside->asked;
	inside->asked = asked;
}

static int
send_action(struct engine_inside *inside, const struct action *action)
{
	auto_str bytes = {0};
	action_encode(action, &bytes);
	return process_send(
	    inside->frame, PROCESS_ENFORCER, MESSAGE_ACTION, bytes.data, bytes.length, -1);
}

/* What the steward did stands in the book, and cannot be otherwise in the world for long. */
static int
ask_hands(struct engine_inside *inside, const struct answer_needs *needs, const void *request,
    size_t length)
{
	if (!needs->action_count || waiting(inside, PROCESS_ENFORCER) == MOST_FOR_HANDS)
		return -ENOENT;
	struct asked *asked = asked_new(PROCESS_ENFORCER, request, length, needs->action_count);
	for (size_t i = 0; i < needs->action_count; i++) {
		const struct action *action = &needs->actions[i];
		struct description *description = &asked->descriptions[i];
		description->action = action->id;
		if (verb_by(action->verb, action->subject.kind) == PROCESS_STEWARD) {
			description->text = memory_copy_text(action->path);
		} else if (send_action(inside, action)) {
			asked_free(asked);
			return -ENOTCONN;
		}
	}
	begin_to_wait(inside, asked);
	if (is_described(asked))
		engine_answer_late(inside);
	return 0;
}

static int
ask_peeker(struct engine_inside *inside, uint32_t account, const void *request, size_t length)
{
	if (waiting(inside, PROCESS_PEEKER) == MOST_FOR_PEEKER)
		return -ENOENT;
	struct asked *asked = asked_new(PROCESS_PEEKER, request, length, 0);
	asked->account = account;
	begin_to_wait(inside, asked);
	engine_look(inside, account);
	return 0;
}

int
engine_ask_others(struct engine_inside *inside, const void *request, size_t length)
{
	if (!inside->restored)
		return -EAGAIN;
	struct answer_needs needs;
	answer_needs(&inside->facts, request, length, &needs);
	int status = -ENOENT;
	if (needs.of == PROCESS_ENFORCER)
		status = ask_hands(inside, &needs, request, length);
	else if (needs.of == PROCESS_PEEKER)
		status = ask_peeker(inside, needs.account, request, length);
	free(needs.actions);
	return status;
}

void
engine_hear_description(struct engine_inside *inside, const struct outcome *outcome)
{
	for (struct asked *asked = inside->asked; asked; asked = asked->next)
		for (size_t i = 0; i < asked->count; i++) {
			struct description *description = &asked->descriptions[i];
			if (description->action == outcome->action && !description->text)
				description->text = memory_copy_text(outcome->text);
		}
	engine_answer_late(inside);
}

void
engine_forget_asked(struct engine_inside *inside)
{
	while (inside->asked) {
		struct asked *asked = inside->asked;
		inside->asked = asked->next;
		asked_free(asked);
	}
}
