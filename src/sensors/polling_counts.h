/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel programs of the polling part count, and their reader shares. */
#ifndef SENSORS_POLLING_COUNTS_H
#define SENSORS_POLLING_COUNTS_H

#include <linux/types.h>

enum {
	POLLING_NUMBERS =
	    1024, /* of calls; the 32-bit ones of a 64-bit kernel begin at half of it */
	POLLING_MOST = 64,  /* processes that are listened to at a time */
	POLLING_ROWS = 192, /* most calls in polling_calls.def */
};

/* Processor time with which a task becomes worth a look at all. */
#define POLLING_WORTH_NS 50000000ULL

enum polling_class {
	POLLING_UNLISTED,
	POLLING_WAIT,
	POLLING_SLEEP,
	POLLING_TIMED,
	POLLING_READ,
	POLLING_PART,
	POLLING_MOVE,
	POLLING_LOOK,
	POLLING_TAKE,
	POLLING_OPEN,
	POLLING_TRY,
	POLLING_YIELD,
	POLLING_ASIDE,
};

/* A row of polling_calls.def, by the number of the call. */
struct polling_call {
	__u8 class; /* enum polling_class */
	__u8 row;
	__u8 padding[2];
};

/* One task of an account, as the sweep tells it: sums since it began. */
struct polling_task {
	__u32 process; /* as the kernel numbers it */
	__u32 pid;     /* as the daemon sees it; 0: not at all */
	__u32 uid;
	__u32 padding;
	__u64 script; /* as in frames */
	__u64 start;  /* of the process, ns of the boot clock */
	__u64 cpu_ns;
	__u64 wakes; /* times it gave the processor away by itself */
	__u64 calls; /* that read or write */
	__u64 bytes; /* read and written */
};

/* What a process that is listened to did. */
struct polling_counts {
	__u64 done;		  /* calls that did something */
	__u64 bytes;		  /* that they moved */
	__u64 taken;		  /* what it read last: of which file, and up to where */
	__u64 taken_as_of;	  /* when that had been changed */
	__u32 vain[POLLING_ROWS]; /* calls that came to nothing, by row */
};

#endif
