/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Newcomers: processes of a held account outside of its group. suexec, cron,
 * sshd and the master of PHP-FPM begin as root and change their uid; the
 * enforcer is told at once and moves them. While nobody is held each program
 * returns at its first line.
 *
 *      exec           who is not where it belongs is told
 *      commit_creds   likewise when its uid changes, which is earlier, and all that a
 *                     worker of PHP-FPM does; not every kernel lets this be loaded
 *      sweep          instead of it: who is there and was not told yet
 *      fork           of one that was told: its child is told too
 *      attach         it was moved: what it used until then is noted
 *      free           it ended before that: noted likewise
 *
 * Whoever is bound costs a look at its group and wakes nobody.
 *
 * SECURITY: whom to move is decided by the enforcer, from /proc and its own table.
 * What is told here only says where to look.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "model/newcomers.h"
#include "sensors/who.bpf.h"

const char program_license[] SEC("license") = "Dual BSD/GPL";

struct kernfs_node {
	__u64 id;
} relocated;

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
} relocated;

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
} relocated;

struct css_set {
	struct cgroup_subsys_state *subsys[1];
} relocated;

enum cgroup_subsys_id {
	cpu_cgrp_id = 1,
};

struct task_struct___grouped {
	struct css_set *cgroups;
} relocated;

enum { BEGINS_NS = 50000000 }; /* of its own, at most: see note() */

/* A process that was told and is not bound yet, by the address of its first task. */
struct on_its_way {
	__u64 before_ns; /* what it used for somebody else */
	__u32 uid;
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, NEWCOMER_RING);
} newcomers_told SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct newcomer_board);
} newcomers_board SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, NEWCOMERS_UNBOUND);
	__type(key, __u64);
	__type(value, struct on_its_way);
} newcomers_unbound SEC(".maps");

/* NULL while nobody is held. */
static __always_inline struct newcomer_board *
board_in_use(void)
{
	__u32 zero = 0;
	struct newcomer_board *board = bpf_map_lookup_elem(&newcomers_board, &zero);
	return board && board->count ? board : 0;
}

/* The range on the board that a uid is in, or NULL. */
static __always_inline struct newcomer_range *
range_of(struct newcomer_board *board, __u32 uid)
{
	for (__u32 i = 0; i < NEWCOMER_RANGES && i < board->count; i++)
		if (uid >= board->ranges[i].first && uid <= board->ranges[i].last)
			return &board->ranges[i];
	return 0;
}

/* Whether it is in that group, or right below it. */
static __always_inline int
is_in(const struct task_struct *task, __u64 group)
{
	const struct task_struct___grouped *grouped = (const void *)task;
	struct css_set *set = BPF_CORE_READ(grouped, cgroups);
	void *states = __builtin_preserve_access_index(&set->subsys);
	struct cgroup_subsys_state *state = 0;
	__u32 number = bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
	bpf_probe_read_kernel(&state, sizeof(state), states + number * sizeof(state));
	struct cgroup *own = BPF_CORE_READ(state, cgroup);
	struct cgroup *above = BPF_CORE_READ(own, self.parent, cgroup);
	return BPF_CORE_READ(own, kn, id) == group || BPF_CORE_READ(above, kn, id) == group;
}

static __always_inline __u64
process_key(const struct task_struct *task)
{
	return (__u64)task->group_leader;
}

/* What its first thread and those that ended have used. */
static __always_inline __u64
used_by(const struct task_struct *task)
{
	return task->group_leader->se.sum_exec_runtime + task->signal->sum_sched_runtime;
}

/*
 * Notes that it is on its way; whether it was not noted yet. What suexec or cron used
 * to begin it is the account's, as in the sums; a daemon's long life as root is not.
 */
static __always_inline int
note(const struct task_struct *task, __u32 uid)
{
	__u64 used = used_by(task);
	struct on_its_way begun = {.before_ns = used > BEGINS_NS ? used : 0, .uid = uid};
	__u64 key = process_key(task);
	return !bpf_map_update_elem(&newcomers_unbound, &key, &begun, BPF_NOEXIST);
}

static __always_inline void
tell(struct newcomer_board *board, struct task_struct *task, __u32 uid)
{
	struct newcomer *told = bpf_ringbuf_reserve(&newcomers_told, sizeof(*told), 0);
	if (!told) {
		__sync_fetch_and_add(&board->lost, 1);
		return;
	}
	told->pid = process_pid(task);
	told->uid = uid;
	bpf_ringbuf_submit(told, 0);
}

/* Tells of the task if it is a held account's and not where it belongs. */
static __always_inline void
look_at(struct newcomer_board *board, struct task_struct *task)
{
	__u32 uid = charged_uid(task);
	struct newcomer_range *range = range_of(board, uid);
	if (!range || is_in(task, range->group) || !is_watched(task))
		return;
	note(task, uid);
	tell(board, task, uid);
}

/* It is bound, or has ended: what it used until now goes to its account's sum. */
static __always_inline void
settle(struct newcomer_board *board, const struct task_struct *task, __u64 used)
{
	__u64 key = process_key(task);
	struct on_its_way *begun = bpf_map_lookup_elem(&newcomers_unbound, &key);
	if (!begun)
		return;
	struct newcomer_range *range = range_of(board, begun->uid);
	if (range && used > begun->before_ns)
		__sync_fetch_and_add(&range->unbound_ns, used - begun->before_ns);
	bpf_map_delete_elem(&newcomers_unbound, &key);
}

SEC("tp_btf/sched_process_exec")
int
BPF_PROG(newcomer_executes, struct task_struct *task)
{
	struct newcomer_board *board = board_in_use();
	if (board)
		look_at(board, task);
	return 0;
}

/* After the change, for whoever is told earlier would look and find the old uid. */
SEC("fexit/commit_creds")
int
BPF_PROG(newcomer_changes)
{
	struct newcomer_board *board = board_in_use();
	if (board)
		look_at(board, bpf_get_current_task_btf());
	return 0;
}

SEC("tp_btf/sched_process_fork")
int
BPF_PROG(newcomer_forks, struct task_struct *parent, struct task_struct *child)
{
	struct newcomer_board *board = board_in_use();
	if (!board || parent->tgid == child->tgid)
		return 0;
	__u64 key = process_key(parent);
	if (bpf_map_lookup_elem(&newcomers_unbound, &key))
		look_at(board, child);
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int
BPF_PROG(newcomer_is_moved, struct cgroup *group, const char *path, struct task_struct *task)
{
	(void)group;
	(void)path;
	struct newcomer_board *board = board_in_use();
	if (board)
		settle(board, task, used_by(task));
	return 0;
}

/* Here all that its threads used is in the one sum. */
SEC("tp_btf/sched_process_free")
int
BPF_PROG(newcomer_is_gone, struct task_struct *task)
{
	struct newcomer_board *board = board_in_use();
	if (board && task->pid == task->tgid)
		settle(board, task, task->signal->sum_sched_runtime);
	return 0;
}

/* Each is told once; who cannot be bound is left to the other sweep. */
SEC("iter/task")
int
newcomers_sweep(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct newcomer_board *board = board_in_use();
	if (!board || !task || !task->thread_pid || task->pid != task->tgid)
		return 0;
	struct newcomer told = {.uid = charged_uid(task)};
	struct newcomer_range *range = range_of(board, told.uid);
	if (!range || is_in(task, range->group) || !is_watched(task) || !note(task, told.uid))
		return 0;
	told.pid = process_pid(task);
	bpf_seq_write(context->meta->seq, &told, sizeof(told));
	return 0;
}
