/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who lays hands on the server. Nothing runs at a system call that goes well:
 *
 *      capable   whoever may not do what he asks for ends at a capability that
 *                he lacks; whoever has one that an account should not have is
 *                seen using it
 *      change    the kernel gives an inode a new time of change: by whom, and
 *                whether it lies below a guarded path, whatever name led there
 *      device    a device is opened or made, after modes have allowed it
 *
 * Who changes what is his own is let go at once, and so is the host's own
 * set-user-id program, which does for an account what the host lets it do.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sensors/account.bpf.h"
#include "sensors/counters.h"
#include "sensors/guard_say.bpf.h"
#include "sensors/descriptor.bpf.h"
#include "sensors/kernel_open_types.h"
#include "sensors/regs.bpf.h"
#include "sensors/who.bpf.h"

enum {
	CAPABILITY_READ_WRITE = 1,	      /* CAP_DAC_OVERRIDE */
	OPEN_WRITES = 01 | 02 | 0100 | 01000, /* O_WRONLY, O_RDWR, O_CREAT, O_TRUNC */
	OPEN_FOLDER = 0200000,		      /* O_DIRECTORY: to list it */
	OPEN_FOLDER_ARM = 040000,	      /* there it is another bit, and O_DIRECT here */
	SET_USER = 04000,
	SET_GROUP = 02000,
	FOR_EVERYBODY = 02,
	AT_HERE = -100, /* AT_FDCWD */
};

const char program_license[] SEC("license") = "Dual BSD/GPL";
const volatile __u32 open_folder = OPEN_FOLDER;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, GUARD_CALL_NUMBERS);
	__type(key, __u32);
	__type(value, struct guard_call);
} guard_calls SEC(".maps");

/* By inode: which guarded path, or GUARD_FREE_PLACE. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, struct guard_inode);
	__type(value, __u32);
} guard_places SEC(".maps");

/* Character devices, the major above 20 bits; all block devices count. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, __u32);
} guard_devices SEC(".maps");

/*
 * Whether the program runs with power that the host itself lent: root's file in
 * root's folder, with a set-id bit if it acts as root. A root shell that a customer has
 * made himself lies elsewhere, and what a program of the host's was tricked into
 * executing has no such bit.
 */
static __always_inline int
is_lent(struct task_struct *task, int wants_bit)
{
	struct dentry *program = BPF_CORE_READ(task, mm, exe_file, f_path.dentry);
	if (!program)
		return 1;
	struct inode *file = BPF_CORE_READ(program, d_inode);
	struct inode *folder = BPF_CORE_READ(program, d_parent, d_inode);
	if (BPF_CORE_READ(file, i_uid.val) || BPF_CORE_READ(folder, i_uid.val) ||
	    BPF_CORE_READ(folder, i_mode) & FOR_EVERYBODY)
		return 0;
	return !wants_bit || BPF_CORE_READ(file, i_mode) & (SET_USER | SET_GROUP);
}

/* The call's argument; 0 if there is none of that number. */
static __always_inline __u64
argument(const struct call_seen *seen, __s8 number)
{
	return number == 0   ? seen->arguments[0]
	       : number == 1 ? seen->arguments[1]
	       : number == 2 ? seen->arguments[2]
	       : number == 3 ? seen->arguments[3]
			     : 0;
}

/* Where a path that is not absolute leads from. */
static __always_inline void
lead_from(struct task_struct *task, struct guard_room *room, const struct guard_call *call,
    const struct call_seen *seen)
{
	int descriptor = call->directory < 0 ? AT_HERE : (int)argument(seen, call->directory);
	struct vfsmount *mount;
	if (descriptor == AT_HERE) {
		room->dentry = BPF_CORE_READ(task, fs, pwd.dentry);
		mount = BPF_CORE_READ(task, fs, pwd.mnt);
	} else {
		struct file *file = descriptor < 0 ? 0 : file_at(task, (__u32)descriptor);
		if (!file)
			return;
		room->dentry = BPF_CORE_READ(file, f_path.dentry);
		mount = BPF_CORE_READ(file, f_path.mnt);
	}
	room->mount = (void *)mount - bpf_core_field_offset(struct mount, mnt);
	struct dentry *folder = room->dentry;
	room->event.key.what ^= mix(BPF_CORE_READ(folder, d_inode, i_ino));
	bpf_loop(GUARD_DEEP, guard_walk_up, &room, 0);
}

