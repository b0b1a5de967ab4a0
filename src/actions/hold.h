/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is held, and where everybody came from: the enforcer's only memory. It
 * is written to a file before anything is done by it, so that a new enforcer
 * finds both the accounts that are bound and the way back for each process.
 */
#ifndef ACTIONS_HOLD_H
#define ACTIONS_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/origins.h"
#include "actions/unbound.h"

struct limit {
	bool on;
	int64_t amount;	 /* hundredths of a percent of the host */
	uint64_t action; /* that ordered it */
};

struct hold {
	uint32_t account;
	uint32_t generation;
	struct limit cpu;
	struct limit memory;
	struct origins origins[MOST_HIERARCHIES];
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

/* The origins in a hierarchy; room for them is made; NULL: there is no more. */
struct origins *hold_origins(struct hold *hold, const struct hierarchy *hierarchy);

#endif
