/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who uses processor and disks, counted at the ends of lives: no program runs at
 * a switch, a system call, a packet or a block. The kernel keeps every task's CPU
 * time and what it moved anyway; both are read when a task is swept over or freed.
 *
 *      fork   a task inherits what its parent is charged to, and its starter
 *      exec   a new program: which script, of whom; root's may be a starter
 *      exit   (where the kernel calls it early enough) what memory a process held
 *      free   the task's CPU time is final only here, not at its exit: the
 *             exit hook misses half the time of a 3 ms script
 *      sweep  what the living used so far, and the memory they hold
 *
 * Between fork and its first exec a task's time waits for the program that it
 * is about to become; if it never executes one, it is its parent's script.
 * After a change of uid all time not yet counted goes to the new uid; so before a
 * program that can change it all is counted.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sensors/account.bpf.h"
#include "sensors/counters.h"
#include "sensors/kernel_types.h"
#include "sensors/program.bpf.h"
#include "sensors/run.bpf.h"
#include "sensors/starter.bpf.h"
#include "sensors/who.bpf.h"

const char program_license[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sched_process_fork")
int
BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct life *from = life_find(parent);
	if (child->flags & KERNEL_THREAD || (!from && !is_watched(child)))
		return 0;
	struct life life = {.uid = NO_UID};
	if (from) {
		life.base = from->base;
		life.root_base = from->root_base;
		life.uid = from->uid;
		life.flags = from->flags & LIFE_STRONG;
		life.starter = from->starter;
	} else {
		life.starter = (__u8)starter_by_parents(address_of(child));
	}
	struct sensor_state *shared = the_state();
	if (!life_begin(child, &life) && shared)
		add_to(shared->crowded, 1);
	return 0;
}

/* Takes the program over as what the task is charged to; whether it begins a run of it. */
static __always_inline int
life_begin_program(struct life *life, const struct program *program, __u32 uid)
{
	int same_uid = life->uid == uid;
	int strong = same_uid && (life->flags & LIFE_STRONG);
	/* `#!/usr/bin/env perl` executes twice and runs the script once. */
	int again = same_uid && life->base == program->base && (life->flags & LIFE_EXECUTED);
	life->flags |= LIFE_EXECUTED;
	life->uid = uid;
	if (strong && !program->strong)
		return 0;
	if (!strong)
		life->root_base = program->base;
	life->base = program->base;
	life->flags =
	    LIFE_EXECUTED | (life->flags & LIFE_RUN) | (program->strong ? LIFE_STRONG : 0);
	return !again;
}

static __always_inline void
count_run(struct task_struct *task, struct room *room, struct program *program,
    struct life *life, int begins)
{
	struct uid_counters *owner = uid_get(life->uid);
	if (!owner)
		return;
	add_to(owner->runs, 1);
	if (life->base != program->base)
		return;
	struct script_counters *counters = script_get(life->base, life->uid, life->uid);
	if (!counters) {
		add_to(owner->other_runs, begins);
		return;
	}
	add_to(counters->runs, begins);
	if (counters->named != NAMED)
		say_name(task, room, program, counters);
}

SEC("tp_btf/sched_process_exec")
int
BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *binary)
{
	(void)old_pid;
	struct program program = {0};
	__u32 zero = 0;
	/* First, for the kernel checks what follows pointers on each way that leads to it. */
	__u32 uid = charged_uid(task);
	__u64 mounts = private_mounts(task);
	struct served_key key = served_key_of(binary);
	struct room *room = bpf_map_lookup_elem(&rooms, &zero);
	struct life *life = life_get(task);
	if (!room || !life)
		return 0;
	room->mounts = mounts;
	if (life->flags & LIFE_EXECUTED || may_change_uid(task->real_cred))
		charge(task, life);
	program_of(task, binary, room, &program);
	if (!uid && !program.own)
		life_set_starter(life, task);
	/* SECURITY: a customer can lay any number of files of root's over the one that all use.
	 */
	if (!program.own && !mounts && serves_requests(room->event.program))
		want_requests(&key);
	struct life before = *life;
	int begins = life_begin_program(life, &program, uid);
	count_run(task, room, &program, life, begins);
	if (begins) {
		run_end(&before, task, task->se.sum_exec_runtime);
		run_begin(life, task, program.interpreter);
	} else if (life->base == program.base) {
		life->interpreter = program.interpreter;
	}
	return 0;
}

