/* SPDX-License-Identifier: Apache-2.0 */
/* Catching a process tree: who belongs to it, and holding it still. */
#ifndef ACTIONS_CATCH_H
#define ACTIONS_CATCH_H

#include "actions/tools.h"

/* A process that was caught; the pid means it only with this start. */
struct caught {
	uint32_t pid;
	uint64_t start;
	bool asked; /* to end */
};

/* What one stop has caught so far. Zero it; catch_done() it. */
struct catch
{
	uint32_t account;
	uint32_t generation;
	uint32_t root_count; /* 0: all of the account */
	struct target roots[MOST_TARGETS];
	char *pen;			 /* path of the group they are kept in */
	const struct hierarchy *freezer; /* NULL: none, signals hold them */
	struct map *places;		 /* pid -> where a process of the pen came from */
	size_t count;
	size_t capacity;
	struct caught *caught; /* those that ended stay listed: others descend from them */
};

/* Makes the pen of the action. 0 or -errno. */
int catch_begin(
    struct catch *catch, const struct tools *tools, const struct order *order) must_use;

/* Whoever of the tree is left in the pen goes back, and the pen goes. */
void catch_done(struct catch *catch, const struct tools *tools);

/* Holds everybody still and catches until nobody new is found. Gives how many live. */
uint32_t catch_all(struct catch *catch, const struct tools *tools);

/* How many of those caught still run. */
uint32_t catch_living(const struct catch *catch, const struct tools *tools);

/* Signals all that live; with SIGTERM each of them once. Gives how many got it. */
uint32_t catch_signal(struct catch *catch, const struct tools *tools, int signal);

/* Lets them run again. */
void catch_let_run(struct catch *catch, const struct tools *tools);

/* Real-time priority while somebody is caught, and back. */
void catch_go_first(bool first);

/* Thaws and removes pens that a former run left. */
void catch_clean(const struct tools *tools);

#endif
