/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The circuit breaker. A limit mistyped, a sensor gone mad: then the terms are
 * broken by everybody at once, and executing them would be the worse damage.
 * When more accounts than usual would be acted on within an hour, nothing more
 * is done until staff have looked; what comes due meanwhile waits in their
 * queue. What is told goes on, and so does everything that takes back.
 *
 *     closed --(one account too many)--> tripped --(staff: resume or drop)--> closed
 *
 * Who was acted on is not counted anywhere: the orders of the casefiles tell.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cases/internal.h"

static bool
counts(const struct cases *cases, const struct order *order, struct case_time now)
{
	/* What staff decided themselves is no machine running wild. */
	return verb_info(order->verb)->by == PROCESS_ENFORCER && order->ordered > 0 &&
	       !order->ask && order->ordered > cases->breaker.from &&
	       now.policy - order->ordered < HOUR;
}

static bool
was_acted_on(const struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	for (size_t i = 0; i < casefile->order_count; i++)
		if (counts(cases, &casefile->orders[i], now))
			return true;
	return false;
}

static int
compare_accounts(const void *one, const void *other)
{
	uint32_t first = *(const uint32_t *)one, second = *(const uint32_t *)other;
	return (first > second) - (first < second);
}

/* Different accounts acted on within the hour; ret_included: this one is among them. */
static int64_t
count_accounts(
    const struct cases *cases, uint32_t account, struct case_time now, bool *ret_included)
{
	auto_free uint32_t *seen = memory_new(cases->file_count + 1, sizeof(*seen));
	size_t count = 0;
	int64_t different = 0;
	*ret_included = false;
	for (size_t i = 0; i < cases->file_count; i++)
		if (was_acted_on(cases, cases->files[i], now))
			seen[count++] = cases->files[i]->subject.account;
	qsort(seen, count, sizeof(*seen), compare_accounts);
	for (size_t i = 0; i < count; i++) {
		different += i == 0 || seen[i] != seen[i - 1];
		*ret_included = *ret_included || seen[i] == account;
	}
	return different;
}

int64_t
cases_breaker_limit(const struct cases *cases)
{
	const struct config *config = cases->rules.config;
	int64_t part =
	    (int64_t)accounts_count(cases->rules.accounts) * config->breaker_percent / 100;
	if (part < config->breaker_least)
		part = config->breaker_least;
	return part < config->breaker_accounts ? part : config->breaker_accounts;
}

static void
trip(struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	auto_str words = {0};
	str_addf(&words,
	    "more than %lld accounts would be acted on within an hour: nothing more is done "
	    "until "
	    "staff have looked (hayward breaker)",
	    (long long)cases_breaker_limit(cases));
	struct record record = draft(RECORD_BREAKER, NULL, now);
	record_set_text(record.reason, sizeof(record.reason), "tripped");
	record_set_text(record.text, sizeof(record.text), str_text(&words));
	emit(cases, &record);
	raise_alarm(cases, casefile, str_text(&words), now);
}

bool
breaker_halts(struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	bool included;
	if (cases->breaker.tripped)
		return true;
	if (!cases->rules.config->breaker_accounts)
		return false;
	int64_t accounts = count_accounts(cases, casefile->subject.account, now, &included);
	if (included || accounts < cases_breaker_limit(cases))
		return false;
	trip(cases, casefile, now);
	return true;
}

void
apply_breaker(struct cases *cases, const struct record *record)
{
	bool tripped = strcmp(record->reason, "tripped") == 0;
	cases->breaker = (struct breaker){
	    .tripped = tripped,
	    .since = record->wall,
	    .from = tripped ? cases->breaker.from : record->at,
	};
}

struct breaker
cases_breaker(const struct cases *cases)
{
	return cases->breaker;
}

static bool
waits_for_breaker(const struct order *order)
{
	return order->state == ORDER_ASKED && strcmp(order->reason, "breaker") == 0;
}

/* It is weighed afresh: what was mended while the breaker held is not done any more. */
static bool
is_still_broken(struct cases *cases, const struct casefile *casefile)
{
	const struct clause *clause = clause_of(cases, casefile);
	return clause &&
	       cases->senses.weigh(cases->senses.context, clause, &casefile->subject).verdict ==
		   VERDICT_TRUE;
}

static void
settle(struct cases *cases, struct casefile *casefile, uint64_t id, bool go_on,
    const struct case_request *request, struct case_time now)
{
	const struct order *order = find_order(casefile, id);
	bool done = go_on && is_still_broken(cases, casefile);
	struct record record = draft(done ? RECORD_APPROVED : RECORD_REFUSED, casefile, now);
	record.action = id;
	record.verb_plus_one = order->verb + 1;
	record_set_text(
	    record.verb_name, sizeof(record.verb_name), verb_info(order->verb)->name);
	record_set_text(record.reason, sizeof(record.reason), "breaker");
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text),
	    go_on && !done ? "the clause is kept by now" : request->note);
	emit(cases, &record);
	if (done)
		order_again(cases, casefile, find_order(casefile, id), now);
}

/* Oldest case first; what is settled leaves the queue, so each turn looks anew. */
static size_t
settle_all(
    struct cases *cases, bool go_on, const struct case_request *request, struct case_time now)
{
	size_t settled = 0;
	for (size_t i = 0; i < cases->file_count; i++) {
		struct casefile *casefile = cases->files[i];
		for (size_t o = 0; o < casefile->order_count; o++) {
			if (!waits_for_breaker(&casefile->orders[o]))
				continue;
			settle(cases, casefile, casefile->orders[o].id, go_on, request, now);
			settled++;
		}
	}
	return settled;
}

int
reset_breaker(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text)
{
	bool go_on = request->verb == REQUEST_BREAKER_RESUME;
	if (!cases->breaker.tripped) {
		str_add(ret_text, "the breaker has not tripped");
		return -EINVAL;
	}
	size_t settled = settle_all(cases, go_on, request, now);
	struct record record = draft(RECORD_BREAKER, NULL, now);
	record_set_text(record.reason, sizeof(record.reason), go_on ? "resumed" : "dropped");
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	emit(cases, &record);
	str_addf(ret_text, "the breaker is closed; %zu action%s that waited %s", settled,
	    settled == 1 ? "" : "s",
	    go_on ? "came to what their clauses say now" : "will not be done");
	return 0;
}
