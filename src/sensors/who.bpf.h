/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who pays for a task: the charged uid, and whether the task is watched at all.
 *
 * The uid is the real one. A customer's own user namespace can map any of the
 * customer's subordinate uids, which no account may own; there the owner of
 * the outermost namespace that root did not make pays. Namespaces that root
 * made (containers) are the host's own arrangement and count as none.
 */
#ifndef SENSORS_WHO_BPF_H
#define SENSORS_WHO_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sensors/counters.h"
#include "sensors/kernel_types.h"
#include "sensors/watching.h"

enum { DEEPEST_NAMESPACE = 33 }; /* user and PID namespaces nest 32 deep at most */

const volatile struct watching watching = {.script_slots = 1024, .first_uid = 1000};
const volatile __u32 first_namespace = 0xeffffffc; /* the host's first: PROC_PID_INIT_INO */

/* What is known of the pointer is forgotten. */
static __always_inline __u64
plain_address(const void *pointer)
{
	__u64 address = 0;
	bpf_probe_read_kernel(&address, sizeof(address), &pointer);
	return address;
}

/*
 * These two are functions of their own, of an address that proves nothing: the kernel checks
 * them once, and not again on each way that leads to them, which took a second of each start.
 */
__u32 namespace_owner_at(__u64 address);
__u32 number_at(__u64 address, __u32 inode);

__noinline __u32
namespace_owner_at(__u64 address)
{
	const struct user_namespace *namespace = (const void *)address;
	__u32 owner = NO_UID;
	for (int i = 0; i < DEEPEST_NAMESPACE; i++) {
		if (!namespace || !BPF_CORE_READ(namespace, level))
			break;
		__u32 maker = BPF_CORE_READ(namespace, owner.val);
		if (maker)
			owner = maker;
		namespace = BPF_CORE_READ(namespace, parent);
	}
	return owner;
}

/* The owner of the outermost namespace that root did not make; NO_UID if root made all. */
static __always_inline __u32
namespace_owner(const struct user_namespace *namespace)
{
	return namespace_owner_at(plain_address(namespace));
}

static __always_inline __u32
charged_uid(struct task_struct *task)
{
	const struct cred *cred = task->real_cred;
	struct user_namespace *namespace = cred->user_ns;
	__u32 uid = cred->uid.val;
	if (!namespace->level)
		return uid;
	__u32 owner = namespace_owner(namespace);
	return owner == NO_UID ? uid : owner;
}

__noinline __u32
number_at(__u64 address, __u32 inode)
{
	struct pid *pid = (void *)address;
	__u32 level = BPF_CORE_READ(pid, level);
	void *numbers = __builtin_preserve_access_index(&pid->numbers);
	for (__u32 i = 0; i < DEEPEST_NAMESPACE && i <= level; i++) {
		struct upid *number = numbers + i * bpf_core_type_size(struct upid);
		if (BPF_CORE_READ(number, ns, ns.inum) == inode)
			return (__u32)BPF_CORE_READ(number, nr);
	}
	return 0;
}

/* The task's number in the PID namespace of that inode, 0 if it is not in it or below it. */
static __always_inline __u32
number_in(const struct pid *pid, __u32 inode)
{
	return number_at(plain_address(pid), inode);
}

static __always_inline int
is_watched(struct task_struct *task)
{
	if (task->flags & KERNEL_THREAD)
		return 0;
	if (!watching.watched_namespace)
		return 1;
	struct pid *pid = task->thread_pid;
	return pid && number_in(pid, watching.watched_namespace);
}

/* The pid of the task's process as the daemon sees it. */
static __always_inline __u32
process_pid(struct task_struct *task)
{
	if (watching.daemon_namespace == first_namespace)
		return (__u32)task->tgid;
	struct pid *pid = BPF_CORE_READ(task, signal, pids[PIDTYPE_PROCESS]);
	return pid ? number_in(pid, watching.daemon_namespace) : 0;
}

/* A uid of the system's, as the host has it; in a namespace of a customer's they are his. */
static __always_inline int
is_no_account(const struct cred *cred)
{
	return cred->uid.val < watching.first_uid && !cred->user_ns->level;
}

/* 64 bits, as one number or as two. */
typedef struct {
	__u64 val;
} kernel_cap_t;

struct cred___able {
	kernel_cap_t cap_permitted;
} relocated;

/*
 * Whether a program that an account executed acts as somebody else, or has what it takes to
 * become him: it is set-user-id, or a file of capabilities.
 */
static __always_inline int
may_change_uid(const struct cred *cred)
{
	const struct cred___able *able = (const void *)cred;
	__u64 capabilities = 0;
	if (is_no_account(cred))
		return 0;
	if (cred->euid.val != cred->uid.val)
		return 1;
	/* What may be done in a namespace of one's own changes nobody who pays. */
	if (cred->user_ns->level)
		return 0;
	bpf_probe_read_kernel(&capabilities, sizeof(capabilities),
	    __builtin_preserve_access_index(&able->cap_permitted));
	return capabilities != 0;
}

/*
 * Paths are told as the daemon sees them, which may live below a root of its
 * own. Never by the root of the process: a customer can make himself one.
 */
static __always_inline int
is_our_root(const struct dentry *dentry)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	return BPF_CORE_READ(inode, i_ino) == watching.root_inode &&
	       BPF_CORE_READ(inode, i_sb, s_dev) == watching.root_device;
}

#endif
