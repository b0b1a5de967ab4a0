/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the processes of a group of ours came from. Below the group stands one
 * for each origin. Children are born in their parent's group, so the kernel keeps
 * the record: to know where a process belongs is to see where it is.
 *
 *     hayward/u1001          the limits
 *     hayward/u1001/o0       came from system.slice/apache2.service
 *     hayward/u1001/o1       came from user.slice/user-1001.slice/session-4.scope
 */
#ifndef ACTIONS_ORIGINS_H
#define ACTIONS_ORIGINS_H

#include "actions/cgroup.h"
#include "base/arena.h"
#include "base/wire.h"

/* At one time. */
enum { MOST_ORIGINS = 256 };

/* Of one hierarchy; an origin's number is its index. */
struct origins {
	char controller[16]; /* of the hierarchy */
	uint32_t count;
	char *paths[MOST_ORIGINS];
	int64_t full; /* boot ms: when no number was free; not kept on disk */
};

/* Path of the group below `group` for who came from there. */
void origins_group(const char *group, uint32_t number, struct str *out);

/* Number of an origin; origins->count if it is not among them. */
uint32_t origins_find(const struct origins *origins, const char *path);

/* Gives a number, at most origins->count and below MOST_ORIGINS, to a path. */
void origins_set(struct origins *origins, uint32_t number, const char *path);

/* Forgets all of them; NULL is fine. */
void origins_clear(struct origins *origins);

/* Adds them as people read them, one after another: " '/system.slice', '/'". */
void origins_say(const struct origins *origins, struct str *text);

void origins_encode(const struct origins *origins, struct str *out);
void origins_decode(
    struct wire_reader *reader, struct arena *arena, struct origins *ret_origins);

/*
 * Numbers for all groups of origins that stand below `group`, whose record was lost: the way
 * from them leads to the top. Whether `group` is there.
 */
bool origins_adopt(
    const struct hierarchy *hierarchy, const char *group, struct origins *origins) must_use;

/*
 * Whoever came from one of the groups below `group`, which is about to go, goes on to where
 * `from` says that those came from. Whether there is such an origin.
 */
bool origins_lead_on(
    struct origins *origins, const char *group, const struct origins *from) must_use;

/* Calls visit for each process in the groups of the origins; the last -errno, if any. */
int origins_each(const struct hierarchy *hierarchy, const char *group,
    const struct origins *origins, int (*visit)(void *context, uint32_t pid),
    void *context) must_use;

/* Removes them, and the group itself. -EBUSY: somebody is in one of them. */
int origins_remove(const struct hierarchy *hierarchy, const char *group,
    const struct origins *origins) must_use;

#endif
