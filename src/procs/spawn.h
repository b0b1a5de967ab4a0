/* SPDX-License-Identifier: Apache-2.0 */
/* A new process from this very binary. */
#ifndef PROCS_SPAWN_H
#define PROCS_SPAWN_H

#include <sys/types.h>

#include "base/attributes.h"
#include "model/tables.h"
#include "procs/options.h"

/*
 * Executes this binary again as that process: nothing of our memory goes with
 * it, and of our descriptors only its channel and (unless -1) its directory, as
 * PARENT_DESCRIPTOR and DIRECTORY_DESCRIPTOR; both stay open here. 0 or -errno.
 */
int spawn_process(const struct options *options, enum process process, int channel,
    int directory, pid_t *ret_pid) must_use;

#endif
