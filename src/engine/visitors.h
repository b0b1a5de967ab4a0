/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asked the sites of an account for what in the last minutes, and whether
 * a few of them are the cause of what the account uses. Pure; time is told.
 *
 *     a flooder   an address that asked for scripts FLOOD_LEAST times within
 *                 FLOOD_SPAN: once a second, for minutes. Or a network (an IPv4
 *                 /24) whose addresses did together
 *     a flood     flooders that made at least half of all requests
 *
 * So a crowd of visitors is no flood, however large it is: that a site is liked
 * is its owner's gain, and its price is his to bear.
 */
#ifndef ENGINE_VISITORS_H
#define ENGINE_VISITORS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/visits.h"

enum {
	FLOOD_SPAN = 5 * 60 * 1000, /* ms */
	FLOOD_LEAST = 300,	    /* requests within it */
	MOST_FLOODERS = 5,
	LONGEST_FLOODER = 52,
};

struct flooder {
	char who[LONGEST_FLOODER]; /* an address, or a network as 192.0.2.0/24 */
	uint64_t requests;
	uint64_t refused;
	char path[LONGEST_VISITED + 1]; /* what it asked for most; bytes it chose */
};

struct flood {
	uint64_t requests; /* of all visitors within FLOOD_SPAN */
	uint32_t count;
	struct flooder by[MOST_FLOODERS]; /* the most first */
};

struct visitors;

struct visitors *visitors_new(void) must_use;
void visitors_free(struct visitors *visitors);

/* Takes in what a sensor told. */
void visitors_take(struct visitors *visitors, const struct visits *visits);

/* Whether the account's sites are flooded at that time, boot ms; ret_flood is filled if so. */
bool visitors_flood(const struct visitors *visitors, uint32_t account, uint32_t generation,
    int64_t now, struct flood *ret_flood);

/* Drops what is too old to matter. */
void visitors_forget(struct visitors *visitors, int64_t now);

#endif
