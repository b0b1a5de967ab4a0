/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control panels. Where one owns an account, its own command suspends it and
 * its own command releases it, or else the panel would undo what we do and show
 * its customers something else than what is so. What it was before is kept: who
 * was suspended already by somebody else stays so when we let go.
 *
 * A panel may suspend or release by itself at any time. While a hold of ours
 * stands, what it released is suspended again at the next look, counted and
 * told. That wants a marker in the configuration: a file that says what is so.
 */
#ifndef ACTIONS_PANEL_H
#define ACTIONS_PANEL_H

#include "actions/errand.h"
#include "actions/tools.h"

struct panels;

/* Takes up what a former run noted. All is borrowed; errands may be NULL: nothing can be done.
 */
struct panels *panels_new(const struct tools *tools, struct errands *errands) must_use;
void panels_free(struct panels *panels);

/*
 * Lets the panel suspend the account of the order for its verb; idempotent, to
 * be called again while it gives -EINPROGRESS. 0: it is suspended; -ENOENT: no
 * panel owns it; -ESTALE: a former holder of the login is still held; else
 * -errno, and a later call tries anew. text says what was done, or why not.
 */
int panels_hold(struct panels *panels, const struct order *order, struct str *text) must_use;

/*
 * Lets go for the action's verb; when no verb holds it any more, it is as it was
 * before. As above; -ENOENT: nothing was held by a panel.
 */
int panels_release(
    struct panels *panels, const struct action *action, struct str *text) must_use;

/* What is held, item by item; nothing if nothing is. */
void panels_describe(
    const struct panels *panels, const struct action *action, struct str *text);

/* News of an errand, maybe of ours. */
void panels_hear(struct panels *panels, const struct errand_news *news);

/* Looks whether panels keep to it; gives when to call again, boot ms; INT64_MAX: no need. */
int64_t panels_tick(struct panels *panels, int64_t now);

#endif