static __always_inline void
take_paths(struct task_struct *task, struct guard_room *room, const struct guard_call *call,
    const struct call_seen *seen)
{
	struct guard_event *event = &room->event;
	room->used = 0;
	if (call->path >= 0)
		bpf_probe_read_user_str(
		    event->path, GUARD_TEXT, (void *)argument(seen, call->path));
	if (call->other >= 0)
		bpf_probe_read_user_str(
		    event->other, GUARD_TEXT, (void *)argument(seen, call->other));
	event->key.what = guard_hash(event);
	if ((call->path >= 0 || call->directory >= 0) && event->path[0] != '/')
		lead_from(task, room, call, seen);
}

/* The flags of an open: an argument, or the first word of what it points to. */
static __always_inline __u64
flags_of(const struct guard_call *call, const struct call_seen *seen)
{
	__u64 flags = argument(seen, call->flags);
	if (call->kind == GUARD_OPEN_HOW)
		bpf_probe_read_user(&flags, sizeof(flags), (void *)flags);
	return flags;
}

/* What was asked for in vain; -1 if it is no attempt: folders may be looked into. */
static __always_inline int
refused_as(const struct guard_call *call, __u64 flags)
{
	if (call->flags < 0 || flags & OPEN_WRITES)
		return GUARD_REFUSED;
	return flags & open_folder ? -1 : GUARD_READ_REFUSED;
}

/*
 * A capability that was granted: files are known by what became of them, and
 * the host may have lent it.
 */
static __always_inline int
is_done(struct task_struct *task, const struct guard_call *call, int capability)
{
	if (capability < 10)
		return 0;
	return call->kind != GUARD_NOTHING && !is_lent(task, !task->real_cred->euid.val);
}

static __always_inline const struct guard_call *
call_find(const struct call_seen *seen)
{
	__u32 number = (__u32)seen->number;
	if (number >= GUARD_CALL_NUMBERS / 2)
		return 0;
	number += seen->is_32_bit ? GUARD_CALL_NUMBERS / 2 : 0;
	return bpf_map_lookup_elem(&guard_calls, &number);
}

/* The number that says which of a kind it was, and for whose namespace. */
static __always_inline void
take_number(struct task_struct *task, struct guard_event *event, const struct call_seen *seen,
    __u64 flags)
{
	event->number = (__u32)flags;
	if (event->key.kind == GUARD_TRACE)
		event->number = (__u32)seen->arguments[1];
	if (event->key.kind == GUARD_TRACE_FIRST)
		event->number = (__u32)seen->arguments[0];
	if (event->key.kind != GUARD_TRACE && event->key.kind != GUARD_TRACE_FIRST)
		return;
	/* Its own number for itself is ours, or it speaks of other processes than we do. */
	struct pid *pid = task->thread_pid;
	__u32 level = BPF_CORE_READ(pid, level);
	void *numbers = __builtin_preserve_access_index(&pid->numbers);
	struct upid *own = numbers + (level & 31) * bpf_core_type_size(struct upid);
	if (BPF_CORE_READ(own, ns, ns.inum) != watching.daemon_namespace)
		event->number = 0;
	event->key.what = event->number;
}

SEC("tp_btf/cap_capable")
int
BPF_PROG(on_capable, const struct cred *cred, struct user_namespace *target,
    const struct user_namespace *has, int capability, int result)
{
	(void)has;
	/* Of what calls ask for most, nothing is ours. */
	const __u32 ours = 1U | 1U << 1 | 1U << 3 | 1U << 9 | 1U << 12 | 1U << 13 | 1U << 16 |
			   1U << 17 | 1U << 19 | 1U << 21 | 1U << 22 | 1U << 25 | 1U << 27;
	if (capability < 0 || capability > 31 || !(ours >> capability & 1))
		return 0;
	if (is_no_account(cred))
		return 0;
	struct task_struct *task = bpf_get_current_task_btf();
	struct call_seen seen = {0};
	call_number(task, &seen);
	const struct guard_call *call = call_find(&seen);
	if (!call || !(call->capabilities >> capability & 1) || !may_be_accounts(task))
		return 0;
	call_arguments(task, &seen);
	/* What he is, or is not, in a namespace of his own is his own affair. */
	if (namespace_owner(target) != NO_UID || namespace_owner(cred->user_ns) != NO_UID)
		return 0;
	__u64 flags = flags_of(call, &seen);
	int outcome = result ? refused_as(call, flags) : GUARD_DONE;
	if (outcome < 0 || (!result && !is_done(task, call, capability)))
		return 0;
	struct guard_room *room = guard_room_enter();
	if (!room)
		return 0;
	room->event.key.kind = capability == CAPABILITY_READ_WRITE && call->kind == GUARD_MKNOD
				   ? GUARD_CHANGE
				   : call->kind;
	room->event.key.call = call->call;
	room->event.key.outcome = (__u8)outcome;
	take_paths(task, room, call, &seen);
	take_number(task, &room->event, &seen, flags);
	guard_say(task, room);
	return 0;
}

