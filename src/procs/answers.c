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

static enum answer_status
dispatch(struct answering *answering)
{
	switch (answering->request->ask) {
	case ASK_STATUS:
		return tell_status(answering);
	case ASK_TOP:
		return tell_top(answering);
	case ASK_ACCOUNTS:
		return tell_accounts(answering);
	case ASK_SHOW:
		return tell_show(answering);
	case ASK_HOLDS:
		return tell_holds(answering);
	case ASK_CASES:
		return tell_cases(answering);
	case ASK_CASE:
		return tell_case(answering);
	case ASK_INCIDENT:
		return tell_incident(answering);
	case ASK_EXPLAIN:
		return tell_explain(answering);
	case ASK_CLAUSE:
		return tell_clause(answering);
	case ASK_REQUESTS:
		return tell_requests(answering);
	case ASK_BREAKER:
		return tell_breaker(answering);
	case ASK_MENDED:
	case ASK_APPROVE:
	case ASK_REFUSE:
	case ASK_LIFT:
	case ASK_IMPOSE:
	case ASK_REACHED:
	case ASK_EXCEPT:
	case ASK_REVOKE:
	case ASK_EXTEND:
	case ASK_ANSWER:
	case ASK_REQUEST:
	case ASK_WITHDRAW:
	case ASK_GRANT:
	case ASK_DENY:
	case ASK_MAINTENANCE:
	case ASK_MAINTENANCE_END:
	case ASK_BREAKER_RESUME:
	case ASK_BREAKER_DROP:
		return tell_act(answering);
	case ASK_MAILED:
		return tell_mailed(answering);
	case ASK_REVIEWS:
		return tell_reviews(answering);
	case ASK_REVIEW:
		return tell_review(answering);
	case ASK_SIGN_OFF:
	case ASK_SENT:
	case ASK_LEGAL_HOLD:
		return tell_review_act(answering);
	case ASK_INVENTORY:
	case ASK_HISTORY:
	case ASK_RELOAD:
	case ASK_COUNT:
		break;
	}
	str_add(&answering->text, "this is not a question for the engine");
	return ANSWER_USAGE;
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
