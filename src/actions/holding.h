/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways of one suspension, closed and opened: what suspend.c does with them
 * between noting a claim and reporting. Everything is noted before it is done,
 * done item by item, and found out by looking when it was cut off.
 */
#ifndef ACTIONS_HOLDING_H
#define ACTIONS_HOLDING_H

#include "actions/way.h"

/* What happened while ways were closed, in words for people. Zero it; holding_done() it. */
struct holding {
	uint32_t closed;    /* items that were open and are closed now */
	uint32_t again;	    /* those of them that were closed before */
	struct str open;    /* what is open still, and why */
	struct str remarks; /* what was left alone, and why */
};

void holding_done(struct holding *holding);

/*
 * Surveys the account's ways that are due and closes what is open. 0, also if
 * some could not be closed (see holding->open); -errno: it could not be noted,
 * and nothing new was changed.
 */
int holding_close(struct ways *ways, struct suspension *suspension,
    const struct account *account, const bool due[WAY_COUNT], struct holding *holding) must_use;

/*
 * Puts every item back and says of each what came of it. holder: whether the
 * account still has the holder that was held. 0: nothing is left; -errno: what
 * is left may be tried again.
 */
int holding_open(
    struct ways *ways, struct suspension *suspension, bool holder, struct str *text) must_use;

/* A line for each item: where it stands now. */
void holding_describe(struct ways *ways, const struct suspension *suspension, struct str *text);

/* The ways and how many items of each are held: "login (1), at job (14)". */
void holding_list(const struct suspension *suspension, struct str *text);

#endif
