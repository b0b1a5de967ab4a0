/* SPDX-License-Identifier: Apache-2.0 */
/* The parent process: see parent.c. */
#ifndef PROCS_PARENT_H
#define PROCS_PARENT_H

#include "procs/options.h"

/* How haywardd ends. */
enum { EXIT_DONE = 0, EXIT_USAGE = 1, EXIT_INVALID = 2, EXIT_FAILED = 3 };

/* Runs haywardd until it is told to end; gives the exit status. */
int parent_run(const struct options *options) must_use;

#endif
