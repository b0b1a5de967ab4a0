/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/reference.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"

enum { CUT = 64 - 44 }; /* bits of a random number that have no room in it */

void
reference_make(char reference[LONGEST_REFERENCE + 1])
{
	uint64_t chance = 0;
	if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		fatal("the kernel gives no random numbers: %s", strerror(errno));
	snprintf(reference, LONGEST_REFERENCE + 1, "HW-%08llx-%011llx",
	    (unsigned long long)(clock_wall() / 1000) & UINT32_MAX,
	    (unsigned long long)chance >> CUT);
}
