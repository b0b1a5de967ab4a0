/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a view to a machine that is like it. What differs is changed, each daemon
 * concerned tests its configuration before it is told, and what a former view
 * had and this one has not is removed. After a kill at any instant, calling it
 * again finishes: what is being changed, and who is to be told of it, is written
 * down before.
 */
#ifndef ROLES_APPLY_H
#define ROLES_APPLY_H

#include "roles/output.h"
#include "site/view.h"

/* What was done, a line each: "changed PATH", "removed PATH", "told UNIT", "started UNIT",
 * "wrong WHY". */
struct applied {
	struct str said;
	size_t wrong; /* lines that say so */
};

/*
 * Applies it; only one at a time. state is a folder of the agent's own. 0: the
 * machine is as the view says; -EINVAL: said tells what is not; -EBUSY: another
 * is at it and does not end; else -errno.
 */
int apply_view(const struct view *view, const char *state, struct applied *applied) must_use;

/* Adds "generation N" (0: none was applied whole yet), and "runs UNIT" or "down UNIT" for each
 * daemon of the last view. 0 or -errno. */
int apply_status(const char *state, struct str *out) must_use;

/* Everything that the role's machine shall have. */
struct output *apply_render(const struct view *view) must_use;

#endif
