/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group that may go through a folder, to what it may read in there, beside the folder's own
 * group, which may list it: one more entry of its access list (POSIX.1e, acl(5)).
 */
#ifndef ROLES_PASSAGE_H
#define ROLES_PASSAGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attributes.h"

/* Whether the group has it, or the filesystem has no such lists. The path is no link. */
bool passage_is_open(const char *path, gid_t gid);

/*
 * Gives the group that, and none but the modes' own to everybody else. 0; -EOPNOTSUPP: this
 * filesystem has no such lists; else -errno.
 */
int passage_open(int folder, mode_t mode, gid_t gid) must_use;

#endif
