/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame: one sensor's raw counters of all uids over one interval, with the
 * host's capacity over the same interval. Shares are derived in the engine, so
 * that history can be weighed again under another policy.
 *
 * A uid's row with script 0 is its total and depends on no ring and on no slot
 * of a script; rows with a script split that total. What ran no script has no
 * script row. script OTHER_SCRIPTS holds what overflowed the uid's quota.
 */
#ifndef MODEL_FRAME_H
#define MODEL_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/wire.h"
#include "model/run_scale.h"
#include "model/starter.h"
#include "model/target.h"

#define OTHER_SCRIPTS UINT64_C(1)

/* Among an account's scripts the database stands as if it were one; no frame has a row of it.
 */
#define DATABASE_SCRIPT UINT64_C(2)

/* How many runs used so much beyond what their interpreter needs to start. */
struct run_count {
	uint8_t step; /* of model/run_scale.h */
	uint32_t count;
};

struct frame_row {
	uint32_t uid;		   /* charged uid */
	uint32_t processes;	   /* living at the end of the interval */
	uint64_t script;	   /* 0: the uid's total */
	uint64_t cpu_ns;	   /* exclusive, used in the interval */
	uint64_t web_cpu_ns;	   /* what of cpu_ns the web server started */
	uint64_t inclusive_cpu_ns; /* with everything the run started; total rows: as cpu_ns */
	uint64_t memory;	   /* bytes of anon + swap + shmem held at the end */
	uint64_t runs;		   /* programs that began in the interval */
	uint64_t read_bytes;	   /* from storage in the interval, the page cache apart */
	uint64_t written_bytes;	   /* made to be written to it */
	uint64_t io_ns;	    /* the disks' time that was its own, see sensors/disk_time.h */
	uint32_t pid;	    /* its largest process by CPU in the interval, 0 if it has ended */
	uint64_t pid_start; /* that process's start, ns since boot (boot clock) */
	uint32_t other_count; /* of a script: living besides the largest, in no order */
	struct target *others;
	enum starter starter; /* of a script: who started most of cpu_ns; else _UNKNOWN */
	uint64_t
	    run_memory; /* of a script: most bytes of its own that one of its processes held */
	uint32_t step_count;
	struct run_count *steps; /* runs that ended, by the processor time that each used */
};

struct frame {
	int64_t at;	     /* end of the interval, ms of the boot clock */
	int64_t interval_ns; /* its length */
	uint64_t cpu_ns;     /* capacity: online processors x interval */
	uint64_t memory;     /* capacity: bytes of RAM */
	uint64_t io_ns;	     /* capacity: the time that the disks had; 0: it was not measured */
	uint64_t io_busy_ns; /* what of it they worked, for everybody */
	uint64_t lost;	     /* ring events lost so far; counters lose nothing */
	uint32_t row_count;
	struct frame_row *rows;
};

/* What a script key stands for, said once, before the first row with it (and again on request).
 */
struct script_name {
	uint64_t script;
	uint32_t uid;
	uint64_t mount_namespace; /* inode; differs from the host's inside containers */
	uint64_t device;	  /* of the script's directory, as stat(2) gives it */
	uint64_t inode;		  /* of the script's directory */
	const char *path;	  /* as best known, may be relative; bytes the customer chose */
	const char *interpreter;  /* base name of the interpreter, "" if none */
};

void frame_encode(const struct frame *frame, struct str *out);

/* Decodes a whole message into the arena; 0 or -EBADMSG. */
int frame_decode(
    const void *bytes, size_t length, struct arena *arena, struct frame *ret_frame) must_use;

void script_name_encode(const struct script_name *name, struct str *out);
int script_name_decode(const void *bytes, size_t length, struct arena *arena,
    struct script_name *ret_name) must_use;

#endif
