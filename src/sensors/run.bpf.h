/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs, each by itself: a process from the exec that began a script until it
 * ends (or executes another), with its threads and the children that it waited
 * for, as rusage has it. What it leaves behind as a daemon is a run no more.
 */
#ifndef SENSORS_RUN_BPF_H
#define SENSORS_RUN_BPF_H

#include "sensors/account.bpf.h"

/* What the process of an ended or, with `living`, of the running task has used, in ns. */
static __always_inline __u64
process_used(const struct task_struct *task, __u64 living)
{
	const struct signal_struct *group = task->signal;
	return group->sum_sched_runtime + group->cutime + group->cstime + living;
}

/* A run of the life's program ended, which used so much for itself. */
static __always_inline void
count_ended(const struct life *life, __u64 used)
{
	struct script_counters *counters =
	    script_find(&(struct script_key){.base = life->base, .uid = life->uid});
	__u32 step = run_step(used);
	if (counters && step < RUN_STEPS)
		add_to(counters->ended[step], 1);
}

/*
 * The same of a process, which had to start its interpreter.
 *
 * SECURITY: what a start costs is learned for the whole host, so only from files that no
 * customer made: his own `perl` that ends at once would make his neighbours' look slow.
 */
static __always_inline void
count_ended_process(const struct life *life, __u64 used)
{
	__u32 number = life->interpreter & (OWN_INTERPRETER - 1);
	struct interpreter_runs *alike = bpf_map_lookup_elem(&interpreted, &number);
	__u64 start = alike ? alike->start_ns : 0;
	__u32 step = run_step(used);
	if (alike && step < RUN_STEPS && !(life->interpreter & OWN_INTERPRETER))
		add_to(alike->ended[step], 1);
	count_ended(life, used > start ? used - start : 0);
}

static __always_inline void
run_begin(struct life *life, const struct task_struct *task, __u8 interpreter)
{
	life->run_from = process_used(task, task->se.sum_exec_runtime);
	life->interpreter = interpreter;
	life->flags |= LIFE_RUN;
}

static __always_inline void
run_end(struct life *life, const struct task_struct *task, __u64 living)
{
	if (!(life->flags & LIFE_RUN))
		return;
	life->flags &= ~LIFE_RUN;
	__u64 total = process_used(task, living);
	count_ended_process(life, total > life->run_from ? total - life->run_from : 0);
}

#endif
