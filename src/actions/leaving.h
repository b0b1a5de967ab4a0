/* SPDX-License-Identifier: Apache-2.0 */
/* The way back of those in the groups of origins (actions/origins.h), when they are let go. */
#ifndef ACTIONS_LEAVING_H
#define ACTIONS_LEAVING_H

#include "actions/binding.h"
#include "actions/origins.h"
#include "actions/tools.h"

struct leaving {
	const struct tools *tools;
	const struct hierarchy *hierarchy;
	const char *group; /* above those of the origins */
	const struct origins *origins;
	const struct account *stay; /* its processes stay; NULL: nobody does */
};

/* One look at each of them; what was done is added to `done`. */
void leaving_pass(const struct leaving *leaving, struct binding *done);

/*
 * Until nobody is left, and the groups are gone. 0, or -EBUSY: some stay (done->left), and so
 * do the groups.
 */
int leaving_undo(const struct leaving *leaving, struct binding *ret_done) must_use;

#endif
