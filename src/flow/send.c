/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes out: actions to the hands one by one; notices to one account, that
 * fall within the time of gathering, as one mail. The first goes at once, and
 * so does what tells of something that was done.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "flow/internal.h"

enum {
	MOST_GATHERED = 16,
	MOST_MAILS_GATHERED = 400,
	AGAIN = 5 * 60 * 1000,
	LOOK_AGAIN = 1000 /* ms */
};

bool
is_for_hands(const struct outgoing *out)
{
	return !out->approach && verb_info(out->order->verb)->by != PROCESS_NOTIFIER;
}

struct action
action_of(const struct casefile *casefile, const struct order *order, enum operation operation)
{
	struct action action = {
	    .id = order->world,
	    .case_number = casefile->number,
	    .operation = operation,
	    .verb = order->verb,
	    .resource = order->resource,
	    .amount = order->amount,
	    .subject = case_target(casefile, order->verb),
	};
	record_set_text(
	    action.account_name, sizeof(action.account_name), casefile->account_name);
	if (action.subject.kind == KIND_SCRIPT || action.subject.kind == KIND_FILE ||
	    action.subject.kind == KIND_MAILBOX || action.subject.kind == KIND_MESSAGE ||
	    action.subject.kind == KIND_ADDRESS)
		record_set_text(action.path, sizeof(action.path), casefile->label);
	return action;
}

/* Of a part of an account: it needs to be told whom it is about. */
static bool
is_about_processes(const struct action *action)
{
	return action->operation == OPERATION_APPLY &&
	       ((action->verb == VERB_STOP && action->subject.kind != KIND_ACCOUNT) ||
		   (action->verb == VERB_THROTTLE && action->subject.kind == KIND_PROCESS));
}

/* false: there is nothing to do any more, which was noted as its outcome. */
bool
make_action(struct flow *flow, const struct outgoing *out, struct action *ret_action)
{
	const struct order *order = out->order;
	struct action action =
	    action_of(out->casefile, order, out->release ? OPERATION_RELEASE : OPERATION_APPLY);
	/* No target would mean all processes of the account: far more than the clause says. */
	if (is_about_processes(&action)) {
		action.target_count =
		    engine_targets(flow->engine, &action.subject, action.targets);
		if (!action.target_count) {
			cases_outcome(flow->cases, order->id, out->release, 0,
			    "nothing of it runs any more", case_time(flow));
			return false;
		}
		doer_note(flow, &action);
	}
	*ret_action = action;
	return true;
}

/* ---- mails ---- */

static const struct account *
owner_of(const struct flow *flow, const struct outgoing *out)
{
	const struct subject *subject =
	    out->approach ? &out->approach->subject : &out->casefile->subject;
	const struct account *account =
	    accounts_find_id(flow->rules.accounts, subject->account);
	return account && account->generation == subject->generation ? account : NULL;
}

static bool
is_for_operator(const struct outgoing *out)
{
	return !out->approach &&
	       (out->order->verb == VERB_ALARM || out->order->verb == VERB_AUDIT);
}

static bool
is_urgent(const struct outgoing *out)
{
	return is_for_operator(out) || out->order->notice == NOTICE_ACTED;
}

/* They are told as a list, which may be long. */
static bool
is_about_mail(const struct outgoing *out)
{
	return out->casefile && out->casefile->subject.kind == KIND_MESSAGE;
}

/* What one list is of. */
struct list_key {
	char clause[16];
	uint32_t account;
	uint32_t generation;
};

static struct list_key
list_of(const struct casefile *casefile)
{
	struct list_key key = {
	    .account = casefile->subject.account, .generation = casefile->subject.generation};
	memcpy(key.clause, casefile->clause, strnlen(casefile->clause, sizeof(key.clause) - 1));
	return key;
}

void
lists_forget(struct flow *flow)
{
	map_free(flow->lists);
	flow->lists = NULL;
}

static void
find_lists(struct flow *flow)
{
	const struct casefile *casefile;
	size_t position = 0;
	flow->lists = map_new();
	while ((casefile = cases_next(flow->cases, &position))) {
		if (casefile->subject.kind != KIND_MESSAGE || casefile->told == INT64_MIN ||
		    flow->now.policy - casefile->told >= flow->rules.config->repeat)
			continue;
		struct list_key key = list_of(casefile);
		map_put(flow->lists, &key, sizeof(key), flow);
	}
}

