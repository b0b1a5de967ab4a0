/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker for showing: whether it tripped, and what waits for staff because of it.
 */
#include "procs/answering.h"

#include <string.h>

#include "procs/answer_json.h"

json_t *
breaker_part(const struct answering *answering)
{
	const struct cases *cases = flow_cases(answering->context->flow);
	struct breaker breaker = cases_breaker(cases);
	json_t *part = json_new_object();
	json_set_flag(part, "tripped", breaker.tripped);
	json_set(part, "since", json_moment(breaker.since));
	json_set_integer(part, "limit", cases_breaker_limit(cases));
	return part;
}

static bool
waits_for_it(const struct casefile *casefile)
{
	const struct order *order = case_asked(casefile);
	return order && strcmp(order->reason, "breaker") == 0;
}

enum answer_status
tell_breaker(struct answering *answering)
{
	json_t *list = json_new_array();
	size_t position = 0;
	const struct cases *cases = flow_cases(answering->context->flow);
	for (const struct casefile *casefile; (casefile = cases_next(cases, &position));)
		if (waits_for_it(casefile))
			json_push(list, case_summary(answering, casefile));
	json_set(answering->data, "breaker", breaker_part(answering));
	json_set(answering->data, "cases", list);
	return ANSWER_OK;
}
