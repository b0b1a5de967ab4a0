/* SPDX-License-Identifier: Apache-2.0 */
/*
 * throttle of a single process: it, what descends from it and what it starts
 * share a part of the host's processors, and the rest of its account goes on.
 * Processes are told as they were seen; one that takes the place of another is
 * ordered anew and comes into the same group.
 */
#ifndef ACTIONS_BRAKE_H
#define ACTIONS_BRAKE_H

#include "actions/tools.h"

struct brakes;

/* Takes up the brakes that a former run left in force. tools and throttle are borrowed. */
struct throttle;
struct brakes *brakes_new(const struct tools *tools, struct throttle *throttle) must_use;
void brakes_free(struct brakes *brakes);

/*
 * Binds the order's targets. 0, also if none of them runs; -ENOTSUP: not this resource, or
 * not on this host; else -errno. text says what was done, or why not.
 */
int brakes_apply(struct brakes *brakes, const struct order *order, struct str *text) must_use;

/* Sends everybody back where he came from; asks for no account, as throttle_release(). */
int brakes_release(
    struct brakes *brakes, const struct action *action, struct str *text) must_use;

/* Says what is in force. */
int brakes_describe(
    const struct brakes *brakes, const struct action *action, struct str *text) must_use;

#endif