SEC("tp_btf/sched_process_free")
int
BPF_PROG(on_free, struct task_struct *task)
{
	struct life *life = life_find(task);
	if (life) {
		charge(task, life);
		if (task->pid == task->tgid)
			run_end(life, task, 0);
		life_end(task);
	} else if (is_watched(task)) {
		charge_whole(task);
	}
	return 0;
}

/*
 * Elements are found by hand: their size is the kernel's, not that of our
 * declaration. Which kernel it is must be asked of a type that every kernel
 * has; for one that is missing libbpf looks through all modules, which wants
 * CAP_SYS_ADMIN.
 */
static __always_inline __u64
pages_of(struct mm_struct *space, int kind)
{
	__s64 pages = 0;
	struct mm_struct___before_6_2 *older = (void *)space;
	if (bpf_core_field_exists(older->rss_stat.count)) {
		void *counts = __builtin_preserve_access_index(&older->rss_stat);
		bpf_probe_read_kernel(&pages, sizeof(pages), counts + kind * sizeof(pages));
	} else {
		void *counts = __builtin_preserve_access_index(&space->rss_stat);
		struct percpu_counter *counter =
		    counts + kind * bpf_core_type_size(struct percpu_counter);
		pages = BPF_CORE_READ(counter, count);
	}
	return pages > 0 ? (__u64)pages : 0;
}

/*
 * What a process held at most that is its own: what it had resident at most, less
 * the files and the shared memory that it has mapped at its end.
 */
static __always_inline __u64
most_own_memory(struct mm_struct *space)
{
	__u64 own = pages_of(space, COUNT_ANON);
	__u64 others = pages_of(space, COUNT_FILE) + pages_of(space, COUNT_SHMEM);
	__u64 most = BPF_CORE_READ(space, hiwater_rss);
	if (most > others + own)
		own = most - others;
	return (own + pages_of(space, COUNT_SWAP)) * 4096;
}

static __always_inline void
tell_most_memory(const struct life *life, __u64 memory)
{
	struct script_key key = {.base = life->base, .uid = life->uid};
	struct script_counters *counters = script_find(&key);
	for (int i = 0; counters && i < 4; i++) {
		__u64 known = counters->run_memory;
		if (known >= memory ||
		    __sync_val_compare_and_swap(&counters->run_memory, known, memory) == known)
			return;
	}
}

/* Since Linux 6.16 this comes while the process still has its memory; before, it is not loaded.
 */
SEC("tp_btf/sched_process_exit")
int
BPF_PROG(on_exit, struct task_struct *task, _Bool is_last)
{
	struct life *life = is_last ? life_find(task) : 0;
	struct mm_struct *space = life && life->base ? task->mm : 0;
	if (!space)
		return 0;
	__u64 memory = most_own_memory(space);
	if (memory >= MEMORY_WORTH_TELLING)
		tell_most_memory(life, memory);
	return 0;
}

static __always_inline void
tell_memory(struct task_struct *task, struct living *living)
{
	struct mm_struct *space = BPF_CORE_READ(task, mm);
	if (!space)
		return;
	living->space = mix((__u64)space);
	living->shared = pages_of(space, COUNT_SHMEM) * 4096;
	living->memory =
	    (pages_of(space, COUNT_ANON) + pages_of(space, COUNT_SWAP)) * 4096 + living->shared;
}

static __always_inline int
sweep_ends(void)
{
	struct sensor_state *shared = the_state();
	if (shared)
		shared->tells_moved = tells_moved();
	return 0;
}

SEC("iter/task")
int
sweep(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	if (!task)
		return sweep_ends();
	/* One that has been released may have been counted to its end already: no new life for
	 * it. */
	if (!task->thread_pid)
		return 0;
	struct life *life = life_get(task);
	if (!life)
		return 0;
	struct living living = {.cpu_ns = charge(task, life)};
	living.leader = task->pid == task->tgid;
	tell_memory(task, &living);
	if (!living.leader && !living.cpu_ns && task->group_leader->mm)
		return 0;
	living.pid = process_pid(task);
	living.start = task->group_leader->start_boottime;
	living.uid = charged_uid(task);
	living.script = script_of(life);
	bpf_seq_write(context->meta->seq, &living, sizeof(living));
	return 0;
}
