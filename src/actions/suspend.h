/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suspend and lock: every way in is closed, whoever is inside is ended.
 *
 *     noted ──▶ ways closed, one item after the other ──▶ everybody frozen ──▶
 *     ended by the reaper ──2 s──▶ once more, for who was on his way in ──▶ reported
 *
 * A hold is desired state. What somebody opened is closed again at a tick and
 * counted; what a new survey finds is closed too. Released item by item: undone,
 * already so, or changed meanwhile and therefore left as it is.
 *
 * Several actions may hold one account; all of them hold the same ways, and the
 * last one to go opens them.
 */
#ifndef ACTIONS_SUSPEND_H
#define ACTIONS_SUSPEND_H

#include "actions/reaper.h"
#include "actions/tools.h"

struct front;
struct suspends;

typedef void suspend_report(
    void *context, const struct action *action, int status, const char *text);

struct suspend_settings {
	const struct tools *tools;
	struct front *front;   /* NULL: no web server is told */
	struct reaper *reaper; /* NULL: the pen's signals take its place */
	suspend_report *report;
	void *context;
};

/* Takes up what a former run held. All of the settings are borrowed. */
struct suspends *suspends_new(const struct suspend_settings *settings) must_use;
void suspends_free(struct suspends *suspends);

/*
 * Stops all that the account runs, before it is ended by a suspension that waits for
 * something; it runs on if that fails, is released, or does not come. 0 or -errno: it was
 * not stopped, -ENOTSUP: for it could not be ended either.
 */
int suspends_halt(
    struct suspends *suspends, const struct account *account, int64_t now) must_use;

/*
 * Begins; -EINPROGRESS: the report follows. -ENOTSUP: the host is not set up for
 * it, and nothing was changed; -ESTALE: a former holder is still held; or
 * -errno: nothing was changed because it could not be noted.
 */
int suspends_apply(
    struct suspends *suspends, const struct order *order, struct str *text) must_use;

/* Takes the action's claim back, and with the last one every item. */
int suspends_release(
    struct suspends *suspends, const struct action *action, struct str *text) must_use;

/* Item by item what is in force. 0. */
int suspends_describe(
    struct suspends *suspends, const struct action *action, struct str *text) must_use;

/* Goes on; gives when to call again, boot ms; INT64_MAX: nothing is held. */
int64_t suspends_tick(struct suspends *suspends, int64_t now);

/* What of this host's ways cannot be closed yet, in words; nothing if all can. */
void suspends_describe_host(struct suspends *suspends, struct str *out);

#endif
