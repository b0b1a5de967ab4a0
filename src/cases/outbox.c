/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits to go out, in the order of the records that ordered it. Of stored mail there
 * may be thousands of warnings that wait for days, since their owners get a list of them
 * twice a day; so nothing here may cost more for each message than a look at a number.
 *
 *     ordered ──enqueue()──▶ waits ──cases_sent()──▶ handed over ──outcome──▶ done
 *                              ▲                          │
 *                              └──cases_send_again()──────┘
 */
#include "cases/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cases/orders.h"

enum { FEW = 64 };

/* Longer than any life of a host, and far from overflow. */
static const int64_t most_held = INT64_C(1) << 51;

struct queued {
	uint64_t sequence; /* of the record that ordered it */
	uint64_t order;	   /* 0: it went out */
	uint32_t account;
};

/* ---- orders by their ids ---- */

void
know_order(struct cases *cases, struct casefile *casefile, const struct order *order)
{
	map_put_u64(cases->orders, order->id, casefile);
}

void
forget_orders(struct cases *cases, const struct casefile *casefile)
{
	for (size_t i = 0; i < casefile->order_count; i++)
		if (map_find_u64(cases->orders, casefile->orders[i].id) == casefile)
			map_remove_u64(cases->orders, casefile->orders[i].id);
}

struct order *
order_of(const struct cases *cases, uint64_t id, struct casefile **ret_casefile)
{
	struct casefile *casefile = map_find_u64(cases->orders, id);
	struct order *order = casefile ? find_order(casefile, id) : NULL;
	if (order)
		*ret_casefile = casefile;
	return order;
}

static bool
find_outgoing(const struct cases *cases, uint64_t id, struct outgoing *out)
{
	struct casefile *casefile;
	const struct order *order = order_of(cases, id, &casefile);
	if (order) {
		*out = (struct outgoing){.casefile = casefile, .order = order};
		return true;
	}
	for (size_t i = 0; i < cases->approach_count; i++) {
		const struct approach *approach = cases->approaches[i];
		if (approach->order.id != id)
			continue;
		*out = (struct outgoing){.approach = approach, .order = &approach->order};
		return true;
	}
	return false;
}

/* What was taken back or answered before it went out never goes: who orders it again makes
 * another record. */
static bool
find_queued(const struct cases *cases, const struct queued *queued, struct outgoing *out)
{
	if (!queued->order || !find_outgoing(cases, queued->order, out) ||
	    out->order->sequence != queued->sequence)
		return false;
	out->sequence = queued->sequence;
	out->release = out->order->state == ORDER_RELEASING;
	return out->release || out->order->state == ORDER_ORDERED;
}

/* ---- the outbox ---- */

void
forget_waiting(struct cases *cases)
{
	struct outgoing out;
	size_t kept = 0;
	for (size_t i = 0; i < cases->outbox_count; i++)
		if (find_queued(cases, &cases->outbox[i], &out))
			cases->outbox[kept++] = cases->outbox[i];
	cases->outbox_count = kept;
	cases->outbox_gone = 0;
}

/* What is new is the last; what is offered again comes in where it was. */
void
enqueue(struct cases *cases, const struct subject *subject, const struct order *order)
{
	if (cases->outbox_gone > FEW && cases->outbox_gone > cases->outbox_count / 2)
		forget_waiting(cases);
	memory_grow(&cases->outbox, cases->outbox_count, &cases->outbox_capacity,
	    sizeof(*cases->outbox));
	size_t at = cases->outbox_count++;
	for (; at > 0 && cases->outbox[at - 1].sequence > order->sequence; at--)
		cases->outbox[at] = cases->outbox[at - 1];
	cases->outbox[at] = (struct queued){order->sequence, order->id, subject->account};
}

static size_t
first_from(const struct cases *cases, uint64_t sequence)
{
	size_t low = 0, high = cases->outbox_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (cases->outbox[middle].sequence < sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
cases_next_outgoing(
    const struct cases *cases, uint32_t account, uint64_t *from, struct outgoing *ret)
{
	for (size_t i = first_from(cases, *from); i < cases->outbox_count; i++) {
		const struct queued *queued = &cases->outbox[i];
		struct outgoing out;
		*from = queued->sequence + 1;
		if ((account && queued->account != account) ||
		    !find_queued(cases, queued, &out))
			continue;
		*ret = out;
		return true;
	}
	return false;
}

static void
take_out(struct cases *cases, const struct outgoing *out)
{
	for (size_t i = first_from(cases, out->sequence);
	     i < cases->outbox_count && cases->outbox[i].sequence == out->sequence; i++)
		if (cases->outbox[i].order == out->order->id) {
			cases->outbox[i].order = 0;
			cases->outbox_gone++;
		}
}

/* A second try does not make it younger. */
void
cases_sent(struct cases *cases, const struct outgoing *out, int64_t policy)
{
	struct casefile *casefile;
	struct order *order = order_of(cases, out->order->id, &casefile);
	take_out(cases, out);
	if (order && !order->handed && verb_info(order->verb)->by == PROCESS_NOTIFIER)
		order->handed = policy > 0 ? policy : 1;
}

void
cases_send_again(struct cases *cases, uint64_t order)
{
	struct outgoing out;
	if (find_outgoing(cases, order, &out))
		enqueue(cases, out.casefile ? &out.casefile->subject : &out.approach->subject,
		    out.order);
}

/* ---- for how long the notifier has it ---- */

/*
 * What had not been delivered when everything stopped waits for its turn once more, perhaps
 * for days: the time until then says nothing of the relay.
 */
void
let_wait(struct order *order, struct case_time now)
{
	if (order->handed && now.policy > order->handed)
		order->held += now.policy - order->handed;
	order->handed = 0;
}

bool
is_overdue(const struct cases *cases, const struct order *order, struct case_time now)
{
	return order->verb == VERB_WARN && order->state == ORDER_ORDERED && order->handed &&
	       now.policy - order->handed + order->held >=
		   cases->rules.config->undelivered / clock_rate(cases);
}

static int64_t
held(const struct cases *cases, const struct order *order)
{
	if (order->verb != VERB_WARN || order->state != ORDER_ORDERED)
		return 0;
	bool has = order->handed && cases->ticked > order->handed;
	return order->held + (has ? cases->ticked - order->handed : 0);
}

static void
put_held(const struct cases *cases, const struct casefile *casefile, struct str *out)
{
	for (size_t i = 0; i < casefile->order_count; i++) {
		int64_t span = held(cases, &casefile->orders[i]);
		if (!span)
			continue;
		wire_put_u64(out, casefile->orders[i].id);
		wire_put_i64(out, span);
	}
}

void
cases_encode_held(const struct cases *cases, struct str *out)
{
	auto_str spans = {0};
	for (size_t i = 0; i < cases->file_count; i++)
		put_held(cases, cases->files[i], &spans);
	wire_put_u32(out, (uint32_t)(spans.length / (2 * sizeof(uint64_t))));
	str_add_bytes(out, spans.data, spans.length);
}

void
cases_decode_held(struct cases *cases, struct wire_reader *reader)
{
	uint32_t count = wire_get_count(reader, 2 * sizeof(uint64_t));
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		struct casefile *casefile;
		struct order *order = order_of(cases, wire_get_u64(reader), &casefile);
		int64_t span = wire_get_i64(reader);
		if (!order || span < 0 || span >= most_held)
			reader->failed = true;
		else
			order->held = span;
	}
}
