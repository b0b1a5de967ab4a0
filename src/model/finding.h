/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finding: what the engine thinks of one clause for one subject at one
 * instant. Plain data between engine and cases, which know nothing of each
 * other.
 */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "model/starter.h"
#include "model/subject.h"

/*
 * What was not seen counts for nobody: only TRUE opens and acts, only FALSE is
 * "kept". The order matters: and is the least of its parts, or the greatest.
 */
enum verdict { VERDICT_FALSE, VERDICT_UNKNOWN, VERDICT_TRUE };

enum { MOST_EVIDENCE = 5 };

/* One script's part in what an account did, or one deed of a process. */
struct evidence {
	uint64_t script;      /* key, as in frames */
	const char *label;    /* the engine's, valid until it hears of the next frame */
	int64_t value;	      /* in the measure's unit */
	int64_t of_own;	      /* part of the account's own use, hundredths of a percent */
	enum starter starter; /* of most of its runs lately */
	const char *deed;     /* what it did; "": see value; the engine's; never NULL */
};

struct finding {
	char clause[16];
	struct subject subject;
	const char *label; /* what people read for the subject; the engine's; never NULL */
	enum verdict verdict;
	bool approaching; /* not broken, but beyond the share of the limit that is told */
	bool leading;	  /* a leading cause of the distress that the emergency is about */
	int measure;	  /* of the comparison that is broken or nearest to it; -1: none */
	int64_t value;	  /* measured, in the measure's unit */
	int64_t limit;	  /* against which */
	int64_t window;	  /* ms over which; 0: a level of this instant */
	uint64_t ratio;	  /* value of limit in hundredths of a percent; higher is worse */
	bool is_deed;	  /* single events are part of what breaks it */
	int64_t deed_age; /* ms since the last of them */
	uint32_t evidence_count;
	struct evidence evidence[MOST_EVIDENCE];
};

#endif
