/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disable: one script is executed by nobody any more, neither by the web server
 * nor by its name, by cron or through an interpreter, until it is released.
 *
 *     found beneath the home ─▶ noted how it was ─▶ pinned ─▶ closed in front
 *
 * It is known by its handle and its content. Renamed it stays pinned; a copy
 * that turns up beneath the home is pinned too, and counted. What its owner
 * writes anew is another script, and is measured as one.
 *
 * What runs already goes on: to end it is the verb stop.
 */
#ifndef ACTIONS_DISABLE_H
#define ACTIONS_DISABLE_H

#include "actions/front.h"
#include "actions/tools.h"

struct disable;

/* Takes up what a former run disabled. tools and front are borrowed. Never NULL. */
struct disable *disable_new(const struct tools *tools, struct front *front) must_use;
void disable_free(struct disable *disable);

/*
 * Disables the script of the order's path. Idempotent. 0: it can be executed
 * no more. -ENOTSUP: not this subject, or not on this file system; -EPERM,
 * -EMLINK: refused, it is not the account's alone; -ENOENT, -ELOOP, -EXDEV: not
 * found beneath the home. Of other errors what was done stays, and is gone on
 * with at each tick. text says what was done, or why not.
 */
int disable_apply(
    struct disable *disable, const struct order *order, struct str *text) must_use;

/*
 * Withdraws the action's claim; the last one to go takes everything back, item
 * by item. Asks for no account.
 */
int disable_release(
    struct disable *disable, const struct action *action, struct str *text) must_use;

/* Says item by item what is in force. */
int disable_describe(
    struct disable *disable, const struct action *action, struct str *text) must_use;

/* Looks that all is as it should be, and for copies; gives when to call again, boot ms. */
int64_t disable_tick(struct disable *disable, int64_t now);

#endif
