/* SPDX-License-Identifier: Apache-2.0 */
/* Moving one process between control groups, and nobody else. */
#ifndef ACTIONS_MOVING_H
#define ACTIONS_MOVING_H

#include "actions/process.h"
#include "actions/tools.h"

/*
 * Moves the process behind the pidfd, and nobody else, into the group; with
 * ret_reached to the nearest one above it that takes it, which it gets. 0; -ESRCH: it has
 * ended; else -errno.
 */
int move_exactly(const struct tools *tools, const struct hierarchy *hierarchy,
    const struct process_facts *process, int fd, const char *group,
    struct str *ret_reached) must_use;

#endif
