/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the engine keeps what it saw. Only for engine/.
 *
 *   struct plan_of_kind  for each kind of subject: its clauses, and the series
 *                        that they (and the clauses of what it contains) ask for
 *   struct series        a quantity over a window: (measure, span, ...)
 *   struct entity        a subject that did something lately
 *   struct cell          one entity's part of one series
 *
 * Two rules keep it small: a cell exists only from its first amount until its
 * window is empty again, and an entity only as long as it has a cell or a total.
 */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include "base/map.h"
#include "engine/engine.h"
#include "engine/pools.h"
#include "engine/ring.h"
#include "engine/series.h"
#include "engine/usage.h"

enum {
	EVIDENCE_SLOTS = 12,
	LATELY_SLOTS = 12, /* of 10 s: what "lately" means for leading causes and listings */
	LATELY_WIDTH = 10 * 1000,
	MOST_SCRIPTS = 4096, /* of one account; further ones count as "other scripts" */
	MOST_EXACT = 65,     /* one more than the largest limit that keeps exact times */
	MOST_DISTINCT = 256,
	MOST_GROUPS = 256,
	STALE_PERIODS = 3, /* a level older than this many sampling periods is unknown */
};

/* An event with its time. */
struct exact {
	int64_t at;
	int64_t value;
	uint64_t weight;
};

struct cell {
	struct ring *sum;   /* numerator; value x ms; amounts; runs beyond the limit */
	struct ring *other; /* MEAN: ms seen; RUNS: all runs */
	struct exact *exact;
	uint32_t exact_count;
	bool has_level;
	int64_t level; /* last sample */
	int64_t level_at;
	int64_t period;	    /* between the last two samples; 0: there was one only */
	char *text;	    /* of a text or a group */
	int64_t sampled;    /* engine time of the last sample, as far as this life knows */
	struct map *groups; /* group -> cell; NULL for series without `per` */
};

/* `for D`, see LANGUAGE 5.2. Times are engine time. */
struct hold {
	bool begun;
	enum verdict last;
	int64_t at;	 /* when last was weighed */
	int64_t held;	 /* ms true so far */
	int64_t unknown; /* ms unknown without a break */
};

/*
 * Who starts a script's runs: whoever started most of its processor time in
 * this stretch and the one before, so that one visitor of a report that cron
 * has run all night changes nothing. A clause with a longer window is judged
 * by the same stretches.
 */
struct origin {
	int64_t stretch; /* number of the one that runs */
	uint64_t cpu_ns[2][STARTER_COUNT];
	enum starter most; /* as last known */
};

struct entity {
	struct subject subject;
	const struct account *account; /* NULL: the host's, or nobody's */
	uint32_t uid;
	uint32_t script_count;
	char *label;
	char *interpreter;
	struct doings *doings;	/* of a process, see deed.c; NULL: it was seen doing nothing */
	struct entity *scripts; /* of an account */
	struct entity *next_script;
	int64_t touched;
	bool observed; /* time alone can change what is thought of it */

	/* From the last frame in which it appeared. */
	uint64_t frame;
	uint64_t cpu_ns, web_cpu_ns;
	uint64_t memory;
	uint64_t io_ns;
	uint64_t moved;	     /* bytes from and to storage */
	uint64_t run_memory; /* most bytes that one of its processes held for itself */
	uint32_t processes, pid;
	uint64_t pid_start, pid_cpu_ns;
	uint32_t other_count, other_capacity;
	struct target *others; /* of a script, besides pid */
	uint64_t cpu_ns_today, runs_today;
	/* Of an account and of the database's row among its scripts: in the stretch told last.
	 */
	uint64_t database_ns, database_ns_today;
	int64_t database_from, database_until; /* until is 0: never */
	/* Of an account: what of its memory as counted was its own, see proof.c. Engine times.
	 */
	uint32_t proven;     /* hundredths of a percent */
	uint64_t proven_of;  /* bytes */
	int64_t proven_at;   /* 0: never */
	int64_t proof_asked; /* 0: never */
	bool proof_wanted;
	struct ring *cpu_lately;    /* ns */
	struct ring *memory_lately; /* KiB x ms */
	struct ring *io_lately;	    /* ns of the disks' time */

	struct origin *origin; /* of scripts and processes; NULL: nobody was told */

	struct cell **cells; /* by number of the series, NULL where nothing was seen */
	struct hold *holds;  /* by number of the hold, NULL: none begun */
};

/* Where a comparison of a clause finds its value. */
struct use {
	enum subject_kind home;
	int series;    /* of home; -1: none is needed */
	int hold;      /* of the clause's kind; -1: no `for` */
	bool unplaced; /* nothing that contains the subject has this measure */
};

struct rule {
	const struct clause *clause;
	struct use uses[MOST_COMPARISONS];
	struct use end_uses[MOST_COMPARISONS]; /* of `ends when` */
	bool tells_approach;
};

struct plan_of_kind {
	struct series *series;
	size_t series_count, series_capacity;
	struct rule *rules;
	size_t rule_count, rule_capacity;
	size_t hold_count;
	bool framed; /* frames have something for this kind */
};

/* One slot's part of a frame, the same for all rows. */
struct split {
	int64_t slot;
	uint64_t ms; /* of the frame's interval */
};

enum sensor_state { SENSOR_UNTOLD, SENSOR_WORKS, SENSOR_NEVER };

struct engine {
	struct engine_rules rules;
	int64_t now;
	int64_t ticked; /* up to when time has passed; 0: never yet */
	struct plan_of_kind kinds[KIND_COUNT];
	enum sensor_state sensors[SENSOR_COUNT];
	int64_t sensor_since[SENSOR_COUNT]; /* engine time from which its events are known */

	struct map *entities; /* by entity_key */
	struct map *by_uid;   /* of accounts and unowned uids */
	struct entity *host;

	uint64_t frames;
	uint64_t observations;
	struct pools *pools;
	struct frame last; /* without rows */
	uint64_t last_cpu_ns, last_memory, last_moved;
	uint32_t last_processes;
	struct ring *cpu_lately; /* of all uids, ns; likewise */
	struct ring *memory_lately;
	struct ring *io_lately; /* of everybody, the host itself included */

	bool emergency;
	int64_t emergency_kept; /* engine time since which its condition is false; INT64_MAX: is
				   not */
	uint32_t distress;	/* bit 1 << resource, as of when it last held */

	struct entity **touched; /* of the frame at hand */
	size_t touched_count, touched_capacity;
	struct finding *findings;
	size_t finding_count, finding_capacity;
	int64_t swept;
	struct subject *doubts; /* accounts whose memory is to be counted by proportion */
	size_t doubt_count, doubt_capacity;

	/* What leading.c found last; it looks at every account. */
	struct {
		int64_t at;
		enum resource resource;
		uint64_t accounts;
		uint64_t most;
	} survey;
};

#endif
