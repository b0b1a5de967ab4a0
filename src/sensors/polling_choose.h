/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to listen to, of all who are worth it. Pure. */
#ifndef SENSORS_POLLING_CHOOSE_H
#define SENSORS_POLLING_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one uid, at a time. */
enum { POLLING_MOST_OF_UID = 8 };

struct polling_candidate {
	uint32_t uid;
	bool spins;	/* as was found the last time */
	uint64_t heard; /* the round in which it was listened to last; 0: never */
	uint64_t cpu_ns;
	void *whose; /* the caller's */
};

/*
 * Puts those to listen to first, in order; returns how many, at most POLLING_MOST. Who is known
 * to spin and was not heard for longest comes first, and of the others whoever used most.
 *
 * SECURITY: neither one account's many spinners nor all that are known may take the room of
 * who is not known yet.
 */
size_t polling_choose(struct polling_candidate *candidates, size_t count);

#endif
