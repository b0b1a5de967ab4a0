/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is held, and where everybody came from: the enforcer's only memory. It
 * is written to a file before anything is done by it, so that a new enforcer
 * finds both the accounts that are bound and the way back for each process.
 *
 * Below the group of a held account stands one group for each place that
 * processes came from. Children are born in their parent's group, so the kernel
 * keeps the record: to know where a process belongs is to see where it is.
 *
 *     hayward/u1001          the limits
 *     hayward/u1001/o0       came from system.slice/apache2.service
 *     hayward/u1001/o1       came from user.slice/user-1001.slice/session-4.scope
 */
#ifndef ACTIONS_HOLD_H
#define ACTIONS_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/cgroup.h"
#include "actions/unbound.h"

/* At one time. The number of a place that nobody is from any more is given anew. */
enum { MOST_PLACES = 256 };

struct limit {
	bool on;
	int64_t amount;	 /* hundredths of a percent of the host */
	uint64_t action; /* that ordered it */
};

/* Where processes of one hierarchy came from; a place's number is its index. */
struct places {
	char controller[16]; /* of the hierarchy */
	uint32_t count;
	char *paths[MOST_PLACES];
	int64_t full; /* boot ms: when no number was free; not kept on disk */
};

struct hold {
	uint32_t account;
	uint32_t generation;
	struct limit cpu;
	struct limit memory;
	struct places places[MOST_HIERARCHIES];
	struct unbound unbound; /* not kept on disk */
};

struct holds {
	size_t count;
	size_t capacity;
	struct hold **items;
};

/* Reads the file, in the folder; a missing one is an empty list. -EBADMSG: it is not ours. */
int holds_load(int folder, struct holds *ret_holds) must_use;

/* Writes it, durably. */
int holds_save(const struct holds *holds, int folder) must_use;

void holds_done(struct holds *holds);

/* The hold on an account, of whatever generation, or NULL. */
struct hold *holds_find(const struct holds *holds, uint32_t account);

/* A new hold without limits. */
struct hold *holds_add(struct holds *holds, uint32_t account, uint32_t generation);

void holds_remove(struct holds *holds, struct hold *hold);

/* The limit of a resource: cpu or memory. */
struct limit *hold_limit(struct hold *hold, enum resource resource);

/* The places of a hierarchy; room for them is made; NULL: there is no more. */
struct places *hold_places(struct hold *hold, const struct hierarchy *hierarchy);

/* Number of a place; places->count if it is not among them. */
uint32_t places_find(const struct places *places, const char *path);

/* Gives a number, at most places->count and below MOST_PLACES, to a path. */
void places_set(struct places *places, uint32_t number, const char *path);

/* Forgets all places; NULL is fine. */
void places_clear(struct places *places);

#endif
