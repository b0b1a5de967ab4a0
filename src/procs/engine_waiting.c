/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that only the hands can answer: what is in force of an account, item
 * by item. The question waits until the enforcer has described each hold, or
 * for a while; an enforcer that is busy or gone is said to be silent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "procs/engine.h"

enum { PATIENCE = 3000 /* ms */, MOST_WAITING = 16 };

/* A question that waits. */
struct asked {
	struct asked *next;
	struct str request;
	int64_t since; /* boot ms */
	size_t count;
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
finish(struct engine_inside *inside, struct asked *asked)
{
	inside->facts.descriptions = asked->descriptions;
	inside->facts.description_count = asked->count;
	engine_reply(inside, asked->request.data, asked->request.length);
	inside->facts.descriptions = NULL;
	inside->facts.description_count = 0;
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
		if (!is_described(asked) && now - asked->since < PATIENCE) {
			link = &asked->next;
			continue;
		}
		*link = asked->next;
		finish(inside, asked);
	}
}

static size_t
waiting(const struct engine_inside *inside)
{
	size_t count = 0;
	for (const struct asked *asked = inside->asked; asked; asked = asked->next)
		count++;
	return count;
}

static int
send_action(struct engine_inside *inside, const struct action *action)
{
	auto_str bytes = {0};
	action_encode(action, &bytes);
	return process_send(
	    inside->frame, PROCESS_ENFORCER, MESSAGE_ACTION, bytes.data, bytes.length, -1);
}

int
engine_ask_hands(struct engine_inside *inside, const void *request, size_t length)
{
	if (!inside->restored)
		return -EAGAIN;
	auto_free struct action *actions = NULL;
	size_t count = answer_needs(&inside->facts, request, length, &actions);
	if (!count || waiting(inside) == MOST_WAITING)
		return -ENOENT;
	struct asked *asked =
	    memory_new(1, sizeof(*asked) + count * sizeof(asked->descriptions[0]));
	for (size_t i = 0; i < count; i++) {
		asked->descriptions[i].action = actions[i].id;
		if (send_action(inside, &actions[i])) {
			free(asked);
			return -ENOTCONN;
		}
	}
	str_add_bytes(&asked->request, request, length);
	asked->since = clock_boot();
	asked->count = count;
	asked->next = inside->asked;
	inside->asked = asked;
	return 0;
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
