/* SPDX-License-Identifier: Apache-2.0 */
/*
 * throttle: an account's processes, those that run and those that will, share
 * a part of the host's processors or memory until it is released.
 */
#ifndef ACTIONS_THROTTLE_H
#define ACTIONS_THROTTLE_H

#include "actions/tools.h"

struct throttle;

/* Takes up the holds that a former run left in force. tools is borrowed. */
struct throttle *throttle_new(const struct tools *tools) must_use;
void throttle_free(struct throttle *throttle);

/*
 * Sets the limit of the order's resource; a former amount is replaced. 0;
 * -ENOTSUP: not this resource or subject, or not on this host; else -errno.
 * text says what was done, or why not.
 */
int throttle_apply(
    struct throttle *throttle, const struct order *order, struct str *text) must_use;

/*
 * Lifts it, and when it was the last one sends everybody back where they came
 * from. Asks for no account: a hold is ours to take back even if its account
 * is gone. -ESTALE: it is held for another holder of the login.
 */
int throttle_release(
    struct throttle *throttle, const struct action *action, struct str *text) must_use;

/*
 * A brake's group is about to go: who is held and came from there will go back to where he was
 * before that. 0, or -errno: it could not be saved.
 */
struct origins;
int throttle_lead_on(struct throttle *throttle, const struct hierarchy *hierarchy,
    const char *group, const struct origins *from) must_use;

/* Says item by item what is in force. */
int throttle_describe(
    struct throttle *throttle, const struct action *action, struct str *text) must_use;

/* Writes whose newcomers belong where, at most so many ranges; gives how many. */
struct entrance_place;
size_t throttle_places(
    const struct throttle *throttle, struct entrance_place *places, size_t most);

/* Looks at one process that became somebody's just now. */
void throttle_meet(struct throttle *throttle, uint32_t pid);

/* Binds who came since; gives when to call again, boot ms; INT64_MAX: nothing is held. */
int64_t throttle_sweep(struct throttle *throttle, int64_t now);

#endif
