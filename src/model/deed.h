/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A deed: what a process of some uid was seen doing, told at once and not in
 * the sums of a frame. A sensor knows uids and script keys; the engine knows
 * whose they are.
 */
#ifndef MODEL_DEED_H
#define MODEL_DEED_H

#include <stdint.h>

#include "base/arena.h"
#include "base/wire.h"
#include "model/tables.h"

enum { LONGEST_DEED = 240 };

struct deed {
	uint32_t uid;	      /* charged uid */
	uint64_t script;      /* key as in frames; 0: it runs none */
	uint32_t pid;	      /* as the daemon sees it; 0: it has ended, or cannot be seen */
	uint64_t pid_start;   /* that process's start, ns of the boot clock */
	enum measure measure; /* of processes */
	int64_t at;	      /* ms of the boot clock */
	int64_t value;	      /* in the measure's unit; of a name its number among the listed */
	const char
	    *text; /* what it did, in words; holds bytes the customer chose; never NULL */
};

void deed_encode(const struct deed *deed, struct str *out);
int deed_decode(
    const void *bytes, size_t length, struct arena *arena, struct deed *ret_deed) must_use;

#endif