/* The guarded place that the dentry is or lies below; -1: none, or a free one. */
static __always_inline int
place_above(struct dentry *dentry)
{
	for (int i = 0; i < GUARD_DEEP; i++) {
		struct inode *inode = BPF_CORE_READ(dentry, d_inode);
		struct guard_inode key = {.inode = BPF_CORE_READ(inode, i_ino),
		    .device = BPF_CORE_READ(inode, i_sb, s_dev)};
		__u32 *place = bpf_map_lookup_elem(&guard_places, &key);
		if (place)
			return (int)*place;
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		if (parent == dentry)
			break;
		dentry = parent;
	}
	return -1;
}

/* Collects the names below the guarded place. */
static long
walk_to_place(__u32 step, struct guard_room **context)
{
	(void)step;
	struct guard_room *room = *context;
	struct dentry *dentry = room->dentry;
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct guard_inode key = {
	    .inode = BPF_CORE_READ(inode, i_ino), .device = BPF_CORE_READ(inode, i_sb, s_dev)};
	__u32 used = room->used;
	if (used >= GUARD_FOLDER || bpf_map_lookup_elem(&guard_places, &key))
		return 1;
	long size = bpf_probe_read_kernel_str(
	    &room->event.folder[used], GUARD_NAME, BPF_CORE_READ(dentry, d_name.name));
	if (size <= 0)
		return 1;
	room->used = used + (__u32)size;
	room->dentry = BPF_CORE_READ(dentry, d_parent);
	return 0;
}

/*
 * Only this one of the kernel's words about times: it means `now`, by whoever is
 * running. Others are also said when an inode is read from a disk or a server.
 */
SEC("tp_btf/ctime_ns_xchg")
int
BPF_PROG(on_change, struct inode *inode)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct cred *cred = task->real_cred;
	if (is_no_account(cred))
		return 0;
	if (inode->i_uid.val == cred->uid.val)
		return 0;
	struct inode___named *named = (void *)inode;
	struct hlist_node *alias = named->i_dentry.first;
	if (!alias)
		return 0;
	struct dentry *dentry =
	    (void *)alias - bpf_core_field_offset(struct dentry___named, d_u.d_alias);
	int place = place_above(dentry);
	if (place < 0 || place >= GUARD_FREE_PLACE || !may_be_accounts(task) ||
	    is_lent(task, 1))
		return 0;
	struct guard_room *room = guard_room_enter();
	if (!room)
		return 0;
	struct call_seen seen = {0};
	call_number(task, &seen);
	call_arguments(task, &seen);
	const struct guard_call *call = call_find(&seen);
	if (call && call->kind != GUARD_NOTHING) {
		take_paths(task, room, call, &seen);
		room->event.key.call = call->call;
	}
	room->used = 0;
	room->dentry = dentry;
	bpf_loop(GUARD_DEEP, walk_to_place, &room, 0);
	room->event.place = (__u16)place;
	room->event.key.kind = GUARD_WRITTEN;
	room->event.key.outcome = GUARD_DONE;
	room->event.key.what = inode->i_ino;
	guard_say(task, room);
	return 0;
}

SEC("cgroup/dev")
int
on_device(struct bpf_cgroup_dev_ctx *device)
{
	__u32 uid = (__u32)bpf_get_current_uid_gid();
	int is_block = (device->access_type & 0xffff) == BPF_DEVCG_DEV_BLOCK;
	__u32 number = device->major << 20 | device->minor;
	if (!uid || (!is_block && !bpf_map_lookup_elem(&guard_devices, &number)))
		return 1;
	struct task_struct *task = bpf_get_current_task_btf();
	if (!may_be_accounts(task) || is_lent(task, 1))
		return 1;
	struct guard_room *room = guard_room_enter();
	if (!room)
		return 1;
	room->used = 0;
	room->event.key.kind = GUARD_DEVICE;
	room->event.key.outcome = GUARD_DONE;
	room->event.key.what = number | (__u64)device->access_type << 32;
	room->event.number = number;
	room->event.place = (__u16)(device->access_type >> 16);
	room->event.is_block = is_block;
	guard_say(task, room);
	return 1;
}
