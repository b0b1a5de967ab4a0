/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in force of an account, item by item: `show`. The casefiles know what
 * was ordered; how it stands, only the hands can tell, so they are asked first
 * (engine_waiting.c) and what they said is put together here.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "procs/answer_json.h"
#include "procs/answering.h"

static const char *
said_of(const struct answers_context *context, uint64_t action)
{
	for (size_t i = 0; i < context->description_count; i++)
		if (context->descriptions[i].action == action)
			return context->descriptions[i].text;
	return NULL;
}

static json_t *
lines_of(const char *text)
{
	json_t *lines = json_new_array();
	while (*text) {
		size_t length = strcspn(text, "\n");
		auto_str line = {0};
		str_add_bytes(&line, text, length);
		if (length)
			json_push(lines, json_shown(str_text(&line)));
		text += length + (text[length] == '\n');
	}
	return lines;
}

static json_t *
claim_of(const struct answering *answering, const struct hold_of *hold)
{
	json_t *claim = json_new_object();
	json_set_shown(claim, "verb", verb_info(hold->order->verb)->name);
	json_set_flag(claim, "releasing", hold->order->state == ORDER_RELEASING);
	if (case_visible(answering, hold->casefile)) {
		json_set_integer(claim, "case", (int64_t)hold->casefile->number);
		json_set_shown(claim, "clause", hold->casefile->clause);
	}
	return claim;
}

static json_t *
part_of(const struct answering *answering, const struct hold_of *hold, const char *text)
{
	json_t *part = json_new_object(), *claims = json_new_array();
	json_push(claims, claim_of(answering, hold));
	json_set(part, "claims", claims);
	json_set(part, "items", lines_of(text));
	return part;
}

/* What two cases hold alike is described alike, and told once, with both. */
static json_t *
same_part(const json_t *list, const char *text)
{
	json_t *items = lines_of(text), *found = NULL;
	size_t index;
	json_t *part;
	json_array_foreach(list, index, part)
	{
		if (json_equal(json_object_get(part, "items"), items))
			found = part;
	}
	json_decref(items);
	return found;
}

static bool
has_claim(const json_t *claims, const json_t *claim)
{
	size_t index;
	const json_t *other;
	json_array_foreach(claims, index, other)
	{
		if (json_equal(other, claim))
			return true;
	}
	return false;
}

static void
add_hold(const struct answering *answering, json_t *list, const struct hold_of *hold,
    const char *text)
{
	json_t *part = *text ? same_part(list, text) : NULL;
	if (!part) {
		json_push(list, part_of(answering, hold, text));
		return;
	}
	json_t *claims = json_object_get(part, "claims");
	json_t *claim = claim_of(answering, hold);
	if (has_claim(claims, claim))
		json_decref(claim);
	else
		json_push(claims, claim);
}

enum answer_status
tell_holds(struct answering *answering)
{
	const struct answers_context *context = answering->context;
	const struct account *account = NULL;
	enum answer_status status = account_named(answering, &account);
	if (status != ANSWER_OK)
		return status;
	bool silent = false;
	json_t *list = json_new_array();
	auto_free struct hold_of *holds = NULL;
	size_t count = flow_holds(context->flow, account, &holds);
	for (size_t i = 0; i < count; i++) {
		const char *text = said_of(context, holds[i].order->world);
		silent |= !text;
		add_hold(answering, list, &holds[i], text ? text : "");
	}
	json_set(answering->data, "holds", list);
	json_set_flag(answering->data, "silent", silent);
	return ANSWER_OK;
}

size_t
holds_to_describe(const struct answering *answering, const struct account *account,
    struct action **ret_actions)
{
	auto_free struct hold_of *holds = NULL;
	size_t count = flow_holds(answering->context->flow, account, &holds);
	*ret_actions = count ? memory_new(count, sizeof(**ret_actions)) : NULL;
	for (size_t i = 0; i < count; i++)
		(*ret_actions)[i] = flow_describing(&holds[i]);
	return count;
}
