/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of bytes and files that the file system itself keeps, by quotactl_fd(2). */
#ifndef ROLES_QUOTA_H
#define ROLES_QUOTA_H

#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"

/*
 * Sets the user's limits on the file system that the folder is on; 0: none.
 * Nothing is written if they are so already. -ENOTSUP: it keeps no quotas, or
 * they are not switched on; else -errno.
 */
int quota_set(int folder, uid_t uid, int64_t bytes, int64_t files) must_use;

#endif
