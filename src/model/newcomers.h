/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel programs of newcomers and the enforcer share: the enforcer
 * writes on a board, which lies in memory of both, whose processes belong into
 * which group; the programs tell it of each that is not there, and note on the
 * board what it used until it was.
 */
#ifndef MODEL_NEWCOMERS_H
#define MODEL_NEWCOMERS_H

#include <linux/types.h>

/* All that this is about is handed over under names that begin so. */
#define NEWCOMERS "newcomers."

/* What the enforcer reads, writes, and asks who is there; the last is not loaded everywhere. */
#define NEWCOMERS_TOLD	  NEWCOMERS "told"
#define NEWCOMERS_BOARD	  NEWCOMERS "board"
#define NEWCOMERS_SWEEP	  NEWCOMERS "sweep"
#define NEWCOMERS_CHANGES NEWCOMERS "changes"

enum {
	NEWCOMER_RANGES = 256,	   /* of uids that are held at a time */
	NEWCOMER_RING = 64 << 10,  /* bytes */
	NEWCOMERS_UNBOUND = 16384, /* processes on their way at a time */
};

struct newcomer_range {
	__u32 first;
	__u32 last;
	__u64 group;	  /* of the hierarchy of processors, by its inode */
	__u64 unbound_ns; /* processor time used outside of it by who came since */
};

struct newcomer_board {
	__u32 count; /* of ranges; 0: the programs do nothing */
	__u32 lost;  /* newcomers that could not be told */
	struct newcomer_range ranges[NEWCOMER_RANGES];
};

/* One telling: a process, as the daemon sees it. */
struct newcomer {
	__u32 pid;
	__u32 uid;
};

#endif
