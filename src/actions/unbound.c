/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/unbound.h"

enum {
	WHOLE = 10000, /* hundredths of a percent */
	SOON = 400,    /* ms: the first time */
	EVERY = 2000,  /* ms: from then on */
	TRIFLE = 20,   /* hundredths of a percent of the host */
};

static int64_t
share_of(uint64_t ns, int64_t ms, uint64_t processors)
{
	return (int64_t)(ns * WHOLE / ((uint64_t)ms * 1000000 * processors));
}

/*
 * The less a group gets, the fewer newcomers come; so the first answer is whole, and
 * each one after it half of what was and half of what is.
 */
bool
unbound_note(struct unbound *unbound, uint64_t ns, int64_t now, uint64_t processors)
{
	int64_t passed = now - unbound->at;
	if (!unbound->at || ns < unbound->ns) { /* it is counted anew */
		unbound->ns = ns;
		unbound->at = now;
		return false;
	}
	if (passed < (unbound->known ? EVERY : SOON))
		return false;
	int64_t share = share_of(ns - unbound->ns, passed, processors);
	unbound->share = unbound->known ? (unbound->share + share + 1) / 2 : share;
	unbound->known = true;
	unbound->ns = ns;
	unbound->at = now;
	int64_t change = unbound->share - unbound->taken;
	if (change < TRIFLE && change > -TRIFLE)
		return false;
	unbound->taken = unbound->share;
	return true;
}

int64_t
unbound_allowed(const struct unbound *unbound, int64_t amount)
{
	int64_t least = amount / 8 > 0 ? amount / 8 : 1;
	int64_t left = amount - unbound->taken;
	return left > least ? left : least;
}
