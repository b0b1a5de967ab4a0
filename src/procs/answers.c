/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "procs/answer_json.h"
#include "procs/answering.h"

/* Percentages are exact to two digits behind the point; more would be noise. */
enum { REAL_DIGITS = 7 };

/* Questions that are not in here are not for the engine. */
static enum answer_status (*const tells[ASK_COUNT])(struct answering *answering) = {
    [ASK_STATUS] = tell_status,
    [ASK_TOP] = tell_top,
    [ASK_ACCOUNTS] = tell_accounts,
    [ASK_SHOW] = tell_show,
    [ASK_HOLDS] = tell_holds,
    [ASK_TREE] = tell_tree,
    [ASK_CASES] = tell_cases,
    [ASK_CASE] = tell_case,
    [ASK_INCIDENT] = tell_incident,
    [ASK_EXPLAIN] = tell_explain,
    [ASK_CLAUSE] = tell_clause,
    [ASK_REQUESTS] = tell_requests,
    [ASK_BREAKER] = tell_breaker,
    [ASK_MENDED] = tell_act,
    [ASK_APPROVE] = tell_act,
    [ASK_REFUSE] = tell_act,
    [ASK_LIFT] = tell_act,
    [ASK_IMPOSE] = tell_act,
    [ASK_REACHED] = tell_act,
    [ASK_EXCEPT] = tell_act,
    [ASK_REVOKE] = tell_act,
    [ASK_EXTEND] = tell_act,
    [ASK_ANSWER] = tell_act,
    [ASK_REQUEST] = tell_act,
    [ASK_WITHDRAW] = tell_act,
    [ASK_GRANT] = tell_act,
    [ASK_DENY] = tell_act,
    [ASK_SHUT] = tell_act,
    [ASK_MAINTENANCE] = tell_act,
    [ASK_MAINTENANCE_END] = tell_act,
    [ASK_BREAKER_RESUME] = tell_act,
    [ASK_BREAKER_DROP] = tell_act,
    [ASK_MAILED] = tell_mailed,
    [ASK_REVIEWS] = tell_reviews,
    [ASK_REVIEW] = tell_review,
    [ASK_SIGN_OFF] = tell_review_act,
    [ASK_SENT] = tell_review_act,
    [ASK_LEGAL_HOLD] = tell_review_act,
};

static enum answer_status
dispatch(struct answering *answering)
{
	if (tells[answering->request->ask])
		return tells[answering->request->ask](answering);
	str_add(&answering->text, "this is not a question for the engine");
	return ANSWER_USAGE;
}

static enum process
who_knows(enum ask ask)
{
	if (ask == ASK_HOLDS)
		return PROCESS_ENFORCER;
	return ask == ASK_TREE ? PROCESS_PEEKER : PROCESS_COUNT;
}

void
answer_needs(const struct answers_context *context, const void *bytes, size_t length,
    struct answer_needs *ret_needs)
{
	struct request request;
	*ret_needs = (struct answer_needs){.of = PROCESS_COUNT};
	if (request_decode(bytes, length, &request) || !request_permitted(&request) ||
	    who_knows(request.ask) == PROCESS_COUNT)
		return;
	struct answering answering = {.context = context, .request = &request};
	const struct account *account = NULL;
	enum answer_status status = account_named(&answering, &account);
	str_done(&answering.text);
	if (status != ANSWER_OK)
		return;
	ret_needs->of = who_knows(request.ask);
	ret_needs->account = account->id;
	if (request.ask == ASK_HOLDS)
		ret_needs->action_count =
		    holds_to_describe(&answering, account, &ret_needs->actions);
}

void
answer_request(const struct answers_context *context, const void *bytes, size_t length,
    struct moment now, struct str *ret_reply)
{
	struct request request;
	if (request_decode(bytes, length, &request)) {
		reply_encode(0, ANSWER_USAGE, "the request does not decode", NULL, ret_reply);
		return;
	}
	/* Control judged already; whoever took control over shall gain nothing by it. */
	if (!request_permitted(&request)) {
		reply_encode(request.id, ANSWER_REFUSED, "not yours to ask", NULL, ret_reply);
		return;
	}
	struct answering answering = {context, &request, now, json_new_object(), {0}};
	enum answer_status status = dispatch(&answering);
	auto_free char *data =
	    status == ANSWER_OK
		? json_dumps(answering.data, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS))
		: NULL;
	reply_encode(request.id, status, str_text(&answering.text), data, ret_reply);
	json_decref(answering.data);
	str_done(&answering.text);
}
