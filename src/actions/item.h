/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a suspension has changed, item by item: the enforcer's memory of what
 * was there before. It is written down before anything is changed, one file an
 * account, so that whoever comes after a kill -9 knows every item that may be
 * changed by now, and finds out by looking which of them are.
 *
 * Several actions may hold one account (a suspend and a lock, say). Each is a
 * claim; the items stay until the last claim is gone.
 */
#ifndef ACTIONS_ITEM_H
#define ACTIONS_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "model/tables.h"

enum { MOST_CLAIMS = 16, MOST_ITEMS = 2048 };

/* One thing of a way in. Which of the members mean something is the way's own business. */
struct item {
	char way[16];	 /* name of the way, see ways.def */
	char *place;	 /* what it stands in: a folder or file below the root, a database */
	char *name;	 /* which one of those in there; a customer may have named it */
	char *aside;	 /* what it is called while it is held, or the way's own note; "" */
	uint64_t inode;	 /* of the file that was moved; 0: none */
	uint32_t uid;	 /* who owned it */
	bool held;	 /* it was seen in force */
	bool touched;	 /* changed since the way's daemon was last told */
	uint32_t again;	 /* how often it was found open and closed again */
	bool open, gone; /* while something is done with it; not kept */
};

struct claim {
	uint64_t action;
	enum verb verb;
};

struct suspension {
	uint32_t account;
	uint32_t generation;
	char *login; /* when it began; for people */
	uint32_t claim_count;
	struct claim claims[MOST_CLAIMS];
	size_t item_count;
	size_t item_capacity;
	struct item *items;
};

struct suspensions {
	size_t count;
	size_t capacity;
	struct suspension **all;
};

/* A suspension without claims and items. */
struct suspension *suspensions_add(
    struct suspensions *suspensions, uint32_t account, uint32_t generation, const char *login);

/* That on an account, of whatever generation, or NULL. */
struct suspension *suspensions_find(const struct suspensions *suspensions, uint32_t account);

void suspensions_remove(struct suspensions *suspensions, struct suspension *suspension);
void suspensions_done(struct suspensions *suspensions);

/* The item of that way, place and name, or NULL; valid until one is added or removed. */
struct item *suspension_find(
    struct suspension *suspension, const char *way, const char *place, const char *name);

/* Takes the item's texts, copied. NULL: there are too many. */
struct item *suspension_add(struct suspension *suspension, const struct item *item);

void suspension_remove(struct suspension *suspension, size_t index);

/* Adds a claim, once. False: too many. */
bool suspension_claim(struct suspension *suspension, uint64_t action, enum verb verb);

/* Takes the action's claim away; gives how many are left. */
uint32_t suspension_unclaim(struct suspension *suspension, uint64_t action, enum verb verb);

/* Writes it to the folder, durably. */
int suspension_save(const struct suspension *suspension, int folder) must_use;

/* Takes its file away, durably; fine if there is none. */
int suspension_forget(const struct suspension *suspension, int folder) must_use;

/*
 * Reads all that are in the folder. A file that is not ours is put aside under
 * the ending ".broken", with the items that only it knew, and counted.
 */
int suspensions_load(
    int folder, struct suspensions *ret_suspensions, uint32_t *ret_broken) must_use;

#endif
