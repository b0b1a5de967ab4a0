/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few fields of kernel structures that the kernel programs read. They are
 * relocated by name when a program is loaded (CO-RE), so the order and the
 * neighbours of a field do not matter, and one object serves all kernels.
 */
#ifndef SENSORS_KERNEL_TYPES_H
#define SENSORS_KERNEL_TYPES_H

#include <linux/types.h>

#define relocated __attribute__((preserve_access_index))

enum { KERNEL_THREAD = 0x00200000 }; /* PF_KTHREAD */
enum {
	COUNT_FILE = 0,
	COUNT_ANON = 1,
	COUNT_SWAP = 2,
	COUNT_SHMEM = 3,
	COUNT_KINDS = 4
};			      /* of mm's rss_stat */
enum { PIDTYPE_PROCESS = 1 }; /* PIDTYPE_TGID */

typedef struct {
	__u32 val;
} kuid_t;

struct ns_common {
	unsigned int inum;
} relocated;

typedef struct {
	__s64 counter;
} atomic_long_t;

struct ucounts;
struct files_struct;

struct user_namespace {
	struct user_namespace *parent;
	int level;
	kuid_t owner;
	struct ucounts *ucounts; /* of who made it */
} relocated;

struct cred {
	kuid_t uid;
	kuid_t euid;
	struct user_namespace *user_ns;
	struct ucounts *ucounts;
} relocated;

struct pid_namespace {
	struct ns_common ns;
} relocated;

struct upid {
	int nr;
	struct pid_namespace *ns;
} relocated;

struct pid {
	unsigned int level;
	struct upid numbers[1];
} relocated;

struct super_block {
	__u32 s_dev;
} relocated;

struct inode {
	kuid_t i_uid;
	unsigned short i_mode;
	unsigned int i_nlink;
	unsigned long i_ino;
	struct super_block *i_sb;
} relocated;

struct qstr {
	const unsigned char *name;
} relocated;

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
} relocated;

struct vfsmount {
	struct dentry *mnt_root;
} relocated;

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
} relocated;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
} relocated;

struct file {
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
} relocated;

struct fs_struct {
	struct path root;
	struct path pwd;
} relocated;

struct mnt_namespace {
	struct ns_common ns;
	struct user_namespace *user_ns;
} relocated;

struct nsproxy {
	struct mnt_namespace *mnt_ns;
} relocated;

struct percpu_counter {
	__s64 count;
} relocated;

/* Since Linux 6.2. */
struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	struct file *exe_file;
	unsigned long hiwater_rss; /* pages */
	struct percpu_counter rss_stat[COUNT_KINDS];
} relocated;

/* Before it. */
struct mm_rss_stat {
	atomic_long_t count[COUNT_KINDS];
} relocated;

struct mm_struct___before_6_2 {
	struct mm_rss_stat rss_stat;
} relocated;

struct cfs_rq;

struct sched_entity {
	struct cfs_rq *cfs_rq;
	__u64 exec_start; /* by the run queue's clock: when sum_exec_runtime was last brought up
			     to date */
	__u64 sum_exec_runtime;
} relocated;

struct signal_struct {
	struct pid *pids[4];
	__u64 cutime; /* of children that were waited for */
	__u64 cstime;
	unsigned long long sum_sched_runtime; /* of threads that have ended */
	unsigned long maxrss;		      /* pages */
} relocated;

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	__u64 start_boottime;
	struct sched_entity se;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	const struct cred *real_cred;
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
} relocated;

struct linux_binprm {
	struct file *file;
	const char *filename;
	const char *interp;
} relocated;

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} relocated;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} relocated;

#endif
