/* SPDX-License-Identifier: Apache-2.0 */
/* How a case ends, and what is then taken back. */
#include <string.h>

#include "cases/internal.h"

enum { EXPIRES = 90 };

/* A hold that keeps the subject from breaking the clause says nothing about a cure. */
static bool
is_bound(const struct casefile *casefile)
{
	for (size_t i = 0; i < casefile->order_count; i++)
		if (verb_info(casefile->orders[i].verb)->binding &&
		    order_may_stand(&casefile->orders[i]))
			return true;
	return false;
}

static int64_t
last_stir(const struct casefile *casefile)
{
	int64_t last = casefile->began;
	for (size_t i = 0; i < casefile->order_count; i++)
		if (casefile->orders[i].at > last)
			last = casefile->orders[i].at;
	for (size_t i = 0; i < casefile->exhibit_count; i++)
		if (casefile->exhibits[i].at > last)
			last = casefile->exhibits[i].at;
	return last;
}

static bool
ends_by_keeping(const struct ends *ends)
{
	return ends->kept || ends->when || (!ends->by_owner && !ends->by_operator);
}

static bool
is_kept(struct cases *cases, const struct clause *clause, const struct casefile *casefile,
    struct case_time now)
{
	const struct ends *ends = &clause->ends;
	if (ends->when)
		return cases->senses.weigh_end(
			   cases->senses.context, clause, &casefile->subject) == VERDICT_TRUE;
	return ends_by_keeping(ends) && casefile->verdict == VERDICT_FALSE &&
	       casefile->false_since != NEVER &&
	       now.policy - casefile->false_since >= ends->kept_for;
}

static bool
is_single_event(const struct comparison *comparison)
{
	return comparison->measure >= 0 && comparison->window == WINDOW_NONE &&
	       measure_info((enum measure)comparison->measure)->class == CLASS_EVENT;
}

/* What is done in an instant says nothing of the time after it, so nobody can know it kept. */
static bool
may_be_known_kept(const struct condition *condition)
{
	bool all = true, any = false;
	if (condition->kind == CONDITION_COMPARISON)
		return !is_single_event(&condition->comparison);
	for (size_t i = 0; i < condition->count; i++) {
		bool part = may_be_known_kept(&condition->parts[i]);
		all &= part;
		any |= part;
	}
	return condition->kind == CONDITION_AND ? any : all;
}

bool
ends_when_kept(const struct clause *clause, const struct casefile *casefile)
{
	return !is_bound(casefile) && ends_by_keeping(&clause->ends) &&
	       may_be_known_kept(clause->ends.when ? clause->ends.when : clause->when);
}

bool
has_ended(struct cases *cases, struct casefile *casefile, struct case_time now,
    const char **ret_reason)
{
	const struct clause *clause = clause_of(cases, casefile);
	const struct account *account = account_of(cases, casefile);
	*ret_reason = NULL;
	if (!clause)
		*ret_reason = "dropped";
	else if (casefile->subject.account && !account)
		*ret_reason = "gone";
	else if (is_exempt(cases, clause, account, casefile->label, now.wall))
		*ret_reason = "excepted";
	else if (account && !accounts_may_act(cases->rules.accounts, account))
		*ret_reason = "lifted";
	else if (!is_bound(casefile) && is_kept(cases, clause, casefile, now))
		*ret_reason = "cured";
	else if (casefile->verdict != VERDICT_TRUE && !case_holds(casefile) &&
		 now.policy - last_stir(casefile) > EXPIRES * (int64_t)DAY)
		*ret_reason = "expired";
	return *ret_reason != NULL;
}

/* Taken back in the world only by the last claim; the others just let go. */
static void
let_go(struct cases *cases, struct casefile *casefile, const struct order *order,
    struct case_time now)
{
	const struct casefile *holder = NULL;
	const struct order *other = other_claim(cases, casefile, order, &holder);
	struct record record = draft(other ? RECORD_RELEASED : RECORD_RELEASE, casefile, now);
	record.action = order->id;
	record.verb_plus_one = order->verb + 1;
	record.resource = order->resource;
	record_set_text(
	    record.verb_name, sizeof(record.verb_name), verb_info(order->verb)->name);
	if (other) {
		record_set_text(record.reason, sizeof(record.reason), "shared");
		record_set_text(
		    record.text, sizeof(record.text), "another case still asks for it");
	}
	int64_t amount = order->amount;
	emit(cases, &record);
	if (other && other->amount > amount)
		order_again(cases, file_of(cases, holder->number), other, now);
}

