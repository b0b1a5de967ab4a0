/* SPDX-License-Identifier: Apache-2.0 */
/* A process as it was seen, for those who are to find it again. */
#ifndef MODEL_TARGET_H
#define MODEL_TARGET_H

#include <stdint.h>

/* Of one script, or in one action. */
enum { MOST_TARGETS = 256 };

/* The pid means this process only with this start time. */
struct target {
	uint32_t pid;
	uint64_t start; /* ns since boot (boot clock) */
};

#endif
