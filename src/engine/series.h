/* SPDX-License-Identifier: Apache-2.0 */
/* A quantity over a window, as clauses ask for it; shared by all that ask alike. */
#ifndef ENGINE_SERIES_H
#define ENGINE_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/ring.h"
#include "policy/rules.h"

enum {
	WINDOW_SLOTS = 60,
	DEED_LASTS = 60 * 1000, /* ms for which a single event is true: every tick sees it */
};

enum series_kind {
	SERIES_LEVEL,	 /* the last sample; of events the last one, while it is fresh */
	SERIES_FRAME,	 /* a part of the host's capacity, from frames */
	SERIES_MEAN,	 /* time-weighted mean of samples */
	SERIES_SUM,	 /* sum of events */
	SERIES_DISTINCT, /* different values among events */
	SERIES_RUNS,	 /* how many of all events were beyond the limit */
	SERIES_PART,	 /* sum of events, as a part of those of its whole account */
};

/* What was used and what was seen over some slots. */
struct stretch {
	unsigned __int128 used;
	unsigned __int128 capacity; /* of what was seen */
	int64_t seen;		    /* ms */
	int64_t ms;		    /* that have passed of it */
	int64_t to_come;	    /* ms of a window that still runs */
};

/* The windows of `N times`, by age, as of one instant: the same for every subject. */
struct survey {
	int64_t at; /* engine time */
	struct stretch windows[WINDOW_SLOTS];
};

struct series {
	enum series_kind kind;
	enum measure measure;
	enum subject_kind home; /* whose entities hold its cells */
	const char *group;	/* `per`, or NULL */
	int64_t span;		/* ms that the ring reaches back */
	int64_t width;		/* ms of a slot */
	uint32_t slots;
	uint32_t stride; /* slots of one window of `N times`; 0: the whole ring is one */
	bool evidence;	 /* of scripts, for showing their part of an account's breach */
	bool exact;	 /* keeps times, not slots */
	const struct clause *clause; /* RUNS: whose limit decides, and which comparison */
	const struct comparison *comparison;
	struct ring *seen;     /* FRAME, PART: ms that were looked at, the same for all */
	struct ring *capacity; /* FRAME: what could have been used in them */
	struct survey *survey; /* FRAME, `N times`: what was seen in each window */
};

#endif
