/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sums: each task's life, the counters of each uid and of each script.
 *
 * A task's CPU is counted from `counted_ns` on, which everybody who counts
 * moves forward by compare-and-set: the sweep over the living and the task's
 * end may meet in one task and yet no nanosecond is counted twice.
 */
#ifndef SENSORS_ACCOUNT_BPF_H
#define SENSORS_ACCOUNT_BPF_H

#include "sensors/moved.bpf.h"
#include "sensors/who.bpf.h"

enum life_flag {
	LIFE_EXECUTED = 1, /* has executed a program since it was forked */
	LIFE_STRONG = 2,   /* base is a script or program of the account's own */
	LIFE_RUN = 4,	   /* its process is a run of base, see run.bpf.h */
};

/* What is remembered of a living task. Programs are known by base; 0: none. */
struct life {
	__u64 counted_ns;	 /* of sum_exec_runtime */
	__u64 base;		 /* the nearest program to charge */
	__u64 root_base;	 /* the one that began the run */
	__u64 moved[MOVE_COUNT]; /* what of it is counted */
	__u64 run_from;		 /* LIFE_RUN: what the process had used before */
	__u32 uid;		 /* whose programs these are */
	__u16 flags;
	__u8 starter;	  /* enum starter: who started the run */
	__u8 interpreter; /* number of the one that runs base; 0: none that is known */
};

/* Beside its number: the interpreter's file is a customer's, or may be one. */
enum { OWN_INTERPRETER = 0x80 };

_Static_assert(
    (int)INTERPRETER_SLOTS <= (int)OWN_INTERPRETER, "a number leaves room for the bit");

/*
 * By the task's address. How many there is room for is said when it is loaded. Not task
 * storage, which gives no room while a sweep on the same processor is being preempted inside
 * it: under a storm of short scripts that lost one in a hundred.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LIVES);
	__type(key, __u64);
	__type(value, struct life);
} lives SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, UID_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} uid_index SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, UID_SLOTS);
	__type(key, __u32);
	__type(value, struct uid_counters);
} uids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SCRIPT_SLOTS);
	__type(key, struct script_key);
	__type(value, __u32);
} script_index SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SCRIPT_SLOTS);
	__type(key, __u32);
	__type(value, struct script_counters);
} scripts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, INTERPRETER_SLOTS);
	__type(key, __u32);
	__type(value, struct interpreter_runs);
} interpreted SEC(".maps");

/* Servers of PHP whose requests are listened to, see requests.bpf.c. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, struct served_key);
	__type(value, __u32);
} served SEC(".maps");

/* Script slots given back by the sensor. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, SCRIPT_SLOTS);
	__type(value, __u32);
} free_scripts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sensor_state);
} state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, NAME_RING_BYTES);
} names SEC(".maps");

#define add_to(counter, amount) __sync_fetch_and_add(&(counter), (amount))

static __always_inline struct sensor_state *
the_state(void)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(&state, &zero);
}

/* A new slot for a uid, or slot 0 if there is none left. */
static __always_inline struct uid_counters *
uid_claim(__u32 uid)
{
	struct sensor_state *shared = the_state();
	__u32 index = 0;
	if (shared && shared->next_uid + 1 < UID_SLOTS)
		index = add_to(shared->next_uid, 1) + 1;
	struct uid_counters *counters = bpf_map_lookup_elem(&uids, &index);
	if (counters && index) {
		counters->uid = uid;
		/* Another processor may have been faster; its slot counts, ours stays unused.
		 */
		if (bpf_map_update_elem(&uid_index, &uid, &index, BPF_NOEXIST)) {
			__u32 *theirs = bpf_map_lookup_elem(&uid_index, &uid);
			return theirs ? bpf_map_lookup_elem(&uids, theirs) : 0;
		}
	} else if (counters) {
		counters->uid = NO_UID;
	}
	if (counters)
		counters->used = 1;
	return counters;
}

static __always_inline struct uid_counters *
uid_get(__u32 uid)
{
	__u32 *index = bpf_map_lookup_elem(&uid_index, &uid);
	return index ? bpf_map_lookup_elem(&uids, index) : uid_claim(uid);
}

/* The index of a free script slot; SCRIPT_SLOTS if there is none. */
static __always_inline __u32
script_slot_take(void)
{
	__u32 index = SCRIPT_SLOTS;
	if (!bpf_map_pop_elem(&free_scripts, &index))
		return index;
	struct sensor_state *shared = the_state();
	if (shared && shared->next_script < SCRIPT_SLOTS)
		return add_to(shared->next_script, 1);
	return SCRIPT_SLOTS;
}

