/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop: a process and everything it started comes to its end.
 *
 *     caught ──SIGTERM──▶ asked ──2 s──▶ ended (SIGKILL) ──▶ reported
 *
 * Catching is a race against fork(): every pass moves whom it finds into a
 * frozen group, where nobody forks, until a pass finds nobody new. The group
 * then holds whatever they start while they are asked to end. Without a
 * freezer SIGSTOP takes its place.
 *
 * Only processes whose real uid is the account's are touched; the tree is what
 * descends from the roots, or has one of them for its session or process group.
 */
#ifndef ACTIONS_STOP_H
#define ACTIONS_STOP_H

#include "actions/tools.h"

struct stops;

/* Told the end of a stop: 0, or -EBUSY when some do not die. */
typedef void stop_report(
    void *context, const struct action *action, int status, const char *text);

/* Thaws what a former run left frozen. tools and context are borrowed. */
struct stops *stops_new(const struct tools *tools, stop_report *report, void *context) must_use;
void stops_free(struct stops *stops);

/*
 * Begins; -EINPROGRESS: the report follows, also when this action is under way
 * already. 0: there was nothing to stop. -ENOTSUP: not this subject. Else -errno.
 */
int stops_apply(struct stops *stops, const struct order *order, struct str *text) must_use;

/* Goes on; gives when to call again, boot ms; INT64_MAX: nothing is under way. */
int64_t stops_tick(struct stops *stops, int64_t now);

#endif
