/* SPDX-License-Identifier: Apache-2.0 */
/* What hayward itself costs: measured like everybody's, so that it can be held against the
 * promise. */
#ifndef PROCS_COST_H
#define PROCS_COST_H

#include <sys/types.h>

#include "model/question.h"

/*
 * Adds up a process and its children from /proc into an answer: processes,
 * cpu_ms of those that live, memory. Memory is what each holds with shared
 * pages divided among their holders; where that may not be read, the resident
 * set, which counts shared pages again and again. 0 or -errno.
 */
int cost_measure(pid_t parent, struct answer *answer) must_use;

#endif
