/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who wakes and finds nothing. What the kernel counts of every task anyway says who may be
 * one; only while there is somebody like that, and for a moment, is each return
 * from a system call looked at, and counted if it was his.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sensors/account.bpf.h"
#include "sensors/descriptor.bpf.h"
#include "sensors/polling_counts.h"
#include "sensors/regs.bpf.h"
#include "sensors/reread.bpf.h"
#include "sensors/who.bpf.h"

enum {
	TICK_BYTES = 8,	  /* what a timer gives when it is read */
	TIME_IS_UP = 110, /* ETIMEDOUT */
	WAS_INTERRUPTED = 4,
	STARTS_AGAIN = 512, /* from there on: by a signal, and the call is made once more */
	GOES_ON = 115,	    /* EINPROGRESS */
};

const char program_license[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POLLING_NUMBERS);
	__type(key, __u32);
	__type(value, struct polling_call);
} polling_calls SEC(".maps");

/* By process, as the kernel numbers it: who is listened to. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, POLLING_MOST);
	__type(key, __u32);
	__type(value, struct polling_counts);
} polling_heard SEC(".maps");

struct task_io_accounting {
	__u64 rchar;
	__u64 wchar;
	__u64 syscr;
	__u64 syscw;
} relocated;

struct task_struct___counted {
	unsigned long nvcsw;
	struct task_io_accounting ioac;
} relocated;

SEC("iter/task")
int
polling_sweep(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	if (!task || !task->thread_pid || task->se.sum_exec_runtime < POLLING_WORTH_NS ||
	    !may_be_accounts(task))
		return 0;
	struct life *life = life_find(task);
	const struct task_struct___counted *counted = (const void *)task;
	struct polling_task told = {
	    .process = (__u32)task->tgid,
	    .pid = process_pid(task),
	    .uid = charged_uid(task),
	    .script = life ? script_of(life) : 0,
	    .start = task->group_leader->start_boottime,
	    .cpu_ns = task->se.sum_exec_runtime,
	    .wakes = counted->nvcsw,
	};
	if (bpf_core_field_exists(counted->ioac)) {
		told.calls = counted->ioac.syscr + counted->ioac.syscw;
		told.bytes = counted->ioac.rchar + counted->ioac.wchar;
	}
	bpf_seq_write(context->meta->seq, &told, sizeof(told));
	return 0;
}

/* Of what is no file, no socket and no pipe: the second letter of its name, "[timerfd]"; else
 * 0. */
static __always_inline char
kind_of_descriptor(struct task_struct *task, __u32 descriptor)
{
	struct file *file = file_at(task, descriptor);
	char name[2] = {0};
	if (!file)
		return 0;
	bpf_probe_read_kernel(
	    name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	return name[0] == '[' ? name[1] : 0;
}

enum outcome { NOTHING, IN_VAIN, SOMETHING };

/* A timer that is read says only that time has passed. */
static __always_inline enum outcome
outcome_of_bytes(struct task_struct *task, struct call_seen *seen, long result)
{
	if (result <= 0)
		return IN_VAIN;
	if (result != TICK_BYTES)
		return SOMETHING;
	call_arguments(task, seen);
	char kind = kind_of_descriptor(task, (__u32)seen->arguments[0]);
	return kind == 't' ? IN_VAIN : SOMETHING;
}

/* Small files and folders that are read again, unchanged, say nothing new. */
static __always_inline enum outcome
outcome_of_reading(struct task_struct *task, struct polling_counts *counts,
    struct call_seen *seen, long result)
{
	enum outcome outcome = outcome_of_bytes(task, seen, result);
	if (outcome != SOMETHING)
		return outcome;
	call_arguments(task, seen);
	struct file *file = file_at(task, (__u32)seen->arguments[0]);
	return file && is_reread(counts, file) ? IN_VAIN : SOMETHING;
}

static __always_inline enum outcome
outcome_of_asking(long result, enum outcome success)
{
	if (result >= 0)
		return success;
	return result == -WAS_INTERRUPTED || result == -GOES_ON || result <= -STARTS_AGAIN
		   ? NOTHING
		   : IN_VAIN;
}

static __always_inline enum outcome
outcome_of(struct task_struct *task, struct polling_counts *counts, __u32 class,
    struct call_seen *seen, long result)
{
	switch (class) {
	case POLLING_UNLISTED:
		return result >= 0 ? SOMETHING : NOTHING;
	case POLLING_TIMED:
		return result == -TIME_IS_UP ? IN_VAIN : NOTHING;
	case POLLING_READ:
		return outcome_of_reading(task, counts, seen, result);
	case POLLING_PART:
	case POLLING_MOVE:
		return outcome_of_bytes(task, seen, result);
	case POLLING_TAKE:
		return result > 0 ? SOMETHING : IN_VAIN;
	case POLLING_OPEN:
		return outcome_of_asking(result, NOTHING);
	case POLLING_TRY:
		return outcome_of_asking(result, SOMETHING);
	case POLLING_ASIDE:
		return NOTHING;
	}
	return IN_VAIN; /* waiting, sleeping, looking, yielding: nothing comes of that alone */
}

SEC("tp_btf/sys_exit")
int
BPF_PROG(polling_return, struct pt_regs *regs, long result)
{
	(void)regs;
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 process = (__u32)task->tgid;
	struct polling_counts *counts = bpf_map_lookup_elem(&polling_heard, &process);
	if (!counts)
		return 0;
	struct call_seen seen = {0};
	call_number(task, &seen);
	__u32 number = (__u32)seen.number;
	if (number >= POLLING_NUMBERS / 2)
		return 0;
	number += seen.is_32_bit ? POLLING_NUMBERS / 2 : 0;
	struct polling_call *call = bpf_map_lookup_elem(&polling_calls, &number);
	if (!call)
		return 0;
	enum outcome outcome = outcome_of(task, counts, call->class, &seen, result);
	if (outcome == IN_VAIN && call->row < POLLING_ROWS)
		add_to(counts->vain[call->row], 1);
	if (outcome != SOMETHING)
		return 0;
	add_to(counts->done, 1);
	if (call->class == POLLING_READ || call->class == POLLING_PART ||
	    call->class == POLLING_MOVE)
		add_to(counts->bytes, (__u64)result);
	return 0;
}
