/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people do to cases: from the typed request to flow_request(), which
 * knows whether it makes sense. Who may do it at all was judged before.
 */
#include "procs/answering.h"

#include <errno.h>
#include <string.h>

#include "procs/answer_json.h"
#include "site/destination.h"

/* The flow's word for what is asked; -1: it is not something that is done. */
static int
flow_verb(enum ask ask)
{
	static const int verbs[ASK_COUNT] = {
	    [ASK_MENDED] = 1 + REQUEST_MENDED,
	    [ASK_APPROVE] = 1 + REQUEST_APPROVE,
	    [ASK_REFUSE] = 1 + REQUEST_REFUSE,
	    [ASK_LIFT] = 1 + REQUEST_LIFT,
	    [ASK_IMPOSE] = 1 + REQUEST_IMPOSE,
	    [ASK_REACHED] = 1 + REQUEST_REACHED,
	    [ASK_EXCEPT] = 1 + REQUEST_EXCEPT,
	    [ASK_REVOKE] = 1 + REQUEST_REVOKE,
	    [ASK_EXTEND] = 1 + REQUEST_EXTEND,
	    [ASK_ANSWER] = 1 + REQUEST_ANSWER,
	    [ASK_REQUEST] = 1 + REQUEST_ASK,
	    [ASK_WITHDRAW] = 1 + REQUEST_WITHDRAW,
	    [ASK_GRANT] = 1 + REQUEST_GRANT,
	    [ASK_DENY] = 1 + REQUEST_DENY,
	    [ASK_SHUT] = 1 + REQUEST_SHUT,
	    [ASK_MAINTENANCE] = 1 + REQUEST_MAINTENANCE,
	    [ASK_MAINTENANCE_END] = 1 + REQUEST_MAINTENANCE_END,
	    [ASK_BREAKER_RESUME] = 1 + REQUEST_BREAKER_RESUME,
	    [ASK_BREAKER_DROP] = 1 + REQUEST_BREAKER_DROP,
	};
	return verbs[ask] - 1;
}

static enum answer_status
status_of(int error)
{
	if (error == 0)
		return ANSWER_OK;
	return error == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_REFUSED;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t")] == '\0';
}

static enum answer_status
check_kind(struct answering *answering, struct str *ret_destination)
{
	const struct request *request = answering->request;
	int found = petition_kind_find(request->about);
	if (found == PETITION_KIND_PORT)
		return site_destination_parse(request->role, request->address, request->port,
			   ret_destination, &answering->text)
			   ? ANSWER_INVALID
			   : ANSWER_OK;
	if (found >= 0 && (*request->address || *request->port || *request->role)) {
		str_add(&answering->text, "only a port has a destination");
		return ANSWER_INVALID;
	}
	if (found >= 0)
		return ANSWER_OK;
	str_add(&answering->text, "a request is about one of:");
	for (int kind = 0; kind < PETITION_KIND_COUNT; kind++)
		str_addf(&answering->text, "%s %s", kind ? "," : "",
		    petition_kind_name((enum petition_kind)kind));
	return ANSWER_INVALID;
}

/* What a journal's reader will ask for later must be there now. */
static enum answer_status
check(struct answering *answering, struct str *ret_destination)
{
	const struct request *request = answering->request;
	bool needs_note = ask_info(request->ask)->must & UINT32_C(1) << MEMBER_NOTE;
	if (needs_note && is_blank(request->note)) {
		str_addf(&answering->text, "'%s' needs a reason", ask_info(request->ask)->name);
		return ANSWER_INVALID;
	}
	if (request->ask == ASK_EXCEPT && request->until <= answering->now.wall) {
		str_add(&answering->text, "an exception cannot end in the past");
		return ANSWER_INVALID;
	}
	if (request->ask == ASK_LIFT && !request->case_number && !*request->account) {
		str_add(&answering->text, "which case, or whose account?");
		return ANSWER_USAGE;
	}
	if (request->ask == ASK_REQUEST)
		return check_kind(answering, ret_destination);
	const struct casefile *casefile;
	return request->case_number ? case_named(answering, &casefile) : ANSWER_OK;
}

enum answer_status
tell_act(struct answering *answering)
{
	const struct request *request = answering->request;
	auto_str destination = {0};
	enum answer_status status = check(answering, &destination);
	if (status != ANSWER_OK)
		return status;
	struct case_request act = {
	    .verb = (enum request_verb)flow_verb(request->ask),
	    .case_number = request->case_number,
	    .clause = *request->clause ? request->clause : NULL,
	    .account = *request->account ? request->account : NULL,
	    .until = request->until,
	    .time = request->time < INT64_MAX ? (int64_t)request->time : 0,
	    .reached_by = *request->reached_by ? request->reached_by : NULL,
	    .by_owner = !request->asker.staff,
	    .destination = str_text(&destination),
	    .petition_number = request->request_number,
	    .actor = request->asker.name,
	    .note = request->note,
	};
	if (request->ask == ASK_REQUEST)
		act.petition = (enum petition_kind)petition_kind_find(request->about);
	status = status_of(
	    flow_request(answering->context->flow, &act, answering->now, &answering->text));
	if (status == ANSWER_OK && request->case_number)
		json_set_integer(answering->data, "case", (int64_t)request->case_number);
	if (status == ANSWER_OK)
		json_set_shown(answering->data, "done", str_text(&answering->text));
	return status;
}
