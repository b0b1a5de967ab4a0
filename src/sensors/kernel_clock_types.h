/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Further fields of kernel structures, as in kernel_types.h: the clocks that the
 * time of a task is measured by.
 */
#ifndef SENSORS_KERNEL_CLOCK_TYPES_H
#define SENSORS_KERNEL_CLOCK_TYPES_H

#include "sensors/kernel_types.h"

/* A processor's run queue: its clock, and the same without what interrupts and the machine's own host
   took, which is the time of tasks. Both stand still between updates. */
struct rq {
	__u64 clock;
	__u64 clock_task;
} relocated;

/* Its part of one control group. */
struct cfs_rq {
	struct rq *rq;
} relocated;

#endif
