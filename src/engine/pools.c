/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pools.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"

enum {
	SLOTS = POOLS_WAIT / 1000 + 1, /* of a second */
	REMEMBERED = 60 * 60 * 1000,   /* ms after the last claim */
	MOST_CLAIMS = 4096,	       /* of one uid */
};

/* What workers used in a second and nobody has claimed. */
struct slot {
	int64_t second;
	uint64_t server_ns;  /* counted in the row of the server's program */
	uint64_t unnamed_ns; /* in no script's row: the sensor saw no program */
};

struct claim {
	int64_t at;
	bool told; /* its runs are counted */
	struct frame_row row;
	struct run_count steps[RUN_STEPS];
};

struct pool {
	uint32_t uid;
	int64_t claimed; /* last */
	uint64_t server; /* key of the server's program; 0: not seen yet */
	struct slot slots[SLOTS];
	struct claim *claims;
	size_t count, capacity;
	uint64_t total_ns, named_ns, expired_ns; /* of the frame at hand */
};

struct pools {
	struct map *by_uid;
	size_t claims; /* of all */
};

/* The frame while it is being written anew. */
struct settling {
	struct pools *pools;
	struct frame frame;
	int64_t now;
};

struct pools *
pools_new(void)
{
	struct pools *pools = memory_new(1, sizeof(*pools));
	pools->by_uid = map_new();
	return pools;
}

static void
pool_free(struct pool *pool)
{
	free(pool->claims);
	free(pool);
}

void
pools_free(struct pools *pools)
{
	size_t position = 0;
	if (!pools)
		return;
	for (struct pool *pool; (pool = map_next(pools->by_uid, &position));)
		pool_free(pool);
	map_free(pools->by_uid);
	free(pools);
}

static struct pool *
pool_get(struct pools *pools, uint32_t uid)
{
	struct pool *pool = map_find_u64(pools->by_uid, uid);
	if (pool)
		return pool;
	pool = memory_new(1, sizeof(*pool));
	pool->uid = uid;
	map_put_u64(pools->by_uid, uid, pool);
	return pool;
}

void
pools_claim(struct pools *pools, const struct frame *claims, int64_t now)
{
	for (uint32_t i = 0; i < claims->row_count; i++) {
		const struct frame_row *row = &claims->rows[i];
		struct pool *pool = pool_get(pools, row->uid);
		pool->claimed = now;
		if (pool->count == MOST_CLAIMS || row->step_count > RUN_STEPS)
			continue;
		memory_grow(
		    &pool->claims, pool->count, &pool->capacity, sizeof(*pool->claims));
		struct claim *claim = &pool->claims[pool->count++];
		*claim = (struct claim){.at = now, .row = *row};
		for (uint32_t step = 0; step < row->step_count; step++)
			claim->steps[step] = row->steps[step];
		pools->claims++;
	}
}

static struct slot *
slot_of(struct pool *pool, int64_t now)
{
	int64_t second = now / 1000;
	struct slot *slot = &pool->slots[second % SLOTS];
	if (slot->second != second)
		*slot = (struct slot){.second = second};
	return slot;
}

/* What waits since long is nobody's but the server's. */
static void
expire(struct pool *pool, int64_t now)
{
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &pool->slots[i];
		if (now / 1000 - slot->second < SLOTS)
			continue;
		pool->expired_ns += slot->server_ns;
		*slot = (struct slot){.second = slot->second};
	}
}

static uint64_t
take_of(uint64_t *from, uint64_t wanted)
{
	uint64_t taken = wanted < *from ? wanted : *from;
	*from -= taken;
	return taken;
}

/* The oldest first. */
static uint64_t
take_waiting(struct pool *pool, int64_t now, uint64_t wanted)
{
	uint64_t taken = 0;
	for (int64_t second = now / 1000 - SLOTS + 1; second <= now / 1000; second++) {
		struct slot *slot = &pool->slots[second % SLOTS];
		if (second < 0 || slot->second != second)
			continue;
		taken += take_of(&slot->server_ns, wanted - taken);
		taken += take_of(&slot->unnamed_ns, wanted - taken);
	}
	return taken;
}

static struct frame_row *
add_row(struct settling *settling, uint32_t uid, uint64_t script, uint64_t cpu_ns)
{
	struct frame_row *row = &settling->frame.rows[settling->frame.row_count++];
	*row = (struct frame_row){.uid = uid,
	    .script = script,
	    .cpu_ns = cpu_ns,
	    .web_cpu_ns = cpu_ns,
	    .starter = STARTER_WEB};
	return row;
}