/* Mails come of age one after the other: their owner gets a list of them twice a day at most,
 * and time from then on. */
static bool
had_list_lately(struct flow *flow, const struct outgoing *out)
{
	struct list_key key = list_of(out->casefile);
	if (!flow->lists)
		find_lists(flow);
	return map_find(flow->lists, &key, sizeof(key)) != NULL;
}

static bool
may_mail_now(struct flow *flow, const struct outgoing *out)
{
	const struct account *account = owner_of(flow, out);
	if (is_urgent(out) || !account)
		return true;
	if (is_about_mail(out) && had_list_lately(flow, out))
		return false;
	const int64_t *last = map_find_u64(flow->last_mail, account->id);
	return !last || flow->now.policy - *last >= flow->rules.config->gather;
}

static bool
tells_of_breach(const struct outgoing *out)
{
	return out->order->notice == NOTICE_WARNING || out->order->notice == NOTICE_ACTED;
}

/* What was done at once and what will follow are one mail, if they have one cause. */
static bool
is_one_incident(const struct outgoing *one, const struct outgoing *other)
{
	return one->casefile && other->casefile &&
	       one->casefile->incident == other->casefile->incident && tells_of_breach(one) &&
	       tells_of_breach(other);
}

/* A relay that takes nothing for a day is one matter, however many mails a list had. */
static bool
is_one_alarm(const struct outgoing *one, const struct outgoing *other)
{
	return is_about_mail(one) && is_about_mail(other) &&
	       one->order->verb == other->order->verb &&
	       strcmp(one->casefile->clause, other->casefile->clause) == 0 &&
	       strcmp(one->order->text, other->order->text) == 0;
}

static bool
goes_with(const struct flow *flow, const struct outgoing *one, const struct outgoing *other)
{
	if (is_for_operator(one) && is_for_operator(other))
		return is_one_alarm(one, other) && owner_of(flow, one) == owner_of(flow, other);
	return !is_for_operator(one) && !is_for_operator(other) &&
	       (one->order->notice == other->order->notice || is_one_incident(one, other)) &&
	       owner_of(flow, one) == owner_of(flow, other);
}

static int64_t
deadline_of(const struct outgoing *out)
{
	return out->casefile && out->casefile->due_wall ? out->casefile->due_wall : INT64_MAX;
}

static uint32_t
account_of(const struct outgoing *out)
{
	return out->casefile ? out->casefile->subject.account : out->approach->subject.account;
}

/* In the order in which they were ordered; the first one is among them, however many wait. */
static size_t
collect(struct flow *flow, const struct outgoing *first,
    struct outgoing orders[MOST_MAILS_GATHERED])
{
	size_t room = is_about_mail(first) ? MOST_MAILS_GATHERED : MOST_GATHERED;
	size_t count = 0;
	uint64_t from = 0;
	struct outgoing out;
	bool met = false;
	while (cases_next_outgoing(flow->cases, account_of(first), &from, &out) &&
	       out.sequence <= flow->durable) {
		bool is_first = out.order == first->order;
		met |= is_first;
		if (count + !met == room)
			continue;
		if (is_first || (!is_for_hands(&out) && goes_with(flow, first, &out)))
			orders[count++] = out;
		if (count == room)
			break;
	}
	return count;
}

/* The first gives the id; the one with the nearest date, the words. */
static size_t
gather(struct flow *flow, const struct outgoing *first,
    struct outgoing orders[MOST_MAILS_GATHERED])
{
	orders[0] = *first;
	if (is_for_operator(first) && !is_about_mail(first))
		return 1;
	size_t count = collect(flow, first, orders);
	size_t nearest = 0;
	for (size_t i = 1; i < count; i++)
		if (deadline_of(&orders[i]) < deadline_of(&orders[nearest]))
			nearest = i;
	struct outgoing swapped = orders[0];
	orders[0] = orders[nearest];
	orders[nearest] = swapped;
	return count;
}

