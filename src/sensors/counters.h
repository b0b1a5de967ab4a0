/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel programs count, as it lies in memory shared with the sensor,
 * and what they say when they meet something new.
 *
 * The kernel adds, the sensor writes what it has reported beside it: the
 * difference is what a frame holds. Both survive the sensor's death.
 */
#ifndef SENSORS_COUNTERS_H
#define SENSORS_COUNTERS_H

#include <linux/types.h>

#include "model/run_scale.h"
#include "model/starter.h"
#include "sensors/argv_scan.h"

enum {
	LIVES = 65536, /* tasks alive at a time, at least: see load.c */
	LIVES_MOST = 524288,
	UID_SLOTS = 16384,    /* slot 0 is for uids that found no slot */
	SCRIPT_SLOTS = 32768, /* of all uids together */
	NAMES_AT_ONCE = 128,  /* new names that one uid may say in one interval */
	NAME_RING_BYTES = 2 << 20,
	PROGRAM_NAME = 32,
	FOLDER_BYTES = 1024,
	LONGEST_NAME = 256,
	INTERPRETER_SLOTS = 64,
	MEMORY_WORTH_TELLING = 8 << 20, /* bytes; less is asked about by nobody */
};

#define NO_UID 0xffffffffU

/* Whose processor time: a sum is the same as one counter, and each share stands by itself. */
enum by { BY_OTHERS, BY_WEB, BY_COUNT };

/* Bytes from and to storage. What is written may be taken back, so sums of it have a sign. */
enum move { MOVE_IN, MOVE_OUT, MOVE_COUNT };

/* The sums of one uid. `other` is what its scripts used that got no slot. */
struct uid_counters {
	__u32 uid;
	__u32 scripts; /* script slots in use */
	__u32 names;   /* said since the sensor last looked */
	__u32 used;    /* whether the slot belongs to a uid */
	__u64 cpu_ns[BY_COUNT];
	__u64 runs;
	__u64 other_cpu_ns[BY_COUNT];
	__u64 other_inclusive_ns;
	__u64 other_runs;
	__u64 moved[MOVE_COUNT];
	__u64 other_moved[MOVE_COUNT];
	__u64 reported_cpu_ns[BY_COUNT];
	__u64 reported_runs;
	__u64 reported_other_cpu_ns[BY_COUNT];
	__u64 reported_other_inclusive_ns;
	__u64 reported_other_runs;
	__u64 reported_moved[MOVE_COUNT];
	__u64 reported_other_moved[MOVE_COUNT];
};

/* Whether a script's name was said to the sensor. */
enum named {
	NOT_NAMED,
	NAMED,
	NAMED_BEFORE, /* to one before the one that is running now, which wants to hear it too
		       */
};

/* The sums of one script of one uid. */
struct script_counters {
	__u64 script; /* what it is called in frames; 0: the slot is free */
	__u64 base;   /* the program, whoever runs it */
	__u32 uid;
	__u32 named;		     /* enum named */
	__u64 cpu_ns[STARTER_COUNT]; /* by who started the run */
	__u64 inclusive_ns;
	__u64 runs;
	__u64 moved[MOVE_COUNT];
	__u64 run_memory; /* most bytes that one of its processes held, until it is reported */
	__u32 ended[RUN_STEPS]; /* runs that ended, by what they used beyond their interpreter's
				   start */
	__u64 reported_cpu_ns[STARTER_COUNT];
	__u64 reported_inclusive_ns;
	__u64 reported_runs;
	__u64 reported_moved[MOVE_COUNT];
};

/* The uid is part of the key, so no choice of names can collide with a neighbour's script. */
struct script_key {
	__u64 base;
	__u32 uid;
	__u32 padding;
};

/* Bijective scrambling of 64 bits (the finalizer of MurmurHash3). */
static inlined __u64
mix(__u64 bits)
{
	bits = (bits ^ bits >> 33) * 0xff51afd7ed558ccdULL;
	bits = (bits ^ bits >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return bits ^ bits >> 33;
}

/* How much all runs of an interpreter of the system's used, and what of it counts as its start;
 * 0: of other programs. */
struct interpreter_runs {
	__u64 start_ns; /* written by the sensor */
	__u32 ended[RUN_STEPS];
	__u32 padding[2];
};

/*
 * What a script is called in frames, the same after every restart; 0, 1 and 2 are
 * taken. It says which script only together with the uid: a customer may try
 * to find a name that is called like a neighbour's.
 */
static inlined __u64
script_called(const struct script_key *key)
{
	__u64 called = mix(key->base ^ mix(key->uid));
	return called < 3 ? called + 3 : called;
}

/* A file of a server of PHP, as programs of the kernel see it. */
struct served_key {
	__u64 device;
	__u64 inode;
};

struct sensor_state {
	__u32 ready;	/* the living were seen once: who is new from now on began at zero */
	__u32 next_uid; /* slots handed out */
	__u32 next_script;
	__u32 unserved;	   /* servers of PHP that began and to which nobody listens */
	__u64 lost;	   /* names that found the ring full */
	__u64 missed;	   /* tasks whose end was not seen */
	__u64 crowded;	   /* tasks that began without room for a life */
	__u64 began;	   /* ns of the boot clock: since then it is ready */
	__s64 reported_at; /* boot clock, ms: end of the last frame */
	__u32 tells_moved; /* the kernel knows what tasks move from and to storage */
	__u32 padding;
};

/* One task of the living, as the sweep tells it. */
struct living {
	__u32 pid; /* of the process, as the daemon's PID namespace sees it; 0: not at all */
	__u32 uid;
	__u64 script;
	__u64 start;  /* of the process, ns of the boot clock */
	__u64 cpu_ns; /* of this task since it was last looked at */
	__u64 space;  /* says which tasks share an address space; 0: none */
	__u64 memory; /* bytes of that address space */
	__u64 shared; /* of them in memory that is shared by its nature */
	__u32 leader; /* whether it stands for its process */
	__u32 padding;
};

enum name_kind {
	NAME_SCRIPT, /* bytes[start, length] in the folder; absolute texts have no folder */
	NAME_BINARY, /* program in the folder */
	NAME_CODE,   /* program with code after the option letter */
	NAME_ALIAS,  /* the same program as from_uid's, run by another uid without exec */
};

/* What a new script key stands for: the part that every name has. */
struct name_head {
	__u64 script;
	__u64 base;
	__u32 uid;
	__u32 from_uid;
	__u64 mount_namespace;
	__u64 inode;  /* of the folder */
	__u32 device; /* of the folder, as the kernel writes it */
	__u16 start;
	__u16 length;
	__u16 folder_length;
	__u8 kind; /* enum name_kind */
	__u8 letter;
	__u8 interpreted; /* program is the interpreter of the script */
	__u8 padding[3];
};

/* The whole of it, but for aliases. Only as much of the folder as is used is sent. */
struct name_event {
	struct name_head head;
	char program[PROGRAM_NAME];
	unsigned char bytes[ARGV_WINDOW];
	char
	    folder[FOLDER_BYTES + LONGEST_NAME]; /* names from the leaf up, a NUL behind each */
};

#endif
