/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a log, if it is one that no customer can have written; see sensors/follow.h. */
#ifndef SENSORS_FOLLOW_OPEN_H
#define SENSORS_FOLLOW_OPEN_H

#include <sys/stat.h>

#include "sensors/follow.h"

/*
 * A descriptor, or -errno: -ELOOP a link on the way, -EINVAL no regular file,
 * -EPERM others than the system may change it. ret_facts are of the open file.
 */
int follow_open(const char *path, size_t trusted, const struct follow_rules *rules,
    struct stat *ret_facts) must_use;

/* The error in words. */
const char *follow_reason(int status);

#endif
