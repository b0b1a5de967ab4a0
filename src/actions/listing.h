/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists that services read anew at each login: members of a group, and files
 * of one name a line. Both are changed by one name at a time and replaced as a
 * whole, so that a reader sees the list before or after, never half of it.
 *
 * The group file is locked as passwd(1), usermod(8) and vigr(8) lock it.
 */
#ifndef ACTIONS_LISTING_H
#define ACTIONS_LISTING_H

#include <stdbool.h>

#include "base/attributes.h"

/* Whether the host has the group: 1, 0, or -errno. */
int group_exists(int root, const char *group) must_use;

/* Whether the login is a member: 1, 0, -ENOENT: there is no such group, or -errno. */
int group_has(int root, const char *group, const char *login) must_use;

/*
 * Makes it a member, or none. 0, also if it is so already. -EBUSY: somebody else
 * works on the users of this host; -EBADMSG: the file is not as expected and is
 * left alone.
 */
int group_set(int root, const char *group, const char *login, bool member) must_use;

/* Whether the file has the line: 1, 0 (no file: 0), or -errno. */
int listing_has(int root, const char *path, const char *line) must_use;

/* Adds the line or takes it out. 0, also if it is so already, or -errno. */
int listing_set(int root, const char *path, const char *line, bool present) must_use;

#endif