bool
holds_after_end(const struct casefile *casefile)
{
	for (size_t i = 0; i < casefile->order_count; i++)
		if (casefile->orders[i].state == ORDER_DONE && !claims(&casefile->orders[i]) &&
		    can_be_undone(&casefile->orders[i]))
			return !case_is_open(casefile);
	return false;
}

void
undo_after_end(struct cases *cases, struct casefile *casefile,
    const struct case_request *request, struct case_time now)
{
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		if (order->state != ORDER_DONE || claims(order) || !can_be_undone(order))
			continue;
		struct record record = draft(RECORD_RELEASE, casefile, now);
		record.action = order->id;
		record.verb_plus_one = order->verb + 1;
		record.resource = order->resource;
		record_set_text(
		    record.verb_name, sizeof(record.verb_name), verb_info(order->verb)->name);
		record_set_text(record.actor, sizeof(record.actor), request->actor);
		record_set_text(
		    record.text, sizeof(record.text), request->note ? request->note : "");
		emit(cases, &record);
	}
}

static bool
knows_of_it(const struct casefile *casefile)
{
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		if (warns(order) && order->episode == casefile->episode &&
		    (order->state == ORDER_DONE || order->state == ORDER_ORDERED))
			return true;
	}
	return false;
}

static void
tell_release(struct cases *cases, struct casefile *casefile, struct case_time now)
{
	struct record record = draft(RECORD_ACTION, casefile, now);
	record.verb_plus_one = VERB_WARN + 1;
	record_set_text(record.verb_name, sizeof(record.verb_name), verb_info(VERB_WARN)->name);
	record_set_text(
	    record.reason, sizeof(record.reason), notice_kind_name(NOTICE_RELEASED));
	record.ladder = casefile->ladder;
	record.action = order_id(casefile, MOST_STEPS, 0);
	emit(cases, &record);
}

/* What staff say to the owner in a case, mailed beside its ladder. */
void
tell_reply(struct cases *cases, const struct casefile *casefile, const char *text,
    struct case_time now)
{
	static const uint8_t key[16] = "hayward reply id";
	uint64_t words[] = {casefile->number, cases->sequence};
	if (!account_of(cases, casefile) || mode_of_host(cases) < MODE_WARN)
		return;
	struct record record = draft(RECORD_ACTION, casefile, now);
	record.action = siphash(key, words, sizeof(words)) | 1;
	record.verb_plus_one = VERB_WARN + 1;
	record.ladder = casefile->ladder;
	record_set_text(record.verb_name, sizeof(record.verb_name), verb_info(VERB_WARN)->name);
	record_set_text(record.reason, sizeof(record.reason), notice_kind_name(NOTICE_REPLY));
	record_set_text(record.text, sizeof(record.text), text);
	emit(cases, &record);
}

void
close_case(struct cases *cases, struct casefile *casefile, const struct closing *closing,
    struct case_time now)
{
	bool known = knows_of_it(casefile);
	struct record record = draft(RECORD_CLOSED, casefile, now);
	record_set_text(record.reason, sizeof(record.reason), closing->reason);
	record_set_text(record.actor, sizeof(record.actor), closing->actor);
	record_set_text(record.text, sizeof(record.text), closing->note);
	emit(cases, &record);
	cases->senses.ended(cases->senses.context, casefile);
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		bool undone = claims(order) ||
			      (strcmp(closing->reason, "lifted") == 0 && can_be_undone(order));
		if (undone && order_may_stand(order))
			let_go(cases, casefile, order, now);
	}
	/* Who deletes a mail of a list knows it. */
	if (known && casefile->subject.kind != KIND_MESSAGE && account_of(cases, casefile))
		tell_release(cases, casefile, now);
}
