/* SPDX-License-Identifier: Apache-2.0 */
/* What owners asked of the staff, for showing. */
#include "procs/answering.h"

#include <string.h>

#include "procs/answer_json.h"

static json_t *
petition_object(const struct petition *petition)
{
	json_t *item = json_new_object();
	json_set_integer(item, "request", (int64_t)petition->number);
	json_set_shown(item, "account", petition->account_name);
	json_set_shown(item, "about", petition_kind_name(petition->kind));
	json_set_shown(item, "clause", petition->clause);
	json_set_shown(item, "destination", petition->destination);
	json_set_shown(item, "outcome", petition->outcome);
	json_set_shown(item, "state", petition_state_name(petition->state));
	json_set(item, "asked", json_moment(petition->wall));
	json_set(item, "until", petition->until ? json_moment(petition->until) : json_null());
	json_set_shown(item, "because", petition->text);
	json_set(item, "decided", json_moment(petition->decided_wall));
	json_set_shown(item, "by", petition->by);
	json_set_shown(item, "answer", petition->answer);
	return item;
}

static bool
is_shown(const struct answering *answering, const struct petition *petition)
{
	const struct request *request = answering->request;
	if (!request_about(request, petition->account, petition->generation))
		return false;
	if (*request->account && strcmp(request->account, petition->account_name) != 0)
		return false;
	return request->all || petition->state == PETITION_OPEN;
}

enum answer_status
tell_requests(struct answering *answering)
{
	const struct cases *cases = flow_cases(answering->context->flow);
	json_t *list = json_new_array();
	size_t position = 0;
	for (const struct petition *petition;
	     (petition = cases_next_petition(cases, &position));)
		if (is_shown(answering, petition))
			json_push(list, petition_object(petition));
	json_set(answering->data, "requests", list);
	return ANSWER_OK;
}
