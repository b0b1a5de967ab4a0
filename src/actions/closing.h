/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Closing an account, for the verbs suspend and lock: where a control panel
 * owns it, the panel's own command comes first, for it knows things that we do
 * not; then every way in is closed. Opening goes the other way round. For the
 * verb cancel, which tells the panel by itself, only the ways.
 */
#ifndef ACTIONS_CLOSING_H
#define ACTIONS_CLOSING_H

#include "actions/panel.h"
#include "actions/suspend.h"
#include "actions/tools.h"

struct closings;

struct closing_settings {
	const struct tools *tools;
	struct panels *panels;
	struct suspends *suspends;
	/* Told what came of an apply or a release that gave -EINPROGRESS. */
	void (*report)(
	    void *context, const struct action *action, int status, const char *text);
	void *context;
};

/* All of the settings are borrowed. */
struct closings *closings_new(const struct closing_settings *settings) must_use;
void closings_free(struct closings *closings);

/* Both: -EINPROGRESS: the report follows; else done or failed at once, in words. */
int closings_apply(
    struct closings *closings, const struct order *order, struct str *text) must_use;
int closings_release(
    struct closings *closings, const struct action *action, struct str *text) must_use;

/* The ways alone, for cancel: to be asked again while it gives -EINPROGRESS. */
int closings_ways(
    struct closings *closings, const struct order *order, struct str *text) must_use;
int closings_ways_open(
    struct closings *closings, const struct action *action, struct str *text) must_use;

/* What suspends report; whatever its verb. */
void closings_hear(
    struct closings *closings, const struct action *action, int status, const char *text);

/* Goes on with what waits for a panel; gives when to call again, boot ms; INT64_MAX: no need.
 */
int64_t closings_tick(struct closings *closings, int64_t now);

#endif
