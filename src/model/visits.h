/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Visits: who asked the sites of one account for what, in one interval, as the
 * web server's access logs tell it. Only what may run a script counts; a page
 * brings dozens of pictures and style sheets, which say nothing of who asks.
 */
#ifndef MODEL_VISITS_H
#define MODEL_VISITS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/wire.h"

enum { MOST_VISITORS = 32, LONGEST_VISITED = 200 };

/* An address that asked. */
struct visitor {
	const char *address; /* as inet_ntop(3) writes it */
	uint32_t requests;   /* at least so many: what cannot be told is left out */
	uint32_t refused;    /* of these, answered with 401, 403, 404 or 429 */
	const char *path;    /* what it asked for most, without the query; bytes it chose */
};

struct visits {
	uint32_t account;
	uint32_t generation;
	int64_t from;	   /* boot clock, ms */
	int64_t until;	   /* likewise */
	uint64_t requests; /* of all visitors together */
	uint32_t visitor_count;
	struct visitor visitors[MOST_VISITORS]; /* those that asked most, the most first */
};

void visits_encode(const struct visits *visits, struct str *out);

/* Texts live in the arena. 0 or -EBADMSG. */
int visits_decode(
    const void *bytes, size_t length, struct arena *arena, struct visits *ret_visits) must_use;

#endif