static __always_inline struct script_counters *
script_find(const struct script_key *key)
{
	__u32 *index = bpf_map_lookup_elem(&script_index, key);
	return index ? bpf_map_lookup_elem(&scripts, index) : 0;
}

/* A new slot for a script; 0 if its uid has used up its quota, or all slots are taken. */
static __noinline struct script_counters *
script_claim(const struct script_key *key)
{
	struct uid_counters *owner = uid_get(key->uid);
	if (!owner || owner->scripts >= watching.script_slots)
		return 0;
	__u32 index = script_slot_take();
	struct script_counters *counters = bpf_map_lookup_elem(&scripts, &index);
	if (!counters)
		return 0;
	counters->base = key->base;
	counters->uid = key->uid;
	counters->script = script_called(key);
	add_to(owner->scripts, 1);
	if (bpf_map_update_elem(&script_index, key, &index, BPF_NOEXIST)) {
		counters->script = 0;
		add_to(owner->scripts, (__u32)-1);
		bpf_map_push_elem(&free_scripts, &index, 0);
		return script_find(key);
	}
	return counters;
}

/* Whether this uid may say one more name now; a storm of names must not drown the others'. */
static __always_inline int
may_name(__u32 uid)
{
	struct uid_counters *owner = uid_get(uid);
	return owner && add_to(owner->names, 1) < NAMES_AT_ONCE;
}

/* Says that what the old uid ran under this base is now run by another one. */
static __always_inline void
say_alias(struct script_counters *counters, __u32 from_uid)
{
	struct name_head head = {
	    .kind = NAME_ALIAS,
	    .script = counters->script,
	    .base = counters->base,
	    .uid = counters->uid,
	    .from_uid = from_uid,
	};
	if (may_name(counters->uid) && !bpf_ringbuf_output(&names, &head, sizeof(head), 0))
		counters->named = NAMED;
}

/* The counters of a program that the uid runs; 0: it goes to the uid's other scripts. */
static __always_inline struct script_counters *
script_get(__u64 base, __u32 uid, __u32 from_uid)
{
	struct script_key key = {.base = base, .uid = uid};
	struct script_counters *counters = script_find(&key);
	if (!counters)
		counters = script_claim(&key);
	if (counters && counters->named != NAMED && from_uid != uid)
		say_alias(counters, from_uid);
	return counters;
}

/* What a task used since it was last looked at. */
struct used {
	__u64 cpu_ns;
	__u64 moved[MOVE_COUNT]; /* modulo 2^64: may be less than nothing */
};

static __always_inline void
add_moved(__u64 sums[MOVE_COUNT], const struct used *used)
{
	if (used->moved[MOVE_IN])
		add_to(sums[MOVE_IN], used->moved[MOVE_IN]);
	if (used->moved[MOVE_OUT])
		add_to(sums[MOVE_OUT], used->moved[MOVE_OUT]);
}

static __always_inline void
charge_scripts(
    struct life *life, struct uid_counters *owner, __u32 from_uid, const struct used *used)
{
	struct script_counters *nearest = script_get(life->base, life->uid, from_uid);
	__u32 starter = life->starter;
	if (nearest) {
		if (starter < STARTER_COUNT)
			add_to(nearest->cpu_ns[starter], used->cpu_ns);
		add_to(nearest->inclusive_ns, used->cpu_ns);
		add_moved(nearest->moved, used);
	} else {
		add_to(owner->other_cpu_ns[starter == STARTER_WEB], used->cpu_ns);
		add_to(owner->other_inclusive_ns, used->cpu_ns);
		add_moved(owner->other_moved, used);
	}
	if (life->root_base == life->base)
		return;
	struct script_counters *root = script_get(life->root_base, life->uid, from_uid);
	if (root)
		add_to(root->inclusive_ns, used->cpu_ns);
	else if (nearest)
		add_to(owner->other_inclusive_ns, used->cpu_ns);
}

/*
 * Changes of uid without exec (a server's worker becoming its customer): the
 * program goes on as the new uid's, and the run begins with it.
 */
static __always_inline __u32
life_follow_uid(struct life *life, __u32 uid)
{
	__u32 from_uid = life->uid;
	if (from_uid != uid) {
		life->root_base = life->base;
		life->uid = uid;
		life->flags &= ~LIFE_STRONG;
	}
	return from_uid;
}

