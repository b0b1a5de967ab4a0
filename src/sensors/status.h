/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a process is and what memory it has, from /proc. */
#ifndef SENSORS_STATUS_H
#define SENSORS_STATUS_H

#include "sensors/stat.h"

/*
 * Of the process whose folder of /proc stands at that path in a directory. 0 or -errno.
 *
 * SECURITY: how long status is its owner decides, by the groups that he gives himself. It is
 * read so far that the uid is in it; what stands behind the groups is then told by statm,
 * which knows no swap and counts shared memory for nobody.
 */
int process_status_read(
    int directory, const char *folder, struct process_status *ret_status) must_use;

#endif
