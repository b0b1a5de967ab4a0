/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail on its way. Each is put on record with the script behind it; each counts for its sender,
 * and so does what is heard of it later. Who that is decides what is done: of what the web
 * server started it is the script, for strangers use it; of what its owner runs it is the
 * account. Who logs in may have stolen the password, so it is the mailbox. Where that cannot be
 * told, nobody is blamed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cases/gates.h"
#include "engine/acquaintances.h"
#include "engine/forms.h"
#include "engine/senders.h"
#include "flow/gates.h"
#include "flow/handings.h"
#include "flow/internal.h"

enum { LEAST_NAMED = 2 };

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

/* The same in the next life. */
static struct subject
mailbox_of(const struct mailed *mailed)
{
	static const uint8_t key[16] = "hayward mailbox ";
	uint64_t login = siphash(key, mailed->login, strlen(mailed->login));
	return (struct subject){KIND_MAILBOX, mailed->account, mailed->generation, login};
}

/* Valid until the next call to the engine. false: it cannot be told. */
static bool
find_sender(struct flow *flow, const struct mailed *mailed, const struct handing *handing,
    struct sent *ret_sent)
{
	struct subject account = {KIND_ACCOUNT, mailed->account, mailed->generation, 0};
	if (mailed->account && *mailed->login) {
		ret_sent->sender = mailbox_of(mailed);
		ret_sent->label = mailed->login;
		return true;
	}
	if (!mailed->account || handing->starter == STARTER_UNKNOWN)
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
is_of_spam(const struct casefile *casefile)
{
	return casefile->measure == MEASURE_ACCOUNT_SPAMS ||
	       casefile->measure == MEASURE_SCRIPT_SPAMS ||
	       casefile->measure == MEASURE_MAILBOX_SPAMS ||
	       casefile->measure == MEASURE_SCRIPT_RELAYED_RECIPIENTS ||
	       casefile->measure == MEASURE_SCRIPT_HEADER_INJECTIONS;
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
		if (casefile && is_of_spam(casefile) && casefile->mode == MODE_ENFORCE)
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

/*
 * Whether it may be of a script that sends spam, where it is not known of which script it is:
 * nobody saw it being handed in, or two scripts did at a time. SECURITY: else who hands in more
 * than can be remembered, or calls another script of the account's beside each, gets it
 * through.
 */
static bool
may_be_spam(const struct flow *flow, const struct mailed *mailed)
{
	const struct casefile *casefile;
	size_t position = 0;
	while ((casefile = cases_next(flow->cases, &position))) {
		const struct subject *subject = &casefile->subject;
		const struct handing asked = {
		    .uid = mailed->uid,
		    .script = subject->key,
		    .at = mailed->handed_at,
		    .port = mailed->port,
		};
		if (subject->kind == KIND_SCRIPT && subject->account == mailed->account &&
		    subject->generation == mailed->generation &&
		    handings_may_be(flow->handings, &asked) && sends_spam(flow, subject))
			return true;
	}
	return false;
}

static bool
is_held(const struct flow *flow, const struct mailed *mailed, const struct handing *handing)
{
	struct subject subject = {KIND_ACCOUNT, mailed->account, mailed->generation, 0};
	if (!mailed->account || is_handed_on(mailed) || strcmp(mailed->outcome, "passed") != 0)
		return false;
	if (sends_spam(flow, &subject))
		return true;
	if (*mailed->login) {
		subject = mailbox_of(mailed);
		return sends_spam(flow, &subject);
	}
	if (!handing->script)
		return may_be_spam(flow, mailed);
	subject.kind = KIND_SCRIPT;
	subject.key = handing->script;
	return sends_spam(flow, &subject);
}

/*
 * Once a case has ended only what is sent from then on counts: what it held goes on its way
 * now, and what comes back of that is no new deed.
 */
void
forgive_sender(void *context, const struct casefile *casefile)
{
	struct flow *flow = context;
	if (!is_of_spam(casefile))
		return;
	senders_forgive(flow->senders, &casefile->subject);
	forms_forgive(flow->forms, &casefile->subject);
}

/* ---- what is heard ---- */

static void
observe_spam(
    struct flow *flow, const struct subject *subject, const char *label, const char *words)
{
	enum measure measure = subject->kind == KIND_SCRIPT    ? MEASURE_SCRIPT_SPAMS
			       : subject->kind == KIND_MAILBOX ? MEASURE_MAILBOX_SPAMS
							       : MEASURE_ACCOUNT_SPAMS;
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
observe(struct flow *flow, bool is_spam, struct suspect *suspect)
{
	if (is_spam)
		observe_spam(flow, &suspect->sender, suspect->label, str_text(&suspect->words));
	suspect_done(suspect);
}

static void
hear(struct flow *flow, const struct mailed *report)
{
	struct heard heard = {
	    .unknown = report->unknown,
	    .complaint = !report->failed,
	    .is_own = report->is_own,
	};
	struct suspect suspect = {0};
	observe(flow, senders_heard(flow->senders, report->about, &heard, &suspect), &suspect);
}

/* A site's mail server rates what another one handed on: by the same reference. Who does not
 * choose himself whom he writes to needs more of it than a form that lets its visitors. */
static void
weigh_rating(struct flow *flow, const struct mailed *mailed)
{
	struct suspect suspect = {0};
	struct subject sender;
	char *label;
	if (mailed->rated && mailed->is_spam &&
	    forms_refused(flow->forms, mailed->reference, &sender, &label)) {
		observe_spam(flow, &sender, label,
		    "strangers whom visitors named got what our filter refuses");
		free(label);
	}
	bool is_spam = mailed->rated && senders_rated(flow->senders, mailed->reference,
					    mailed->is_spam, &suspect);
	observe(flow, is_spam, &suspect);
}

/* ---- who receives ---- */

/* Values of one instant are weighed together, with the last. */
static void
observe_next(struct flow *flow, const struct observation *one, bool is_last)
{
	if (is_last)
		engine_observe(flow->engine, one);
	else
		engine_note(flow->engine, one);
}

static void
observe_received(
    struct flow *flow, const struct subject *address, const char *label, uint32_t recipients)
{
	struct {
		enum measure measure;
		int64_t value;
	} seen[] = {
	    {MEASURE_ADDRESS_CATCH_ALL, *label == '@'},
	    {MEASURE_ADDRESS_DELIVERIES, recipients},
	    {MEASURE_ADDRESS_DELIVERY_SHARE, recipients},
	};
	for (size_t i = 0; i < array_length(seen); i++) {
		const struct observation observation = {
		    .measure = seen[i].measure,
		    .subject = *address,
		    .at = flow->now.boot + flow->offset,
		    .value = seen[i].value,
		    .label = label,
		};
		observe_next(flow, &observation, i + 1 == array_length(seen));
	}
	flow_decide(flow);
}

/* Whose mail it is to nobody knows where addresses are not told (accounts.conf): any account
 * may answer it. */
static struct subject
reader(uint32_t account, uint32_t generation)
{
	return (struct subject){KIND_ACCOUNT, account, generation, 0};
}

/* Mail servers tell an address with its brackets, and cleanup(8) without. */
static void
know_writer(struct flow *flow, const struct mailed *mailed, struct subject to)
{
	const char *bare = mailed->sender + (*mailed->sender == '<');
	size_t length = strcspn(bare, ">");
	int64_t now = flow->now.boot + flow->offset;
	char bracketed[sizeof(mailed->sender) + 2];
	snprintf(bracketed, sizeof(bracketed), "<%.*s>", (int)length, bare);
	const struct acquaintance names[] = {
	    {mailed_hash(bare, length), 0}, {mailed_hash(bracketed, length + 2), 0}};
	for (size_t i = 0; length && i < array_length(names); i++)
		acquaintances_add(flow->writers, &to, &names[i], now);
}

/* SECURITY: nobody by what he writes to himself, or who guesses names would first have each of
 * them write to him. */
static void
know_writers(struct flow *flow, const struct mailed *mailed)
{
	for (uint32_t i = 0; i < mailed->received_count; i++) {
		const struct received *received = &mailed->received[i];
		if (received->account != mailed->account)
			know_writer(
			    flow, mailed, reader(received->account, received->generation));
	}
	if (!mailed->received_count && !mailed->account)
		know_writer(flow, mailed, reader(0, 0));
}

static bool
is_writer(const struct flow *flow, const struct mailed *mailed, uint64_t who)
{
	const struct subject own = reader(mailed->account, mailed->generation);
	const struct subject any = reader(0, 0);
	const struct acquaintance one = {who, 0};
	return acquaintances_has(flow->writers, &own, &one) ||
	       acquaintances_has(flow->writers, &any, &one);
}

static void
receive(struct flow *flow, const struct mailed *mailed)
{
	note_receptions(flow->cases, mailed, case_time(flow));
	for (uint32_t i = 0; i < mailed->received_count; i++) {
		const struct received *received = &mailed->received[i];
		struct subject address =
		    address_subject(received->account, received->generation, received->address);
		observe_received(flow, &address, received->address, received->recipients);
	}
	know_writers(flow, mailed);
}

/* ---- what visitors have it do ---- */

static struct observation
observation_of(
    const struct flow *flow, const struct form_sent *sent, enum measure measure, int64_t value)
{
	return (struct observation){
	    .measure = measure,
	    .subject = sent->script,
	    .at = flow->now.boot + flow->offset,
	    .value = value,
	    .label = sent->label,
	};
}

/* A second stranger shows that it was not the visitor himself who got what he wrote. */
static void
tell_named(struct flow *flow, const struct form_sent *sent, const struct forms_named *named)
{
	/* Texts by which two measures' evidence is told apart. */
	static const char chosen[] = "a visitor chose strangers who got what he wrote";
	static const char words[] = "a visitor had it write to strangers of his choice";
	if (named->count < LEAST_NAMED)
		return;
	struct observation open = observation_of(flow, sent, MEASURE_SCRIPT_OPEN_RECIPIENTS, 1);
	if (!sent->request->has_added)
		engine_observe_deed(flow->engine, &open, chosen);
	struct observation one =
	    observation_of(flow, sent, MEASURE_SCRIPT_RELAYED_RECIPIENTS, named->count);
	engine_note_deed(flow->engine, &one, words);
	one.group = named->group;
	for (uint32_t i = 0; i < named->count; i++) {
		one.value = (int64_t)(named->strangers[i] >> 1);
		engine_observe(flow->engine, &one);
	}
}

static void
tell_added(struct flow *flow, const struct form_sent *sent)
{
	struct observation added =
	    observation_of(flow, sent, MEASURE_SCRIPT_HEADER_INJECTIONS, 1);
	engine_observe_deed(
	    flow->engine, &added, "a visitor added a header with recipients of his choice");
}

/*
 * The script that was charged with the mail has to be the one that was asked: a page may ask
 * others of the same account, and what runs behind a visitor's back is not his.
 */
static void
weigh_request(struct flow *flow, const struct mailed *mailed, const struct handing *handing)
{
	const struct mail_request *request = &mailed->request;
	struct forms_named named;
	struct form_sent sent = {
	    .script = {KIND_SCRIPT, mailed->account, mailed->generation, handing->script},
	    .reference = mailed->reference,
	    .request = request,
	};
	if (!mailed->account || !request->id || !handing->script ||
	    handing->starter != STARTER_WEB)
		return;
	sent.label = engine_script(flow->engine, mailed->uid, handing->script);
	if (!*sent.label || mail_request_script(sent.label) != request->script)
		return;
	auto_free char *label = memory_copy_text(sent.label);
	sent.label = label;
	forms_sent(flow->forms, &sent, flow->now.boot + flow->offset, &named);
	tell_named(flow, &sent, &named);
	if (request->has_added && request->stranger_count)
		tell_added(flow, &sent);
	flow_decide(flow);
}

/* What another server of the site hands on was sent there. A login is a person's. */
static void
acquaint(struct flow *flow, const struct mailed *mailed)
{
	const struct form_wrote wrote = {
	    .account = {KIND_ACCOUNT, mailed->account, mailed->generation, 0},
	    .request = &mailed->request,
	    .named_count = mailed->named_count,
	    .named = mailed->named,
	};
	if (mailed->account && !*mailed->login && !is_handed_on(mailed))
		forms_wrote(flow->forms, &wrote, flow->now.boot + flow->offset);
}

/* ---- whom it writes to ---- */

/* A visitor's mails count for him, all others of the script for nobody. */
static void
tell_recipients(struct flow *flow, const struct mailed *mailed, const struct handing *handing)
{
	struct observation one = {
	    .measure = MEASURE_SCRIPT_RECIPIENTS,
	    .subject = {KIND_SCRIPT, mailed->account, mailed->generation, handing->script},
	    .at = flow->now.boot + flow->offset,
	};
	if (!mailed->account || !handing->script || !mailed->named_count)
		return;
	auto_free char *label =
	    memory_copy_text(engine_script(flow->engine, mailed->uid, handing->script));
	one.label = label;
	if (mail_request_script(label) == mailed->request.script)
		one.group = mailed->request.visitor;
	for (uint32_t i = 0; *label && i < mailed->named_count; i++) {
		one.value = (int64_t)(mailed->named[i] >> 1);
		observe_next(flow, &one, i + 1 == mailed->named_count);
	}
	flow_decide(flow);
}

/* ---- from outside ---- */

/* Whom the mail server refused as well as whom it took: of many a few are always gone. */
static void
count(struct flow *flow, const struct mailed *mailed, const struct handing *handing)
{
	struct sent sent = {
	    .reference = mailed->reference,
	    .to = {mailed->to, mailed->domain, mailed->recipients},
	    .is_answer = mailed->recipients == 1 && mailed->named_count == 1 &&
			 is_writer(flow, mailed, mailed->named[0]),
	};
	int64_t now = flow->now.boot + flow->offset;
	if (!find_sender(flow, mailed, handing, &sent))
		return;
	senders_sent(flow->senders, &sent, now);
	for (uint32_t i = 0; i < mailed->astray_count; i++) {
		struct suspect suspect = {0};
		sent.to =
		    (struct recipients){mailed->astray[i].to, mailed->astray[i].domain, 1};
		sent.is_answer = is_writer(flow, mailed, mailed->astray[i].to);
		observe(flow, senders_refused(flow->senders, &sent, now, &suspect), &suspect);
	}
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
	if (passes && !held)
		receive(flow, mailed);
	/* SECURITY: spam can be dressed up as a report. So one counts as any mail of its
	 * sender's, and what the mail server itself says has none. */
	if (passes && *mailed->about)
		hear(flow, mailed);
	if (passes || mailed->astray_count)
		count(flow, mailed, &handing);
	if (passes) {
		tell_recipients(flow, mailed, &handing);
		weigh_request(flow, mailed, &handing);
		acquaint(flow, mailed);
		weigh_rating(flow, mailed);
	}
	return held;
}

void
flow_handing(struct flow *flow, const struct handing *handing, struct moment now)
{
	struct handing here = *handing;
	here.at = now.wall - (now.boot - handing->at);
	handings_add(flow->handings, &here);
}
