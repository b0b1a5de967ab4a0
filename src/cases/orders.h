/* SPDX-License-Identifier: Apache-2.0 */
/* Orders by their ids, and what of them waits to go out; see outbox.c. Only for cases/. */
#ifndef CASES_ORDERS_H
#define CASES_ORDERS_H

#include "cases/internal.h"

/* An order of this case has this id from now on; none of the case's has one any more. */
void know_order(struct cases *cases, struct casefile *casefile, const struct order *order);
void forget_orders(struct cases *cases, const struct casefile *casefile);

/* The order of that id, if it is a case's, or NULL. */
struct order *order_of(const struct cases *cases, uint64_t id, struct casefile **ret_casefile);

/* It waits to go out, as ordered last; the subject is its case's or its approach's. */
void enqueue(struct cases *cases, const struct subject *subject, const struct order *order);

/* Takes out what will never go: it was taken back, answered or forgotten meanwhile. */
void forget_waiting(struct cases *cases);

/* After a restart: whoever had it is to be given it anew. */
void let_wait(struct order *order, struct case_time now);

/* A notice that the notifier has had for too long. */
bool is_overdue(const struct cases *cases, const struct order *order, struct case_time now);

#endif
