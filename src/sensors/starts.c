/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/starts.h"

enum { HALVED_EVERY = 10 * 60 * 1000, QUICKEST = 10, DISTURBED = 2, NS_PER_MS = 1000000 };

void
starts_add(struct starts *starts, uint32_t step, uint32_t count)
{
	starts->runs[step] += count;
	starts->total += count;
}

void
starts_age(struct starts *starts, int64_t now)
{
	if (!starts->halved_at)
		starts->halved_at = now;
	if (now - starts->halved_at < HALVED_EVERY)
		return;
	starts->halved_at = now;
	starts->total = 0;
	for (uint32_t step = 0; step < RUN_STEPS; step++) {
		starts->runs[step] /= 2;
		starts->total += starts->runs[step];
	}
}

/* Where the quickest tenth ends: the end of that step, so that doubt goes to the script. */
static uint64_t
quickest(const struct starts *starts)
{
	uint64_t passed = 0;
	for (uint32_t step = 0; step + 1 < RUN_STEPS; step++) {
		passed += starts->runs[step];
		if (passed * QUICKEST >= starts->total)
			return run_step_floor(step + 1);
	}
	return run_step_floor(RUN_STEPS - 1);
}

uint64_t
starts_believed(const struct starts *starts, uint32_t table_ms)
{
	uint64_t least = (uint64_t)table_ms * NS_PER_MS;
	if (starts->total < STARTS_FEWEST)
		return least * STARTS_TIMES;
	uint64_t measured = quickest(starts) * DISTURBED;
	if (measured < least)
		return least;
	return measured < least * STARTS_TIMES ? measured : least * STARTS_TIMES;
}