/* Moves the mark; gives what lies between, 0 if somebody else counted it. */
static __always_inline __u64
life_advance(struct life *life, __u64 total)
{
	for (int i = 0; i < 4; i++) {
		__u64 counted = life->counted_ns;
		if (total <= counted)
			return 0;
		if (__sync_val_compare_and_swap(&life->counted_ns, counted, total) == counted)
			return total - counted;
	}
	return 0;
}

/*
 * What was moved since; who exchanges the marks has what lies between. Two that meet may
 * take turns, the sum stays right.
 */
static __always_inline void
life_move(struct life *life, const struct task_struct *task, struct used *used)
{
	__u64 moved[MOVE_COUNT];
	moved_by(task, moved);
	if (moved[MOVE_IN] != life->moved[MOVE_IN])
		used->moved[MOVE_IN] =
		    moved[MOVE_IN] -
		    __sync_lock_test_and_set(&life->moved[MOVE_IN], moved[MOVE_IN]);
	if (moved[MOVE_OUT] != life->moved[MOVE_OUT])
		used->moved[MOVE_OUT] =
		    moved[MOVE_OUT] -
		    __sync_lock_test_and_set(&life->moved[MOVE_OUT], moved[MOVE_OUT]);
}

/* Charges what the task used, `total` until now, since it was last looked at; gives how much.
 */
static __noinline __u64
charge_up_to(struct task_struct *task, struct life *life, __u64 total)
{
	struct used used = {.cpu_ns = life_advance(life, total)};
	__u32 uid = charged_uid(task);
	/* Who has moved something has also run. */
	struct uid_counters *owner = used.cpu_ns ? uid_get(uid) : 0;
	if (!owner)
		return 0;
	life_move(life, task, &used);
	add_to(owner->cpu_ns[life->starter == STARTER_WEB], used.cpu_ns);
	add_moved(owner->moved, &used);
	__u32 from_uid = life_follow_uid(life, uid);
	if (life->base)
		charge_scripts(life, owner, from_uid, &used);
	return used.cpu_ns;
}

static __always_inline __u64
charge(struct task_struct *task, struct life *life)
{
	return charge_up_to(task, life, task->se.sum_exec_runtime);
}

static __always_inline struct life *
life_find(struct task_struct *task)
{
	__u64 key = (__u64)task;
	return bpf_map_lookup_elem(&lives, &key);
}

/* What the task is charged to, as frames call it. */
static __always_inline __u64
script_of(const struct life *life)
{
	struct script_key key = {.base = life->base, .uid = life->uid};
	if (!life->base)
		return 0;
	struct script_counters *counters = script_find(&key);
	return counters ? counters->script : 1;
}

/* Whether it is watched, and not the system's by its uid. */
static __always_inline int
may_be_accounts(struct task_struct *task)
{
	return !is_no_account(task->real_cred) && (life_find(task) || is_watched(task));
}

/*
 * Begins a life; 0: there is no room for it. One that is still there under the same address is
 * of a task whose end was not seen: some kernels run no program while a task of their choice is
 * the current one.
 */
static __always_inline struct life *
life_begin(struct task_struct *task, const struct life *life)
{
	__u64 key = (__u64)task;
	if (bpf_map_update_elem(&lives, &key, life, BPF_NOEXIST)) {
		if (bpf_map_update_elem(&lives, &key, life, BPF_ANY))
			return 0;
		struct sensor_state *shared = the_state();
		if (shared)
			add_to(shared->missed, 1);
	}
	return bpf_map_lookup_elem(&lives, &key);
}

/*
 * A task ends for which there was no room: its account pays all the same, and no script. What
 * began before we came may have used most of it before.
 */
static __always_inline void
charge_whole(struct task_struct *task)
{
	struct sensor_state *shared = the_state();
	if (!shared || !shared->ready || task->start_boottime < shared->began)
		return;
	struct uid_counters *owner = uid_get(charged_uid(task));
	if (!owner)
		return;
	struct used used = {.cpu_ns = task->se.sum_exec_runtime};
	moved_by(task, used.moved);
	add_to(owner->cpu_ns[BY_OTHERS], used.cpu_ns);
	add_moved(owner->moved, &used);
}

static __always_inline void
life_end(struct task_struct *task)
{
	__u64 key = (__u64)task;
	bpf_map_delete_elem(&lives, &key);
}

#endif
