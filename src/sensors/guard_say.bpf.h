/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the guard says an attempt: in words the first time, as a number until its
 * reader has looked, and of one uid never more than a few in words at a time, so
 * that nobody's storm takes the room of others.
 */
#ifndef SENSORS_GUARD_SAY_BPF_H
#define SENSORS_GUARD_SAY_BPF_H

#include "sensors/account.bpf.h"
#include "sensors/guard_events.h"

enum { GUARD_DEEP = 40, GUARD_TALKERS = 4096 };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GUARD_COUNTS);
	__type(key, struct guard_key);
	__type(value, __u64);
} guard_counts SEC(".maps");

struct guard_talk {
	__u64 window;
	__u32 said[GUARD_OUTCOMES];
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, GUARD_TALKERS);
	__type(key, __u32);
	__type(value, struct guard_talk);
} guard_talks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, GUARD_RING_BYTES);
} guard_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard_state);
} guard_state SEC(".maps");

/* What is too large for the stack; in use by one task of a processor at a time. */
struct guard_room {
	__u32 busy;
	__u32 used; /* bytes of the folder's names so far */
	struct dentry *dentry;
	struct mount *mount;
	struct guard_event event;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard_room);
} guard_rooms SEC(".maps");

static __always_inline struct guard_state *
guard_the_state(void)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(&guard_state, &zero);
}

static __always_inline struct guard_room *
guard_room_enter(void)
{
	__u32 zero = 0;
	struct guard_room *room = bpf_map_lookup_elem(&guard_rooms, &zero);
	struct guard_state *shared = guard_the_state();
	if (!room || !shared)
		return 0;
	if (room->busy) {
		add_to(shared->lost, 1);
		return 0;
	}
	room->busy = 1;
	__builtin_memset(&room->event, 0, __builtin_offsetof(struct guard_event, folder));
	return room;
}

/* The key of the script that the task runs, as frames call it. */
static __always_inline __u64
script_run_by(struct task_struct *task)
{
	struct life *life = life_find(task);
	if (!life || !life->base)
		return 0;
	struct script_key key = {.base = life->base, .uid = life->uid};
	struct script_counters *counters = script_find(&key);
	return counters ? counters->script : 1;
}

static __always_inline int
guard_may_say(const struct guard_key *key)
{
	struct guard_talk *talk = bpf_map_lookup_elem(&guard_talks, &key->uid);
	__u64 now = bpf_ktime_get_boot_ns();
	if (!talk) {
		struct guard_talk fresh = {.window = now};
		bpf_map_update_elem(&guard_talks, &key->uid, &fresh, BPF_NOEXIST);
		talk = bpf_map_lookup_elem(&guard_talks, &key->uid);
	}
	if (!talk || key->outcome >= GUARD_OUTCOMES)
		return 0;
	if (now - talk->window > GUARD_WINDOW_NS) {
		talk->window = now;
		talk->said[GUARD_READ_REFUSED] = 0;
		talk->said[GUARD_REFUSED] = 0;
		talk->said[GUARD_DONE] = 0;
	}
	return __sync_fetch_and_add(&talk->said[key->outcome], 1) < GUARD_SAID_MOST;
}

/* Whether somebody must still be told in words. */
static __always_inline int
guard_count(const struct guard_key *key)
{
	__u64 one = 1;
	__u64 *count = bpf_map_lookup_elem(&guard_counts, key);
	if (count) {
		add_to(*count, 1);
		return 0;
	}
	struct guard_state *shared = guard_the_state();
	if (guard_may_say(key))
		return !bpf_map_update_elem(&guard_counts, key, &one, BPF_ANY);
	if (shared && key->outcome < GUARD_OUTCOMES)
		add_to(shared->unheard[key->outcome], 1);
	return 0;
}

/* Hashes the path, and puts who it was into the event; says it, and leaves the room. */
static __always_inline void
guard_say(struct task_struct *task, struct guard_room *room)
{
	struct guard_event *event = &room->event;
	event->key.uid = charged_uid(task);
	event->key.script = script_run_by(task);
	if (guard_count(&event->key)) {
		struct guard_state *shared = guard_the_state();
		event->pid = process_pid(task);
		event->start = task->group_leader->start_boottime;
		__u32 used = room->used;
		if (used > GUARD_FOLDER + GUARD_NAME)
			used = 0;
		event->folder_length = (__u16)used;
		__u64 wake =
		    event->key.outcome == GUARD_DONE ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
		if (bpf_ringbuf_output(&guard_events, event,
			__builtin_offsetof(struct guard_event, folder) + used, wake)) {
			bpf_map_delete_elem(&guard_counts, &event->key);
			if (shared)
				add_to(shared->lost, 1);
		}
	}
	room->used = 0;
	room->busy = 0;
}

static __always_inline __u64
guard_hash(const struct guard_event *event)
{
	const __u64 *words = (const __u64 *)event->path;
	__u64 hash = ARGV_HASH_START;
	for (int i = 0; i < GUARD_TEXT / 8; i++)
		hash = (hash ^ words[i]) * ARGV_HASH_FACTOR;
	return mix(hash);
}

/* Collects one name and goes one up; at the root of a mount, over to where it is mounted. */
static long
guard_walk_up(__u32 step, struct guard_room **context)
{
	(void)step;
	struct guard_room *room = *context;
	struct dentry *dentry = room->dentry;
	if (is_our_root(dentry))
		return 1;
	struct mount *mount = room->mount;
	if (mount && dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		room->mount = BPF_CORE_READ(mount, mnt_parent);
		room->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		return room->mount == mount;
	}
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	__u32 used = room->used;
	if (parent == dentry || used >= GUARD_FOLDER)
		return 1;
	long size = bpf_probe_read_kernel_str(
	    &room->event.folder[used], GUARD_NAME, BPF_CORE_READ(dentry, d_name.name));
	if (size <= 0)
		return 1;
	room->used = used + (__u32)size;
	room->dentry = parent;
	return 0;
}

#endif
