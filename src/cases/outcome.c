/* SPDX-License-Identifier: Apache-2.0 */
/* What the hands and the relay say came of an order. */
#include <errno.h>
#include <string.h>

#include "cases/internal.h"
#include "cases/orders.h"

/* The case and its order that went out under this id and has no answer yet. */
static struct order *
find_waiting(
    const struct cases *cases, uint64_t id, bool release, struct casefile **ret_casefile)
{
	/* Hundreds of notices are answered at once; what is told is no other case's. */
	struct order *known = order_of(cases, id, ret_casefile);
	if (known && verb_info(known->verb)->by == PROCESS_NOTIFIER)
		return !release && known->state == ORDER_ORDERED ? known : NULL;
	for (size_t i = cases->file_count; i-- > 0;) {
		struct casefile *casefile = cases->files[i];
		for (size_t o = casefile->order_count; o-- > 0;) {
			struct order *order = &casefile->orders[o];
			if (order->world != id ||
			    order->state != (release ? ORDER_RELEASING : ORDER_ORDERED))
				continue;
			*ret_casefile = casefile;
			return order;
		}
	}
	return NULL;
}

/* A notice given up for lost that arrived after all. */
static struct order *
find_late(const struct cases *cases, uint64_t id, struct casefile **ret_casefile)
{
	struct order *order = order_of(cases, id, ret_casefile);
	return order && order->verb == VERB_WARN && order->state == ORDER_ASKED &&
		       strcmp(order->reason, "undelivered") == 0
		   ? order
		   : NULL;
}

static const char *
why(const struct order *order, int64_t status)
{
	if (order->verb == VERB_WARN)
		return "undelivered";
	switch (status) {
	case -ENOTSUP:
		return "unavailable";
	case -EPERM:
		return "refused";
	default:
		return "failed";
	}
}

static void
record_outcome(struct cases *cases, struct casefile *casefile, const struct order *order,
    int64_t status, const char *text, struct case_time now)
{
	struct record record = draft(RECORD_OUTCOME, casefile, now);
	record.action = order->id;
	record.episode = order->episode;
	record.verb_plus_one = order->verb + 1;
	record.status = status;
	if (casefile->not_before == NEVER)
		record.due = now.policy + DAY / clock_rate(cases);
	record_set_text(
	    record.verb_name, sizeof(record.verb_name), verb_info(order->verb)->name);
	record_set_text(record.text, sizeof(record.text), text);
	if (status)
		record_set_text(record.reason, sizeof(record.reason), why(order, status));
	bool waits = status && !casefile->closed && verb_info(order->verb)->when == WHEN_STEP &&
		     (warns(order) || verb_info(order->verb)->by != PROCESS_NOTIFIER);
	auto_str words = {0};
	str_addf(
	    &words, "%s: %s; the case waits for staff", verb_info(order->verb)->name, text);
	emit(cases, &record);
	if (waits)
		raise_alarm(cases, casefile, str_text(&words), now);
}

static void
record_release(struct cases *cases, struct casefile *casefile, const struct order *order,
    int64_t status, const char *text, struct case_time now)
{
	struct record record = draft(RECORD_RELEASED, casefile, now);
	record.action = order->id;
	record.verb_plus_one = order->verb + 1;
	record.resource = order->resource;
	record.status = status;
	record_set_text(
	    record.verb_name, sizeof(record.verb_name), verb_info(order->verb)->name);
	record_set_text(record.text, sizeof(record.text), text);
	auto_str words = {0};
	str_addf(&words, "%s could not be taken back: %s", verb_info(order->verb)->name, text);
	emit(cases, &record);
	if (status)
		raise_alarm(cases, casefile, str_text(&words), now);
}

static bool
is_approach(
    struct cases *cases, uint64_t id, int64_t status, const char *text, struct case_time now)
{
	for (size_t i = 0; i < cases->approach_count; i++) {
		const struct approach *approach = cases->approaches[i];
		if (approach->order.id != id || approach->order.state != ORDER_ORDERED)
			continue;
		struct record record = draft(RECORD_OUTCOME, NULL, now);
		record.action = id;
		record.status = status;
		record_set_text(record.clause, sizeof(record.clause), approach->clause);
		record_set_text(
		    record.account_name, sizeof(record.account_name), approach->account_name);
		record_set_text(record.text, sizeof(record.text), text);
		emit(cases, &record);
		return true;
	}
	return false;
}

void
cases_outcome(struct cases *cases, uint64_t id, bool release, int64_t status, const char *text,
    struct case_time now)
{
	struct casefile *casefile = NULL;
	struct order *order = find_waiting(cases, id, release, &casefile);
	if (!order && !release && !status)
		order = find_late(cases, id, &casefile);
	if (!order) {
		(void)is_approach(cases, id, status, text, now);
		return;
	}
	if (release)
		record_release(cases, casefile, order, status, text, now);
	else
		record_outcome(cases, casefile, order, status, text, now);
}
