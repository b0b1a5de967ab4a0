/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guard's kernel programs and their reader share.
 *
 * An attempt is said once in words; while its reader has not looked, further
 * ones like it only count. So a storm of one attempt is one event and a number.
 */
#ifndef SENSORS_GUARD_EVENTS_H
#define SENSORS_GUARD_EVENTS_H

#include <linux/types.h>

enum {
	GUARD_TEXT = 256,
	GUARD_FOLDER = 512,
	GUARD_NAME = 256,
	GUARD_CALL_NUMBERS = 1024, /* the 32-bit calls of a 64-bit kernel begin at half of it */
	GUARD_COUNTS = 8192,
	GUARD_RING_BYTES = 512 << 10,
	GUARD_FREE_PLACE = 1 << 15, /* the number of what is free again */
	GUARD_SAID_MOST = 48, /* in words, by one uid, of one outcome, within the window */
};

#define GUARD_WINDOW_NS 10000000000ULL

enum guard_kind {
	GUARD_NOTHING,
#define GUARD_KIND(symbol, capabilities, value, words) GUARD_##symbol,
#include "sensors/guard_kinds.def"
#undef GUARD_KIND
	GUARD_WRITTEN, /* what is guarded was changed */
	GUARD_DEVICE,  /* a device was opened or made */
	GUARD_KINDS
};

enum guard_outcome { GUARD_READ_REFUSED, GUARD_REFUSED, GUARD_DONE, GUARD_OUTCOMES };

/* A row of guard_calls.def as the kernel programs know it, by the number of the call. */
struct guard_call {
	__u32 capabilities;
	__u8 kind; /* enum guard_kind; GUARD_NOTHING: not listed */
	__u8 call; /* row */
	__s8 path; /* arguments; -1: none */
	__s8 directory;
	__s8 other;
	__s8 flags;
	__u8 padding[2];
};

struct guard_key {
	__u64 script; /* as in frames */
	__u64 what;   /* hash of the path, or the number */
	__u32 uid;    /* charged */
	__u8 kind;
	__u8 call;
	__u8 outcome;
	__u8 padding;
};

/* A guarded place by its inode. */
struct guard_inode {
	__u64 inode;
	__u32 device; /* as the kernel writes it */
	__u32 padding;
};

struct guard_event {
	struct guard_key key;
	__u64 start;  /* of the process, ns of the boot clock */
	__u32 pid;    /* of the process, as the daemon sees it; 0: not at all */
	__u32 number; /* a traced pid; a device, the major above 20 bits; flags of an open */
	__u16
	    place; /* of GUARD_WRITTEN: which guarded path; of GUARD_DEVICE: access asked for */
	__u16 folder_length;
	__u32 is_block;
	char path[GUARD_TEXT];
	char other[GUARD_TEXT];
	char folder[GUARD_FOLDER + GUARD_NAME]; /* names from the leaf up, a NUL behind each */
};

/* What was not said, in memory that the reader shares. */
struct guard_state {
	__u64 unheard[GUARD_OUTCOMES]; /* more than one uid may say at a time */
	__u64 lost;		       /* the ring was full, or the room in use */
	__u32 devices;		       /* whether opened devices are seen */
	__u32 padding;
};

#endif
