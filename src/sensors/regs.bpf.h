/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system call that a task is in: its number and its first four arguments,
 * as the kernel saved them when it was entered.
 */
#ifndef SENSORS_REGS_BPF_H
#define SENSORS_REGS_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sensors/kernel_types.h"

enum { COMPAT_CALL = 2 /* TS_COMPAT */, CALL_ARGUMENTS = 4 };

struct pt_regs___x86 {
	unsigned long orig_ax, di, si, dx, r10, bx, cx;
} relocated;

struct pt_regs___arm {
	unsigned long regs[31];
	unsigned long orig_x0;
	int syscallno;
} relocated;

struct thread_info___x86 {
	unsigned int status;
} relocated;

struct task_struct___x86 {
	struct thread_info___x86 thread_info;
} relocated;

struct call_seen {
	__u64 number;
	__u32 is_32_bit; /* of a 64-bit kernel: other numbers */
	__u64 arguments[CALL_ARGUMENTS];
};

static __always_inline void
call_seen_x86(struct task_struct *task, struct pt_regs___x86 *regs, struct call_seen *seen)
{
	struct task_struct___x86 *own = (void *)task;
	seen->number = BPF_CORE_READ(regs, orig_ax);
	seen->is_32_bit = (BPF_CORE_READ(own, thread_info.status) & COMPAT_CALL) != 0;
	if (seen->is_32_bit) {
		seen->arguments[0] = (__u32)BPF_CORE_READ(regs, bx);
		seen->arguments[1] = (__u32)BPF_CORE_READ(regs, cx);
		seen->arguments[2] = (__u32)BPF_CORE_READ(regs, dx);
		seen->arguments[3] = (__u32)BPF_CORE_READ(regs, si);
		return;
	}
	seen->arguments[0] = BPF_CORE_READ(regs, di);
	seen->arguments[1] = BPF_CORE_READ(regs, si);
	seen->arguments[2] = BPF_CORE_READ(regs, dx);
	seen->arguments[3] = BPF_CORE_READ(regs, r10);
}

static __always_inline void
call_seen_arm(struct pt_regs___arm *regs, struct call_seen *seen)
{
	seen->number = (__u32)BPF_CORE_READ(regs, syscallno);
	seen->arguments[0] = BPF_CORE_READ(regs, orig_x0);
	seen->arguments[1] = BPF_CORE_READ(regs, regs[1]);
	seen->arguments[2] = BPF_CORE_READ(regs, regs[2]);
	seen->arguments[3] = BPF_CORE_READ(regs, regs[3]);
}

static __always_inline void
call_seen(struct task_struct *task, struct call_seen *seen)
{
	void *regs = (void *)bpf_task_pt_regs(task);
	struct pt_regs___x86 *other = regs;
	if (bpf_core_field_exists(other->orig_ax))
		call_seen_x86(task, regs, seen);
	else
		call_seen_arm(regs, seen);
}

#endif
