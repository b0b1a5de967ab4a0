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

/* The number alone: what most callers need to know that it is none of theirs. */
static __always_inline void
call_number(struct task_struct *task, struct call_seen *seen)
{
	struct pt_regs___x86 *regs = (void *)bpf_task_pt_regs(task);
	struct pt_regs___arm *other = (void *)regs;
	struct task_struct___x86 *own = (void *)task;
	if (bpf_core_field_exists(regs->orig_ax)) {
		seen->number = regs->orig_ax;
		seen->is_32_bit = (own->thread_info.status & COMPAT_CALL) != 0;
	} else {
		seen->number = (__u32)other->syscallno;
	}
}

static __always_inline void
call_arguments_x86(struct pt_regs___x86 *regs, struct call_seen *seen)
{
	if (seen->is_32_bit) {
		seen->arguments[0] = (__u32)regs->bx;
		seen->arguments[1] = (__u32)regs->cx;
		seen->arguments[2] = (__u32)regs->dx;
		seen->arguments[3] = (__u32)regs->si;
		return;
	}
	seen->arguments[0] = regs->di;
	seen->arguments[1] = regs->si;
	seen->arguments[2] = regs->dx;
	seen->arguments[3] = regs->r10;
}

/* What was given to the call whose number is known. */
static __always_inline void
call_arguments(struct task_struct *task, struct call_seen *seen)
{
	void *regs = (void *)bpf_task_pt_regs(task);
	struct pt_regs___x86 *one = regs;
	struct pt_regs___arm *other = regs;
	if (bpf_core_field_exists(one->orig_ax)) {
		call_arguments_x86(regs, seen);
		return;
	}
	seen->arguments[0] = other->orig_x0;
	seen->arguments[1] = other->regs[1];
	seen->arguments[2] = other->regs[2];
	seen->arguments[3] = other->regs[3];
}

#endif
