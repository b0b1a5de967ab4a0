/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By account, a ring of minutes; of a minute, its total and those who asked so
 * often that they could be flooders. Whoever is slower than half of a
 * flooder's pace is never kept by name, so a site with honest visitors costs
 * six numbers.
 */
#include "engine/visitors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"

enum {
	MINUTE = 60 * 1000,
	MINUTES = FLOOD_SPAN / MINUTE + 1, /* the one that is running, and the whole ones */
	MOST_KEPT = 64,			   /* visitors of a minute */
	MOST_CANDIDATES = 256,
};

struct minute {
	int64_t number; /* since boot; of an older one nothing counts */
	uint64_t requests;
	uint32_t count;
	struct flooder *kept;
};

struct site {
	uint32_t account;
	uint32_t generation;
	int64_t seen; /* boot ms */
	struct minute minutes[MINUTES];
};

struct visitors {
	struct map *sites; /* account id -> site */
};

/* ---- taking in ---- */

struct visitors *
visitors_new(void)
{
	struct visitors *visitors = memory_new(1, sizeof(*visitors));
	visitors->sites = map_new();
	return visitors;
}

static void
empty(struct minute *minute)
{
	free(minute->kept);
	*minute = (struct minute){0};
}

static void
site_free(struct site *site)
{
	for (size_t i = 0; i < MINUTES; i++)
		empty(&site->minutes[i]);
	free(site);
}

void
visitors_free(struct visitors *visitors)
{
	if (!visitors)
		return;
	size_t position = 0;
	for (struct site *site; (site = map_next(visitors->sites, &position));)
		site_free(site);
	map_free(visitors->sites);
	free(visitors);
}

static struct site *
site_of(struct visitors *visitors, const struct visits *visits)
{
	struct site *site = map_find_u64(visitors->sites, visits->account);
	if (site && site->generation == visits->generation)
		return site;
	if (site)
		site_free(site);
	site = memory_new(1, sizeof(*site));
	site->account = visits->account;
	site->generation = visits->generation;
	map_put_u64(visitors->sites, visits->account, site);
	return site;
}

static struct minute *
minute_of(struct site *site, int64_t at)
{
	struct minute *minute = &site->minutes[at / MINUTE % MINUTES];
	if (minute->number != at / MINUTE) {
		empty(minute);
		minute->number = at / MINUTE;
	}
	return minute;
}

static struct flooder *
find(struct flooder *list, uint32_t count, const char *who)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(list[i].who, who) == 0)
			return &list[i];
	return NULL;
}

/* Whoever is slower than half of a flooder's pace, as long as it was looked at, is none. */
static bool
is_fast(const struct visits *visits, const struct visitor *visitor)
{
	int64_t span = visits->until - visits->from;
	return (int64_t)visitor->requests * 2 * FLOOD_SPAN >= FLOOD_LEAST * span;
}

static void
keep(struct minute *minute, const struct visitor *visitor)
{
	struct flooder *kept = find(minute->kept, minute->count, visitor->address);
	if (!kept && minute->count == MOST_KEPT)
		return;
	if (!kept) {
		if (!minute->kept)
			minute->kept = memory_new(MOST_KEPT, sizeof(*minute->kept));
		kept = &minute->kept[minute->count++];
		snprintf(kept->who, sizeof(kept->who), "%s", visitor->address);
	}
	kept->requests += visitor->requests;
	kept->refused += visitor->refused;
	if (visitor->path[0])
		snprintf(kept->path, sizeof(kept->path), "%s", visitor->path);
}

void
visitors_take(struct visitors *visitors, const struct visits *visits)
{
	if (visits->until <= 0 || visits->from < 0 || visits->from >= visits->until)
		return;
	struct site *site = site_of(visitors, visits);
	struct minute *minute = minute_of(site, visits->until);
	site->seen = visits->until;
	minute->requests += visits->requests;
	for (uint32_t i = 0; i < visits->visitor_count; i++)
		if (is_fast(visits, &visits->visitors[i]))
			keep(minute, &visits->visitors[i]);
}

void
visitors_forget(struct visitors *visitors, int64_t now)
{
	size_t position = 0;
	for (struct site *site; (site = map_next(visitors->sites, &position));) {
		if (now - site->seen <= FLOOD_SPAN + MINUTE)
			continue;
		map_remove_u64(visitors->sites, site->account);
		site_free(site);
	}
}

