/* SPDX-License-Identifier: Apache-2.0 */
/* From where the kernel programs look at the host, and at whom: what every set of them is told.
 */
#ifndef SENSORS_WATCHING_H
#define SENSORS_WATCHING_H

#include <linux/types.h>

struct watching {
	__u32 script_slots;	 /* of one uid */
	__u32 watched_namespace; /* PID namespace (inode); 0: all */
	__u32 daemon_namespace;	 /* in which pids are told */
	__u32 root_device;	 /* of the daemon's root: there paths begin */
	__u64 root_inode;
	__u32 first_uid; /* no uid below can be an account */
	__u32 padding;
};

#endif
