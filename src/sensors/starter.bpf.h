/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who started a run. A life inherits it at its fork, so it holds for whatever
 * descends from it, a daemon of its own that forks twice included. It changes
 * only where root executes a file of root's that the table names: a customer
 * who calls his program cron, or is root in a namespace of his own, changes
 * nothing. Who lived before we came is judged by his living parents, once.
 */
#ifndef SENSORS_STARTER_BPF_H
#define SENSORS_STARTER_BPF_H

#include "sensors/account.bpf.h"
#include "sensors/starters.h"

enum { GENERATIONS = 16 };

/* By starter_key: the starter. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_STARTER_PROGRAMS);
	__type(key, __u64);
	__type(value, __u32);
} starters SEC(".maps");

static __always_inline __u32
starter_named(const char *program)
{
	struct starter_key name = starter_key_start();
	for (int i = 0; i < PROGRAM_NAME && program[i]; i++)
		starter_key_step(&name, (unsigned char)program[i]);
	__u32 *found = bpf_map_lookup_elem(&starters, &name.key);
	return found ? *found : STARTER_UNKNOWN;
}

/*
 * Two global functions, so that the verifier follows them once and not on every
 * way that leads here, for which it wants a number and no pointer.
 */

/* Whom the program that a task runs makes the starter. */
__noinline __u32
starter_at(__u64 address)
{
	struct task_struct *task = (void *)address;
	char program[PROGRAM_NAME];
	const struct cred *cred = BPF_CORE_READ(task, real_cred);
	if (BPF_CORE_READ(cred, uid.val) ||
	    namespace_owner(BPF_CORE_READ(cred, user_ns)) != NO_UID)
		return STARTER_UNKNOWN;
	struct dentry *dentry = BPF_CORE_READ(task, mm, exe_file, f_path.dentry);
	if (!dentry || BPF_CORE_READ(dentry, d_inode, i_uid.val))
		return STARTER_UNKNOWN;
	if (bpf_probe_read_kernel_str(
		program, PROGRAM_NAME, BPF_CORE_READ(dentry, d_name.name)) < 0)
		return STARTER_UNKNOWN;
	return starter_named(program);
}

/* The nearest of the task and its parents of whom it is known. */
__noinline __u32
starter_by_parents(__u64 address)
{
	for (int i = 0; i < GENERATIONS; i++) {
		struct life *known = bpf_map_lookup_elem(&lives, &address);
		if (known && known->starter)
			return known->starter;
		__u32 starter = starter_at(address);
		if (starter)
			return starter;
		struct task_struct *task = (void *)address;
		address = (__u64)BPF_CORE_READ(task, real_parent);
		if (!address)
			break;
	}
	return STARTER_SERVICE;
}

static __always_inline __u64
address_of(const struct task_struct *task)
{
	__u64 address = 0;
	bpf_probe_read_kernel(&address, sizeof(address), &task);
	return address;
}

/* Root has executed a file of root's. */
static __always_inline void
life_set_starter(struct life *life, const struct task_struct *task)
{
	__u32 starter = starter_at(address_of(task));
	if (starter)
		life->starter = (__u8)starter;
}

/* The task's life; begins one for a watched task that has none, if there is room. */
static __always_inline struct life *
life_get(struct task_struct *task)
{
	struct life *known = life_find(task);
	if (known || !is_watched(task))
		return known;
	struct life life = {
	    .uid = charged_uid(task),
	    .starter = (__u8)starter_by_parents(address_of(task)),
	};
	struct sensor_state *shared = the_state();
	/* Who lived before we came is charged from now on. */
	if (shared && !shared->ready) {
		life.counted_ns = task->se.sum_exec_runtime;
		moved_by(task, life.moved);
	}
	return life_begin(task, &life);
}

#endif
