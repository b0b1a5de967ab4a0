/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a task has moved from and to storage, as the kernel charges it: a read
 * when it goes to a disk, so the page cache costs nothing; a write when a page
 * becomes dirty, so that whose pages they are is known, whoever writes them
 * back. What is thrown away before it was written was never a write.
 */
#ifndef SENSORS_MOVED_BPF_H
#define SENSORS_MOVED_BPF_H

#include <bpf/bpf_core_read.h>

#include "sensors/counters.h"
#include "sensors/kernel_types.h"

struct task_io_accounting___moved {
	__u64 read_bytes;
	__u64 write_bytes;
	__u64 cancelled_write_bytes;
} relocated;

struct task_struct___moved {
	struct task_io_accounting___moved ioac;
} relocated;

/* Whether the kernel was built to know (CONFIG_TASK_IO_ACCOUNTING). */
static __always_inline int
tells_moved(void)
{
	struct task_io_accounting___moved *ioac = 0;
	return bpf_core_field_exists(ioac->cancelled_write_bytes);
}

/* Of the two, what is written may become less. */
static __always_inline void
moved_by(const struct task_struct *task, __u64 moved[MOVE_COUNT])
{
	const struct task_struct___moved *mover = (const void *)task;
	moved[MOVE_IN] = moved[MOVE_OUT] = 0;
	if (!tells_moved())
		return;
	moved[MOVE_IN] = mover->ioac.read_bytes;
	moved[MOVE_OUT] = mover->ioac.write_bytes - mover->ioac.cancelled_write_bytes;
}

#endif
