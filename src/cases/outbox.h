/* SPDX-License-Identifier: Apache-2.0 */
/* What the cases ordered, on its way out. */
#ifndef CASES_OUTBOX_H
#define CASES_OUTBOX_H

#include "cases/cases.h"

/* What waits to go out: an order of a case, or of an approach. */
struct outgoing {
	uint64_t sequence;		 /* of its record: not before that is durable */
	const struct casefile *casefile; /* NULL: an approach */
	const struct approach *approach; /* NULL: a case */
	const struct order *order;
	bool release;
};

/*
 * Walks what waits to go out, in the order in which it was ordered, from the sequence *from
 * on, which begins at 0; false at the end. Who keeps *from meets later only what was ordered
 * since; what is offered again comes in where it was. account: of which alone; 0: of all.
 */
bool cases_next_outgoing(
    const struct cases *cases, uint32_t account, uint64_t *from, struct outgoing *ret);

/* Whoever has to do it has it now, at this policy time. */
void cases_sent(struct cases *cases, const struct outgoing *out, int64_t policy);

/* Offers an order again that found nobody to take it. */
void cases_send_again(struct cases *cases, uint64_t order);

/* As bytes, and back: for how long the notifier has had what it has not delivered. */
void cases_encode_held(const struct cases *cases, struct str *out);
void cases_decode_held(struct cases *cases, struct wire_reader *reader);

#endif
