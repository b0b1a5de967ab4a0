/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often who asked the sites of which account, in bounded memory: for each
 * account the clients that asked most, by the space-saving algorithm (Metwally,
 * Agrawal, El Abbadi: "Efficient Computation of Frequent and Top-k Elements in
 * Data Streams", 2005).
 *
 * A client that takes over the slot of another inherits its count as an error.
 * Only what was counted since is told: it is never more than the client asked,
 * and every client that asked more than 1/64 of all has a slot.
 */
#ifndef SENSORS_VISITING_H
#define SENSORS_VISITING_H

#include "model/account.h"
#include "model/visits.h"
#include "sensors/access_line.h"

enum { CLIENT_SLOTS = 64, MOST_TABLES = 4096 };

struct visiting;

/* Begins to count at `now`, boot ms. */
struct visiting *visiting_new(int64_t now) must_use;
void visiting_free(struct visiting *visiting);

/*
 * Counts one request. Not named: in the total alone. Accounts beyond
 * MOST_TABLES, in one interval, have a total alone.
 */
void visiting_count(struct visiting *visiting, const struct account *account,
    const struct access_line *line, bool named);

/* What is done with the visits of one account, valid during the call; false: not now. */
typedef bool visiting_give(void *context, const struct visits *visits);

/*
 * Gives the visits of each account that was asked since it was last given, by one client at
 * least so often, and forgets them; least: 0 for all. What is refused, and what would come
 * behind it, is kept and counted on.
 */
void visiting_take(
    struct visiting *visiting, int64_t now, uint64_t least, visiting_give *give, void *context);

#endif