static void
remember_mail(struct flow *flow, const struct outgoing *orders, size_t count, uint64_t id)
{
	struct mail *mail = memory_new(1, sizeof(*mail) + count * sizeof(mail->orders[0]));
	mail->id = id;
	mail->count = count;
	for (size_t i = 0; i < count; i++) {
		mail->orders[i] = orders[i].order->id;
		cases_sent(flow->cases, &orders[i], flow->now.policy);
	}
	free(map_put_u64(flow->mails, id, mail));
	const struct account *account = owner_of(flow, &orders[0]);
	if (!account || is_for_operator(&orders[0]))
		return;
	int64_t *last = memory_new(1, sizeof(*last));
	*last = flow->now.policy;
	free(map_put_u64(flow->last_mail, account->id, last));
}

/* An owner whom no mail can reach: as if it had bounced. */
static bool
is_unreachable(struct flow *flow, const struct outgoing *out)
{
	const struct account *account = owner_of(flow, out);
	if (is_for_operator(out) || (account && *account->contact))
		return false;
	uint64_t id = out->order->id;
	cases_sent(flow->cases, out, flow->now.policy);
	cases_outcome(flow->cases, id, false, -ENXIO, "no address of the owner is known",
	    case_time(flow));
	return true;
}

void
look_anew(struct flow *flow)
{
	lists_forget(flow);
	flow->notices_from = 0;
	flow->look_due = flow->now.policy + LOOK_AGAIN;
}

/*
 * Asked after every message. There may be thousands of notices that wait for hours: only what
 * was ordered since is looked at each time, and all of it once a second.
 */
bool
flow_next_notice(struct flow *flow, struct arena *arena, struct notice *ret_notice)
{
	struct outgoing out;
	if (flow->now.policy >= flow->look_due)
		look_anew(flow);
	uint64_t from = flow->notices_from;
	while (
	    cases_next_outgoing(flow->cases, 0, &from, &out) && out.sequence <= flow->durable) {
		flow->notices_from = from;
		if (is_for_hands(&out) || !may_mail_now(flow, &out) ||
		    is_unreachable(flow, &out))
			continue;
		struct outgoing orders[MOST_MAILS_GATHERED];
		size_t count = gather(flow, &out, orders);
		make_notice(flow, arena, orders, count, ret_notice);
		ret_notice->id = out.order->id;
		remember_mail(flow, orders, count, out.order->id);
		return true;
	}
	return false;
}

void
flow_delivery(struct flow *flow, const struct delivery *delivery, struct moment now)
{
	flow_at(flow, now);
	struct case_time time = case_time(flow);
	struct mail *mail = map_find_u64(flow->mails, delivery->notice);
	lists_forget(flow);
	if (delivery->status == -EAGAIN) {
		if (mail)
			mail->again = now.policy + AGAIN;
		return;
	}
	/* Of a mail of before a restart only the first order is known. */
	if (!mail) {
		cases_outcome(flow->cases, delivery->notice, false, delivery->status,
		    delivery->text, time);
		return;
	}
	map_remove_u64(flow->mails, delivery->notice);
	for (size_t i = 0; i < mail->count; i++)
		cases_outcome(flow->cases, mail->orders[i], false, delivery->status,
		    delivery->text, time);
	free(mail);
}

/* What the notifier gave up for now is offered again, under the same id. */
void
send_again(struct flow *flow)
{
	size_t position = 0;
	for (struct mail *mail; (mail = map_next(flow->mails, &position));) {
		if (!mail->again || mail->again > flow->now.policy)
			continue;
		map_remove_u64(flow->mails, mail->id);
		for (size_t i = 0; i < mail->count; i++)
			cases_send_again(flow->cases, mail->orders[i]);
		free(mail);
	}
}

void
mails_free(struct flow *flow)
{
	size_t position = 0;
	for (struct mail *mail; (mail = map_next(flow->mails, &position));)
		free(mail);
	map_free(flow->mails);
	position = 0;
	for (int64_t *last; (last = map_next(flow->last_mail, &position));)
		free(last);
	map_free(flow->last_mail);
	lists_forget(flow);
}
