/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who uses what, for showing: `hayward top`, `accounts`, `show`. All of it is
 * a by-product of weighing; an account that was idle all day is not listed.
 */
#ifndef ENGINE_USAGE_H
#define ENGINE_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/starter.h"
#include "model/subject.h"

struct engine;

struct usage {
	struct subject subject;	 /* an account, or a script of it; account 0: unowned */
	uint32_t uid;		 /* the uid seen last; of an unowned one its identity */
	const char *name;	 /* login name; a script's path, bytes the customer chose */
	const char *interpreter; /* of a script, "" if none */
	int64_t cpu_share;	 /* now (the last frame), hundredths of a percent of capacity */
	int64_t cpu_lately;	 /* the same as mean of the last two minutes */
	int64_t memory_share;	 /* now */
	uint64_t memory;	 /* bytes held now */
	int64_t io_share;	 /* of the disks' time, now; 0 where it is not measured */
	uint64_t io_rate;	 /* bytes from and to storage a second, now */
	uint32_t processes;	 /* living now */
	uint32_t pid;		 /* its largest process now, 0: none */
	uint64_t pid_start;	 /* and when that began, ns of the boot clock */
	enum starter starter;	 /* of a script: of most of its runs lately */
	int64_t
	    database_share; /* what of cpu_share was the database's work for it, as last told */
	uint64_t database_ms_today; /* and today, in cpu_ms_today */
	uint64_t cpu_ms_today;	    /* since midnight UTC, or since hayward first ran today */
	uint64_t runs_today;	    /* programs begun */
	int64_t seen;		    /* engine time at which it last did something */
};

/* The host as of the last frame. */
struct usage_host {
	int64_t at;	     /* boot clock as the sensor told it; 0: no frame yet */
	int64_t interval_ns; /* of that frame */
	uint64_t cpu_ns;     /* capacity in that interval */
	uint64_t memory;     /* capacity, bytes */
	uint64_t lost;	     /* ring events lost so far */
	int64_t cpu_share;   /* used by all uids, hundredths of a percent */
	int64_t memory_share;
	bool tells_disks; /* whether frames tell whose the disks' time was */
	int64_t io_share; /* of the time that the disks have, for whomever they worked */
	uint64_t io_rate; /* bytes a second of all uids */
	uint32_t processes;
	uint64_t frames;       /* since this process began */
	uint64_t observations; /* rows and observations since then */
	size_t subjects;       /* that hold memory in the engine */
	bool emergency;	       /* whether the emergency condition holds */
};

struct usage_host usage_host(const struct engine *engine);

/* Walks the accounts that did something today: *position starts at 0; false at the end. */
bool usage_next_account(const struct engine *engine, size_t *position, struct usage *ret_usage);

/* Likewise the uids that no account owns. */
bool usage_next_unowned(const struct engine *engine, size_t *position, struct usage *ret_usage);

/* One account; false if it did nothing today. */
bool usage_of_account(const struct engine *engine, uint32_t account, struct usage *ret_usage);

/* Walks the scripts of an account: *position starts at 0; false at the end. */
bool usage_next_script(
    const struct engine *engine, uint32_t account, size_t *position, struct usage *ret_usage);

#endif