/* ---- who it is ---- */

struct candidate {
	struct flooder is;
	char address[LONGEST_FLOODER]; /* of the first that was met */
	bool is_network;	       /* others of the same network were met too */
};

struct candidates {
	uint32_t count;
	struct candidate list[MOST_CANDIDATES];
};

static struct candidate *
candidate_of(struct candidates *candidates, const char *who)
{
	for (uint32_t i = 0; i < candidates->count; i++)
		if (strcmp(candidates->list[i].is.who, who) == 0)
			return &candidates->list[i];
	if (candidates->count == MOST_CANDIDATES)
		return NULL;
	struct candidate *candidate = &candidates->list[candidates->count++];
	*candidate = (struct candidate){0};
	snprintf(candidate->is.who, sizeof(candidate->is.who), "%s", who);
	return candidate;
}

static void
add(struct candidates *candidates, const char *who, const struct flooder *part)
{
	struct candidate *candidate = candidate_of(candidates, who);
	if (!candidate)
		return;
	if (!candidate->address[0])
		memcpy(candidate->address, part->who, sizeof(candidate->address));
	else if (strcmp(candidate->address, part->who) != 0)
		candidate->is_network = true;
	candidate->is.requests += part->requests;
	candidate->is.refused += part->refused;
	if (part->path[0])
		memcpy(candidate->is.path, part->path, sizeof(candidate->is.path));
}

/* 192.0.2.17 is of 192.0.2.0/24; of other texts it is the text itself. */
static void
network_of(const char *who, char network[LONGEST_FLOODER])
{
	const char *last = strrchr(who, '.');
	if (!last || strchr(who, ':'))
		snprintf(network, LONGEST_FLOODER, "%s", who);
	else
		snprintf(network, LONGEST_FLOODER, "%.*s.0/24", (int)(last - who), who);
}

static void
add_minute(struct candidates *candidates, const struct minute *minute, bool networks)
{
	for (uint32_t i = 0; i < minute->count; i++) {
		const struct flooder *kept = &minute->kept[i];
		char network[LONGEST_FLOODER];
		network_of(kept->who, network);
		add(candidates, networks ? network : kept->who, kept);
	}
}

/* Gives the requests of all visitors together. */
static uint64_t
gather(const struct site *site, int64_t now, bool networks, struct candidates *candidates)
{
	uint64_t requests = 0;
	for (size_t i = 0; i < MINUTES; i++) {
		const struct minute *minute = &site->minutes[i];
		if (!minute->number || now / MINUTE - minute->number >= MINUTES)
			continue;
		requests += minute->requests;
		add_minute(candidates, minute, networks);
	}
	return requests;
}

static int
by_requests(const void *one, const void *other)
{
	const struct candidate *a = one, *b = other;
	return a->is.requests < b->is.requests ? 1 : a->is.requests > b->is.requests ? -1 : 0;
}

static bool
weigh(struct candidates *candidates, struct flood *flood)
{
	uint64_t flooding = 0;
	qsort(candidates->list, candidates->count, sizeof(candidates->list[0]), by_requests);
	for (uint32_t i = 0; i < candidates->count && flood->count < MOST_FLOODERS; i++) {
		const struct candidate *candidate = &candidates->list[i];
		if (candidate->is.requests < FLOOD_LEAST)
			break;
		struct flooder *flooder = &flood->by[flood->count++];
		*flooder = candidate->is;
		if (!candidate->is_network)
			memcpy(flooder->who, candidate->address, sizeof(flooder->who));
		flooding += candidate->is.requests;
	}
	return flood->count && flooding * 2 >= flood->requests;
}

bool
visitors_flood(const struct visitors *visitors, uint32_t account, uint32_t generation,
    int64_t now, struct flood *ret_flood)
{
	const struct site *site = map_find_u64(visitors->sites, account);
	if (!site || site->generation != generation)
		return false;
	struct candidates *candidates = memory_new(1, sizeof(*candidates));
	bool is_flooded = false;
	/* By addresses first: a network is named only if none of them would do. */
	for (int networks = 0; networks < 2 && !is_flooded; networks++) {
		candidates->count = 0;
		*ret_flood = (struct flood){0};
		ret_flood->requests = gather(site, now, networks, candidates);
		is_flooded = weigh(candidates, ret_flood);
	}
	free(candidates);
	return is_flooded;
}
