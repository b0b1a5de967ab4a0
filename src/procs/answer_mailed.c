/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an owner answered by mail. Who says it is told by the tag alone: it was
 * made for the owner's notice of this very case, and whoever brought the mail
 * here, hayward-reply, is believed nothing. The address is a stranger's word,
 * kept so that staff see it.
 */
#include "procs/answering.h"

#include <string.h>

#include "model/answer_tag.h"

/* One case may not fill the journal by a mail loop that we did not recognise. */
enum { MOST_MAILS = 20, A_DAY = 24 * 60 * 60 * 1000 };

#define BY_MAIL "mail from "

static bool
fits(const struct answering *answering, const struct casefile *casefile)
{
	struct answer_matter matter = {
	    casefile->number, casefile->subject.account, casefile->subject.generation};
	return answer_tag_fits(answering->context->seal, &matter, answering->request->tag);
}

static bool
is_too_much(const struct casefile *casefile, int64_t now)
{
	size_t lately = 0;
	for (size_t i = 0; i < casefile->history_count; i++) {
		const struct history_line *event = &casefile->history[i];
		lately += event->kind == RECORD_ANSWERED && now - event->at < A_DAY &&
			  strstr(event->text, "(owner) by " BY_MAIL);
	}
	return lately >= MOST_MAILS;
}

/* No case, and a tag that does not fit it, must look the same. */
static enum answer_status
find_case(struct answering *answering, const struct casefile **ret_case)
{
	const struct answers_context *context = answering->context;
	/* Before the last life is known there are no cases: nothing may be judged by that. */
	if (!context->restored || !*context->config->replies || !context->seal->known) {
		str_add(&answering->text, "answers by mail cannot be verified just now");
		return ANSWER_UNREACHED;
	}
	const struct casefile *casefile =
	    cases_get(flow_cases(context->flow), answering->request->case_number);
	if (!casefile || !fits(answering, casefile)) {
		str_add(&answering->text, "the tag is not one of ours");
		return ANSWER_NOT_FOUND;
	}
	if (is_too_much(casefile, answering->now.policy)) {
		str_add(&answering->text, "too many answers in this case within a day");
		return ANSWER_INVALID;
	}
	*ret_case = casefile;
	return ANSWER_OK;
}

enum answer_status
tell_mailed(struct answering *answering)
{
	const struct request *request = answering->request;
	const struct casefile *casefile;
	enum answer_status status = find_case(answering, &casefile);
	if (status != ANSWER_OK)
		return status;
	auto_str actor = {0};
	str_add(&actor, BY_MAIL);
	str_add(&actor, *request->person ? request->person : "nobody named");
	struct case_request act = {
	    .verb = REQUEST_ANSWER,
	    .case_number = casefile->number,
	    .by_owner = true,
	    .actor = str_text(&actor),
	    .note = request->note,
	};
	int error =
	    flow_request(answering->context->flow, &act, answering->now, &answering->text);
	/* Refused means "ask later" to hayward-reply, and this will not change. */
	return error ? ANSWER_INVALID : ANSWER_OK;
}
