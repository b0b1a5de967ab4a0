/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cancel: the end of an account, in an order that loses nothing.
 *
 *     ways ──▶ mail ──▶ export ──▶ billing ──▶ held ──(date)──▶ archive removed
 *      │        │         │          │          │
 *      └────────┴─────────┴──release─┴──────────┘
 *
 *     ways      everything that suspend closes, and the control panel's own command
 *     mail      450 for a while, then 550
 *     export    databases and files in one archive, which is kept for a while
 *     billing   the operator's program is told
 *
 * Each stage is noted on disk before it begins; what was begun is begun again
 * by the next enforcer. A release goes back through ways, mail and billing; the
 * archive stays until its date.
 *
 * Dates run in a time of its own, which counts what passes while we run and at
 * most a week of what passed while we did not: a wrong clock destroys nothing.
 */
#ifndef ACTIONS_CANCEL_H
#define ACTIONS_CANCEL_H

#include "actions/errand.h"
#include "actions/panel.h"
#include "actions/tools.h"

struct cancels;

struct cancel_settings {
	const struct tools *tools; /* borrowed */
	struct errands *errands;   /* borrowed; NULL: nothing can be exported */
	struct panels *panels;	   /* borrowed */
	int64_t (*wall)(void);	   /* ms since the epoch */
	/*
	 * What the verb suspend does and takes back, for an action of the verb
	 * cancel; 0, -EINPROGRESS: to be asked again; -errno. NULL: there is no
	 * such verb here, and nobody is cancelled.
	 */
	int (*suspend)(void *context, const struct order *order, struct str *text);
	int (*unsuspend)(void *context, const struct action *action, struct str *text);
	/* Told what came of an action that took its time. */
	void (*report)(
	    void *context, const struct action *action, int status, const char *text);
	void *context;
};

struct cancels *cancels_new(const struct cancel_settings *settings) must_use;
void cancels_free(struct cancels *cancels);

/* -EINPROGRESS: the report follows. 0: it is held already. Else -errno, and nothing is done. */
int cancels_apply(
    struct cancels *cancels, const struct order *order, struct str *text) must_use;

/* Reinstates. -EINPROGRESS: the report follows. -ESTALE: held for another holder of the login.
 */
int cancels_release(
    struct cancels *cancels, const struct action *action, struct str *text) must_use;

int cancels_describe(
    struct cancels *cancels, const struct action *action, struct str *text) must_use;

/* News of an errand, maybe of ours. */
void cancels_hear(struct cancels *cancels, const struct errand_news *news);

/* Goes on; gives when to call again, boot ms; INT64_MAX: no need. */
int64_t cancels_tick(struct cancels *cancels, int64_t now);

#endif