/* Whether all that it claims was given. */
static bool
serve(struct settling *settling, struct pool *pool, struct claim *claim)
{
	uint64_t taken = take_waiting(pool, settling->now, claim->row.cpu_ns);
	claim->row.cpu_ns -= taken;
	if (!taken && claim->told)
		return !claim->row.cpu_ns;
	struct frame_row *row = add_row(settling, pool->uid, claim->row.script, taken);
	row->run_memory = claim->row.run_memory;
	if (!claim->told) {
		row->runs = claim->row.runs;
		row->steps = claim->steps;
		row->step_count = claim->row.step_count;
	}
	claim->told = true;
	return !claim->row.cpu_ns;
}

/* Their steps are pointed to until the frame is counted, so they go with the next one. */
static void
drop_served(struct pools *pools, struct pool *pool, int64_t now)
{
	size_t kept = 0;
	for (size_t i = 0; i < pool->count; i++) {
		bool over = pool->claims[i].told && (!pool->claims[i].row.cpu_ns ||
							now - pool->claims[i].at > POOLS_WAIT);
		if (!over)
			pool->claims[kept++] = pool->claims[i];
	}
	pools->claims -= pool->count - kept;
	pool->count = kept;
}

/* Those of whom a log told, and those of whom one will. */
static void
expect_claims(struct pools *pools, const struct frame *frame, pools_is_server *is_server,
    void *context)
{
	for (uint32_t i = 0; i < frame->row_count; i++)
		if (frame->rows[i].script && is_server(context, &frame->rows[i]))
			pool_get(pools, frame->rows[i].uid)->claimed = frame->at;
}

/* What the workers used is taken out of the rows and waits. */
static void
set_aside(struct settling *settling, pools_is_server *is_server, void *context)
{
	for (uint32_t i = 0; i < settling->frame.row_count; i++) {
		struct frame_row *row = &settling->frame.rows[i];
		struct pool *pool = map_find_u64(settling->pools->by_uid, row->uid);
		if (!pool)
			continue;
		if (!row->script) {
			pool->total_ns += row->cpu_ns;
			continue;
		}
		pool->named_ns += row->cpu_ns;
		if (!is_server(context, row))
			continue;
		pool->server = row->script;
		slot_of(pool, settling->now)->server_ns += row->cpu_ns;
		row->cpu_ns = row->web_cpu_ns = 0;
	}
}

static void
settle(struct settling *settling, struct pool *pool)
{
	if (pool->total_ns > pool->named_ns)
		slot_of(pool, settling->now)->unnamed_ns += pool->total_ns - pool->named_ns;
	for (size_t i = 0; i < pool->count; i++)
		(void)serve(settling, pool, &pool->claims[i]);
	if (pool->expired_ns && pool->server)
		add_row(settling, pool->uid, pool->server, pool->expired_ns);
	pool->total_ns = pool->named_ns = pool->expired_ns = 0;
}

static void
forget_old(struct pools *pools, int64_t now)
{
	size_t position = 0;
	for (struct pool *pool; (pool = map_next(pools->by_uid, &position));) {
		drop_served(pools, pool, now);
		expire(pool, now);
		if (pool->count || now - pool->claimed < REMEMBERED)
			continue;
		map_remove_u64(pools->by_uid, pool->uid);
		pool_free(pool);
		position = 0;
	}
}

struct frame
pools_settle(struct pools *pools, const struct frame *frame, bool logged,
    struct arena *arena, pools_is_server *is_server, void *context)
{
	struct settling settling = {.pools = pools, .frame = *frame, .now = frame->at};
	size_t position = 0;
	if (logged)
		expect_claims(pools, frame, is_server, context);
	if (!map_count(pools->by_uid))
		return *frame;
	forget_old(pools, frame->at);
	size_t most = frame->row_count + pools->claims + map_count(pools->by_uid);
	settling.frame.rows = arena_alloc(arena, most * sizeof(*settling.frame.rows));
	if (frame->row_count)
		memcpy(settling.frame.rows, frame->rows,
		    frame->row_count * sizeof(*settling.frame.rows));
	set_aside(&settling, is_server, context);
	for (struct pool *pool; (pool = map_next(pools->by_uid, &position));)
		settle(&settling, pool);
	return settling.frame;
}
