/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processor time that newcomers of an account use before they are bound, which
 * its group cannot limit. It counts against the limit like memory that was
 * brought along: the group gets less by it, and the whole is what was promised.
 *
 * SECURITY: an account that has others start short programs for it without end lowers
 * what its own group gets. A part is always left, or nobody could even end properly.
 */
#ifndef ACTIONS_UNBOUND_H
#define ACTIONS_UNBOUND_H

#include <stdbool.h>
#include <stdint.h>

/* Of one hold; all zero at its beginning. */
struct unbound {
	uint64_t ns;   /* used so far */
	int64_t at;    /* boot ms, when that was so; 0: never looked */
	int64_t share; /* lately, in hundredths of a percent of the host */
	int64_t taken; /* what the group gets less */
	bool known;    /* share has been measured */
};

/*
 * Notes what was used until now (boot ms). Whether the group should get another
 * share than before: neither for a trifle nor many times a second, for each
 * setting of a quota fills it anew.
 */
bool unbound_note(struct unbound *unbound, uint64_t ns, int64_t now, uint64_t processors);

/* What the group gets of an amount, both in hundredths of a percent. */
int64_t unbound_allowed(const struct unbound *unbound, int64_t amount);

#endif
