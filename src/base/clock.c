/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

static int64_t
nanoseconds(clockid_t id)
{
	struct timespec now;
	if (clock_gettime(id, &now))
		abort();
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
clock_wall(void)
{
	return nanoseconds(CLOCK_REALTIME) / 1000000;
}

int64_t
clock_boot(void)
{
	return nanoseconds(CLOCK_BOOTTIME) / 1000000;
}

int64_t
clock_monotonic_ns(void)
{
	return nanoseconds(CLOCK_MONOTONIC);
}
