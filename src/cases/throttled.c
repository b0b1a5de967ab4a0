/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A throttled account gets what its throttle lets pass. What is measured beyond
 * that came past a throttle that did not bind, which is our fault and not the
 * account's: no step that hurts more follows from it. Staff are told once.
 *
 * That is so of processor time only. Memory that was held before the throttle is
 * held still, and its owner could let go of it.
 */
#include <string.h>

#include "cases/internal.h"
#include "model/quantity.h"

enum { WHOLE_HOST = 10000 }; /* hundredths of a percent */

/*
 * What the account may have used at most over as long as the finding looks back: what the
 * throttle lets pass since it is in force, and all of the host before. A throttle's own
 * edge is a fifth of its amount, so no more than that beyond the limit is no breach.
 */
static bool
keeps_it(const struct order *order, const struct finding *finding, struct case_time now)
{
	int64_t window = finding->window > 0 ? finding->window : 1;
	int64_t since = now.policy - order->at < window ? now.policy - order->at : window;
	int64_t most = (order->amount * since + WHOLE_HOST * (window - since)) / window;
	return most <= finding->limit + finding->limit / 5;
}

/* In this case, or of the whole account in whichever other one. */
static const struct order *
find_binding(const struct cases *cases, const struct casefile *casefile,
    const struct finding *finding, struct case_time now)
{
	if (finding->measure < 0 ||
	    measure_info((enum measure)finding->measure)->resource != RESOURCE_CPU)
		return NULL;
	for (size_t i = 0; i < cases->file_count; i++) {
		const struct casefile *other = cases->files[i];
		if (!case_is_open(other) ||
		    other->subject.account != casefile->subject.account ||
		    (other != casefile && other->subject.kind != KIND_ACCOUNT))
			continue;
		for (size_t o = 0; o < other->order_count; o++) {
			const struct order *order = &other->orders[o];
			if (order->verb == VERB_THROTTLE && order->state == ORDER_DONE &&
			    order->resource == RESOURCE_CPU && keeps_it(order, finding, now))
				return order;
		}
	}
	return NULL;
}

/* A brake that this host does not have, or that failed: the case waits for staff. */
static bool
brake_failed(const struct casefile *casefile)
{
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		if (order->verb == VERB_THROTTLE && order->state == ORDER_ASKED &&
		    order->episode == casefile->episode &&
		    (!strcmp(order->reason, "unavailable") || !strcmp(order->reason, "failed")))
			return true;
	}
	return false;
}

static void
tell_staff(struct cases *cases, struct casefile *casefile, const struct finding *finding,
    const struct order *throttle, struct case_time now)
{
	auto_str words = {0};
	if (casefile->unbound_told)
		return;
	casefile->unbound_told = true;
	str_add(&words, "a throttle does not bind: ");
	quantity_add(&words, UNIT_PERCENT, finding->value);
	str_add(&words, " is measured, where ");
	quantity_add(&words, UNIT_PERCENT, throttle->amount);
	str_add(&words, " is let pass; no further step follows from that");
	raise_alarm(cases, casefile, str_text(&words), now);
}

bool
waits_for_throttle(struct cases *cases, struct casefile *casefile,
    const struct finding *finding, struct case_time now)
{
	const struct case_step *step = case_next_step(casefile);
	if (!step || casefile->next_step == 0 || only_eases(step))
		return false;
	if (brake_failed(casefile))
		return true;
	const struct order *throttle = find_binding(cases, casefile, finding, now);
	if (throttle)
		tell_staff(cases, casefile, finding, throttle, now);
	return throttle != NULL;
}
