/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a read gave just what the one before it gave: of the same file or folder, up to the
 * same place, and nobody has changed it meanwhile. So a file of one word and a folder that
 * things are to come into are polled. What is longer takes several reads, and is no case of
 * this.
 */
#ifndef SENSORS_REREAD_BPF_H
#define SENSORS_REREAD_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sensors/account.bpf.h"
#include "sensors/kernel_open_types.h"
#include "sensors/polling_counts.h"

enum { IS_FOLDER = 0040000, IS_PLAIN = 0100000 };

struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
} relocated;

/* Since Linux 6.11, since 6.7, and before. */
struct inode___since_6_11 {
	__s64 i_mtime_sec;
	__u32 i_mtime_nsec;
} relocated;

struct inode___since_6_7 {
	struct timespec64 __i_mtime;
} relocated;

struct inode___older {
	struct timespec64 i_mtime;
} relocated;

struct inode___sized {
	long long i_size;
} relocated;

struct file___read {
	long long f_pos;
} relocated;

/* When the file was changed; 0: this kernel does not say it in a way that we know. */
static __always_inline __u64
changed_at(const struct inode *inode)
{
	const struct inode___since_6_11 *newest = (const void *)inode;
	const struct inode___since_6_7 *newer = (const void *)inode;
	const struct inode___older *older = (const void *)inode;
	__u64 seconds = 0, more = 0;
	if (bpf_core_field_exists(newest->i_mtime_nsec)) {
		seconds = (__u64)BPF_CORE_READ(newest, i_mtime_sec);
		more = BPF_CORE_READ(newest, i_mtime_nsec);
	} else if (bpf_core_field_exists(newer->__i_mtime)) {
		seconds = (__u64)BPF_CORE_READ(newer, __i_mtime.tv_sec);
		more = (__u64)BPF_CORE_READ(newer, __i_mtime.tv_nsec);
	} else if (bpf_core_field_exists(older->i_mtime)) {
		seconds = (__u64)BPF_CORE_READ(older, i_mtime.tv_sec);
		more = (__u64)BPF_CORE_READ(older, i_mtime.tv_nsec);
	}
	return seconds ? mix(seconds ^ mix(more)) : 0;
}

/* Files that the kernel makes up as they are read (/proc) have no size and change untold. */
static __always_inline int
tells_changes(const struct inode *inode)
{
	__u32 kind = BPF_CORE_READ(inode, i_mode) & KIND_OF_FILE;
	const struct inode___sized *sized = (const void *)inode;
	return kind == IS_FOLDER || (kind == IS_PLAIN && BPF_CORE_READ(sized, i_size) > 0);
}

static __always_inline int
is_reread(struct polling_counts *counts, const struct file *file)
{
	const struct inode *inode = BPF_CORE_READ(file, f_inode);
	const struct file___read *read = (const void *)file;
	if (!inode || !tells_changes(inode))
		return 0;
	__u64 taken = mix(BPF_CORE_READ(inode, i_ino) ^ mix(BPF_CORE_READ(inode, i_sb, s_dev)));
	taken = mix(taken ^ (__u64)BPF_CORE_READ(read, f_pos));
	__u64 as_of = changed_at(inode);
	int again = as_of && taken == counts->taken && as_of == counts->taken_as_of;
	counts->taken = taken;
	counts->taken_as_of = as_of;
	return again;
}

#endif
