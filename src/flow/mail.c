/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail on its way. Each is put on record with the script behind it; each counts for its sender,
 * and so does what is heard of it later. Who that is decides what is done: of what the web
 * server started it is the script, for strangers use it; of what its owner runs it is the
 * account. Where that cannot be told, nobody is blamed; nor is anybody for who logs in, whose
 * password may have been stolen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/senders.h"
#include "flow/handings.h"
#include "flow/internal.h"

/* All zero, and so started by STARTER_UNKNOWN: nobody was seen. */
static struct handing
handing_of(const struct flow *flow, const struct mailed *mailed)
{
	const struct handings *handings = flow->handings;
	struct handing handing = {0};
	bool found = false;
	if (mailed->port)
		found = handings_find_port(handings, mailed->uid, mailed->port, &handing);
	else if (mailed->handed_at)
		found = handings_find(handings, mailed->uid, mailed->handed_at, &handing);
	return found ? handing : (struct handing){0};
}

/* ---- who sends ---- */

static bool
is_run_by_visitors(const struct handing *handing)
{
	return handing->starter == STARTER_WEB || handing->starter == STARTER_MAIL;
}

/* Valid until the next call to the engine. false: it cannot be told. */
static bool
find_sender(struct flow *flow, const struct mailed *mailed, const struct handing *handing,
    struct sent *ret_sent)
{
	struct subject account = {KIND_ACCOUNT, mailed->account, mailed->generation, 0};
	if (!mailed->account || *mailed->login || handing->starter == STARTER_UNKNOWN)
		return false;
	ret_sent->sender = account;
	ret_sent->label = "";
	if (!is_run_by_visitors(handing))
		return true;
	ret_sent->sender.kind = KIND_SCRIPT;
	ret_sent->sender.key = handing->script;
	ret_sent->label = engine_script(flow->engine, mailed->uid, handing->script);
	return *ret_sent->label;
}

/* ---- whose is held ---- */

static bool
is_spam_case(const struct casefile *casefile)
{
	bool is_spam = casefile->measure == MEASURE_ACCOUNT_SPAMS ||
		       casefile->measure == MEASURE_SCRIPT_SPAMS;
	return is_spam && casefile->mode == MODE_ENFORCE;
}

/* Whether a case says that the subject sends spam, and staff have not ended it. */
static bool
sends_spam(const struct flow *flow, const struct subject *subject)
{
	const struct policy *policy = flow->rules.policy;
	for (size_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		const struct casefile *casefile =
		    clause->subject == subject->kind
			? cases_open(flow->cases, clause->id, subject)
			: NULL;
		if (casefile && is_spam_case(casefile))
			return true;
	}
	return false;
}

/* What another server of the site hands on was decided there; staff may have let it go. */
static bool
is_handed_on(const struct mailed *mailed)
{
	return !mailed->handed_at && !mailed->port && !*mailed->login;
}

static bool
is_held(const struct flow *flow, const struct mailed *mailed, const struct handing *handing)
{
	struct subject subject = {KIND_ACCOUNT, mailed->account, mailed->generation, 0};
	if (!mailed->account || is_handed_on(mailed) || strcmp(mailed->outcome, "passed") != 0)
		return false;
	if (sends_spam(flow, &subject))
		return true;
	subject.kind = KIND_SCRIPT;
	subject.key = handing->script;
	return handing->script && sends_spam(flow, &subject);
}

/* ---- what is heard ---- */

static void
observe_spam(
    struct flow *flow, const struct subject *subject, const char *label, const char *words)
{
	enum measure measure =
	    subject->kind == KIND_SCRIPT ? MEASURE_SCRIPT_SPAMS : MEASURE_ACCOUNT_SPAMS;
	struct observation observation = {
	    .measure = measure,
	    .subject = *subject,
	    .at = flow->now.boot + flow->offset,
	    .value = 1,
	    .label = label,
	};
	engine_observe_deed(flow->engine, &observation, words);
	flow_decide(flow);
}

static void
hear(struct flow *flow, const struct mailed *report)
{
	struct heard heard = {.unknown = report->unknown, .complaint = !report->failed};
	struct subject sender;
	char *label;
	auto_str words = {0};
	if (!senders_heard(flow->senders, report->about, &heard, &sender, &label, &words))
		return;
	observe_spam(flow, &sender, label, str_text(&words));
	free(label);
}

/* ---- from outside ---- */

static void
count(struct flow *flow, const struct mailed *mailed, const struct handing *handing)
{
	struct sent sent = {
	    .reference = mailed->reference,
	    .to = mailed->to,
	    .recipients = mailed->recipients,
	};
	if (find_sender(flow, mailed, handing, &sent))
		senders_sent(flow->senders, &sent, flow->now.boot + flow->offset);
}

bool
flow_mailed(struct flow *flow, const struct mailed *mailed, struct moment now)
{
	flow_at(flow, now);
	struct handing handing = handing_of(flow, mailed);
	struct mailed noted = *mailed;
	bool held = is_held(flow, mailed, &handing);
	bool passes = !strcmp(mailed->outcome, "passed");
	if (held)
		snprintf(noted.outcome, sizeof(noted.outcome), "held");
	note_mailed(flow->cases, &noted,
	    handing.script ? engine_script(flow->engine, mailed->uid, handing.script) : "",
	    case_time(flow));
	if (passes && !*mailed->about)
		count(flow, mailed, &handing);
	else if (passes)
		hear(flow, mailed);
	return held;
}

void
flow_handing(struct flow *flow, const struct handing *handing, struct moment now)
{
	struct handing here = *handing;
	here.at = now.wall - (now.boot - handing->at);
	handings_add(flow->handings, &here);
}
