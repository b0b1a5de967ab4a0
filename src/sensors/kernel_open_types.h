/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Further fields of kernel structures, as in kernel_types.h: what processes have
 * open, and how much a user has of what is limited.
 */
#ifndef SENSORS_KERNEL_OPEN_TYPES_H
#define SENSORS_KERNEL_OPEN_TYPES_H

#include "sensors/kernel_types.h"

struct hlist_node {
	struct hlist_node *next;
} relocated;

struct hlist_head {
	struct hlist_node *first;
} relocated;

/* The names of an inode. */
struct inode___named {
	struct hlist_head i_dentry;
} relocated;

struct dentry___named {
	union {
		struct hlist_node d_alias;
	} d_u;
} relocated;

enum { LIMITED_TASKS = 0 }; /* UCOUNT_RLIMIT_NPROC */

/* What one uid has of what is limited, in one user namespace. */
struct ucounts {
	struct user_namespace *ns;
	atomic_long_t rlimit[4];
} relocated;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} relocated;

struct files_struct {
	struct fdtable *fdt;
} relocated;

struct in6_addr {
	__u8 s6_addr[16];
};

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport; /* in network order */
	__u16 skc_num;
	unsigned short skc_family;
	unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} relocated;

struct sock {
	struct sock_common __sk_common;
} relocated;

struct socket {
	struct sock *sk;
} relocated;

/* S_IFMT: what kind of file an inode's mode says it is. */
enum { KIND_OF_FILE = 0170000 };

#endif
