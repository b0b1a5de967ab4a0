/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binding: processes of a held account are moved into its group, each by a way
 * that leads back, and moved back when the hold ends.
 */
#ifndef ACTIONS_BINDING_H
#define ACTIONS_BINDING_H

#include "actions/hold.h"
#include "actions/tools.h"

/* What a sweep or a release did, by processes. */
struct binding {
	uint32_t bound;	    /* moved into a group */
	uint32_t back;	    /* moved back to where they came from */
	uint32_t elsewhere; /* moved back to a group above, because theirs is gone */
	uint32_t left;	    /* could not be moved */
	int reason;	    /* -errno of the last one that could not */
};

/* Who went back, in a person's words. */
void binding_say_return(const struct binding *done, struct str *text);

/* Path of the group of an account that is held, by its id: "hayward/u1001"; and of a hold. */
void binding_group_of(const struct tools *tools, uint32_t account, struct str *out);
void binding_group(const struct tools *tools, const struct hold *hold, struct str *out);

/* Whether a path of a group is one of ours: its account is held there already, or is being
 * stopped. */
bool binding_has(const struct tools *tools, uint32_t account, const char *path);

/* Whether the hold limits something that this hierarchy has. */
bool binding_uses(const struct hold *hold, const struct hierarchy *hierarchy);

/*
 * One walk over /proc: whoever belongs to a held account and is not in its
 * group is moved there. only: NULL or the one hold to look after. Places are
 * saved before the first process is moved.
 */
void binding_sweep(const struct tools *tools, const struct holds *holds,
    const struct hold *only, struct binding *ret_done);

/* The same for one process. */
void binding_meet(const struct tools *tools, const struct holds *holds, uint32_t pid,
    struct binding *ret_done);

/*
 * Sends back whoever in the group is not the account's any more: a service
 * that staff restarted from a customer's shell must not stay bound.
 */
void binding_expel(const struct tools *tools, struct hold *hold, struct binding *ret_done);

/*
 * Moves everybody back where they came from and removes the group. 0, or
 * -EBUSY: some stay (ret_done->left), the group stays for them.
 */
int binding_undo(const struct tools *tools, struct hold *hold,
    const struct hierarchy *hierarchy, struct binding *ret_done) must_use;

/*
 * Bytes of memory of the processes in the group: shared pages counted whole for
 * each (cheap, and never too little), or by proportion, as far as that can be had in time.
 */
uint64_t binding_memory_at_most(
    const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy);
uint64_t binding_memory(
    const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy);

/* How many processes are in the group, with everything below it. */
uint32_t binding_count(
    const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy);

#endif
