/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk through one account's files that finds its scripts. It goes in small
 * steps, so that the process that walks can hear and end meanwhile, and every
 * quantity that the owner can drive up has a bound.
 */
#ifndef SCAN_WALK_H
#define SCAN_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "model/account.h"
#include "model/inventory.h"

struct walk;

/* What a walk may take at most; what lies beyond is not seen, and the list says so. */
struct walk_limits {
	uint64_t entries;     /* names read */
	size_t scripts;	      /* at most MOST_SCRIPTS */
	size_t path_bytes;    /* of all paths of scripts together */
	size_t waiting;	      /* folders that wait for their turn */
	size_t file_bytes;    /* content of larger files is not hashed */
	uint64_t total_bytes; /* hashed altogether */
};

extern const struct walk_limits walk_limits_usual;

/*
 * Begins at the account's home. account and limits are borrowed until
 * walk_free(). -errno: the home cannot be opened; -EPERM: it is not his.
 */
int walk_new(const struct account *account, const struct walk_limits *limits,
    struct walk **ret_walk) must_use;
void walk_free(struct walk *walk);

/*
 * Goes on by about so much work: 1 for each name, 1 for each 4 KiB hashed.
 * Whether there is more to do.
 */
bool walk_step(struct walk *walk, uint64_t work);

/* Ends it here: the list is incomplete. */
void walk_cut(struct walk *walk);

/* What was found so far, in order; borrowed, until the next step. */
const struct inventory *walk_result(struct walk *walk);

#define auto_walk __attribute__((cleanup(walk_cleanup)))
void walk_cleanup(struct walk **walk);

#endif
