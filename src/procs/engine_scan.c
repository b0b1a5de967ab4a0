/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts that are looked through: each second some accounts are weighed by
 * the scrutiny condition; of those for which it holds, the scripts are listed
 * at once and then every day, so that what changes after a sign-off is seen.
 * What was asked and not answered within an hour is asked again.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "flow/scrutiny.h"
#include "procs/engine.h"

enum { ACCOUNTS_A_TICK = 256, SWEEP_EVERY = 500, HOUR = 3600 * 1000, DAY = 24 * HOUR };

/* What was asked of the scanner about one account, in this life; boot ms, 0: not yet. */
struct looked {
	uint32_t generation;
	int64_t asked;
	int64_t listed;
	int64_t listed_wall;
};

static struct looked *
looked_of(struct engine_inside *inside, const struct account *account)
{
	if (!inside->looked)
		inside->looked = map_new();
	struct looked *looked = map_find_u64(inside->looked, account->id);
	if (!looked) {
		looked = memory_new(1, sizeof(*looked));
		free(map_put_u64(inside->looked, account->id, looked));
	}
	if (looked->generation != account->generation)
		*looked = (struct looked){.generation = account->generation};
	return looked;
}

static void
ask(struct engine_inside *inside, const struct account *account)
{
	auto_str bytes = {0};
	wire_put_u32(&bytes, account->id);
	wire_put_u32(&bytes, account->generation);
	if (process_send(
		inside->frame, PROCESS_SCANNER, MESSAGE_SCAN, bytes.data, bytes.length, -1))
		log_debug("the scanner is not there to be asked");
	else
		looked_of(inside, account)->asked = clock_boot();
}

static bool
is_due(const struct looked *looked, int64_t now)
{
	bool waits = looked->asked > looked->listed && now - looked->asked < HOUR;
	return !waits && (!looked->listed || now - looked->listed > DAY);
}

void
engine_look_through(struct engine_inside *inside)
{
	const struct accounts *accounts = inside->rules->accounts;
	int64_t now = clock_boot();
	/* Ticks come closer together while much is due. */
	if (now - inside->swept_at < SWEEP_EVERY)
		return;
	inside->swept_at = now;
	size_t count = accounts_count(accounts);
	size_t most = count < ACCOUNTS_A_TICK ? count : ACCOUNTS_A_TICK;
	for (size_t i = 0; i < most; i++) {
		inside->swept = (inside->swept + 1) % count;
		const struct account *account = accounts_at(accounts, inside->swept);
		if (flow_watched(inside->flow, account) &&
		    is_due(looked_of(inside, account), now))
			ask(inside, account);
	}
}

void
engine_list_again(void *context, const struct account *account)
{
	ask(context, account);
}

int64_t
engine_listed_when(void *context, const struct account *account)
{
	return looked_of(context, account)->listed_wall;
}

int
engine_accept_listed(struct engine_inside *inside, const void *bytes, size_t length)
{
	struct listing listing;
	int status = listing_decode(bytes, length, &listing);
	if (status || !inside->restored)
		return status;
	const struct account *account =
	    accounts_find_id(inside->rules->accounts, listing.account);
	if (!account || account->generation != listing.generation)
		return 0;
	struct looked *looked = looked_of(inside, account);
	looked->listed = clock_boot();
	looked->listed_wall = clock_wall();
	flow_listed(inside->flow, &listing, engine_moment(inside));
	return 0;
}

void
engine_scan_anew(struct engine_inside *inside)
{
	size_t position = 0;
	if (!inside->looked)
		return;
	for (struct looked *looked; (looked = map_next(inside->looked, &position));)
		looked->asked = looked->listed;
}

void
engine_scan_done(struct engine_inside *inside)
{
	size_t position = 0;
	if (!inside->looked)
		return;
	for (struct looked *looked; (looked = map_next(inside->looked, &position));)
		free(looked);
	map_free(take(inside->looked));
}
