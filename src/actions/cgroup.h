/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups, version 1 and 2 behind one face: which mounted hierarchy
 * limits which resource, and groups in it by their path below the mount. All
 * paths are resolved beneath the mount and never through a symbolic link: names
 * of groups may be a customer's choice where a subtree was delegated.
 */
#ifndef ACTIONS_CGROUP_H
#define ACTIONS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "model/tables.h"

/* cpu, memory, freezer: each may be a hierarchy of its own in version 1. */
enum { MOST_HIERARCHIES = 4 };

struct hierarchy {
	char controller[16]; /* the one we know it by: "cpu"; "" for version 2 */
	bool unified;	     /* version 2 */
	bool can_freeze;
	uint32_t resources;   /* bit 1 << enum resource: what it limits */
	int root;	      /* the mount, opened */
	char mount_root[256]; /* what of the hierarchy is mounted there; "/" : all */
};

struct cgroups {
	uint32_t count;
	struct hierarchy hierarchies[MOST_HIERARCHIES];
};

/* Finds what is mounted (mountinfo: the text of /proc/self/mountinfo). Never fails: may be
 * empty. */
struct cgroups cgroups_find(const char *mountinfo);
void cgroups_done(struct cgroups *cgroups);

/* The hierarchy that limits a resource, or one that can freeze; NULL: this host has none. */
const struct hierarchy *cgroups_for(const struct cgroups *cgroups, enum resource resource);
const struct hierarchy *cgroups_freezer(const struct cgroups *cgroups);

/*
 * Path of the group a process is in, below the mount, "" for the mount itself.
 * -ESRCH: no such process; -EXDEV: it is outside what is mounted.
 */
int cgroup_of(
    const struct hierarchy *hierarchy, int proc, uint32_t pid, struct str *ret_path) must_use;

/* Whether path is group or below it. */
bool cgroup_within(const char *path, const char *group);

/* Makes the group; the one above must be there, this one may be. */
int cgroup_make(const struct hierarchy *hierarchy, const char *group) must_use;

/* Makes the group and those above it, so that it can be given limits. */
int cgroup_make_limiting(const struct hierarchy *hierarchy, const char *group) must_use;

/* Removes an empty group; one that is not there is fine. -EBUSY: processes are in it. */
int cgroup_remove(const struct hierarchy *hierarchy, const char *group) must_use;

/* Moves the process (all its threads). -ENOENT: no such group; -ESRCH: no such process. */
int cgroup_move(const struct hierarchy *hierarchy, const char *group, uint32_t pid) must_use;

/* As cgroup_move(), to the nearest group above that is there and takes it; ret_group says
 * which. */
int cgroup_move_near(const struct hierarchy *hierarchy, const char *group, uint32_t pid,
    struct str *ret_group) must_use;

/* The group's inode, by which the kernel knows it. 0 or -errno. */
int cgroup_number(
    const struct hierarchy *hierarchy, const char *group, uint64_t *ret_number) must_use;

/* A setting of the group: written as text; read without the newline at its end. */
int cgroup_write(const struct hierarchy *hierarchy, const char *group, const char *file,
    const char *text) must_use;
int cgroup_read(const struct hierarchy *hierarchy, const char *group, const char *file,
    struct str *out) must_use;

/* The number behind a key in a file of `key number` lines; -ENODATA: no such line. */
int cgroup_read_key(const struct hierarchy *hierarchy, const char *group, const char *file,
    const char *key, uint64_t *ret_value) must_use;

/* Calls visit for each process of the group itself; what visit gives ends it unless 0. */
int cgroup_each(const struct hierarchy *hierarchy, const char *group,
    int (*visit)(void *context, uint32_t pid), void *context) must_use;

/* Calls visit with the name of each group right below. */
int cgroup_children(const struct hierarchy *hierarchy, const char *group,
    int (*visit)(void *context, const char *name), void *context) must_use;

/* Freezes or thaws all processes of the group; does not wait for it. */
int cgroup_freeze(const struct hierarchy *hierarchy, const char *group, bool freeze) must_use;

/* Whether all of them stand still. */
bool cgroup_is_frozen(const struct hierarchy *hierarchy, const char *group);

#endif
