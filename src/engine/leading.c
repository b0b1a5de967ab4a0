/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is a leading cause. In an emergency nobody is hit for being busy while
 * another one brings the host down. Over the last two minutes, and for a
 * resource that is itself distressed:
 *
 *   1. the accounts together used at least half of what everybody used: the
 *      host's own work, a backup say, is no customer's fault;
 *   2. the account used at least a tenth of what everybody used;
 *   3. and at least half as much as the account that used most.
 *
 * A script or process leads if its account does and at least half of that is
 * its own. Of the disks everybody's use is how long they worked, for whomever.
 * Resources that frames do not carry have no leading cause yet: what cannot be
 * shown is not acted on.
 */
#include "engine/parts.h"

enum { HUNDREDTHS = 10000 };

static uint64_t
lately(const struct engine *engine, struct ring *ring)
{
	if (!ring)
		return 0;
	ring_advance(ring, engine->now / LATELY_WIDTH);
	return ring->sum;
}

static struct ring *
ring_for(const struct entity *entity, enum resource resource)
{
	switch ((int)resource) {
	case RESOURCE_CPU:
		return entity->cpu_lately;
	case RESOURCE_MEMORY:
		return entity->memory_lately;
	case RESOURCE_IO:
		return entity->io_lately;
	default:
		return NULL;
	}
}

static struct ring *
ring_of_all(const struct engine *engine, enum resource resource)
{
	switch ((int)resource) {
	case RESOURCE_CPU:
		return engine->cpu_lately;
	case RESOURCE_MEMORY:
		return engine->memory_lately;
	case RESOURCE_IO:
		return engine->io_lately;
	default:
		return NULL;
	}
}

static void
survey(struct engine *engine, enum resource resource)
{
	if (engine->survey.at == engine->now && engine->survey.resource == resource)
		return;
	engine->survey.at = engine->now;
	engine->survey.resource = resource;
	engine->survey.accounts = engine->survey.most = 0;
	size_t position = 0;
	for (struct entity *entity; (entity = map_next(engine->entities, &position));) {
		if (entity->subject.kind != KIND_ACCOUNT || !entity->account)
			continue;
		uint64_t used = lately(engine, ring_for(entity, resource));
		engine->survey.accounts += used;
		if (used > engine->survey.most)
			engine->survey.most = used;
	}
}

/* A script's part of its account's last frame; frames keep no more for scripts. */
static bool
is_most_of_account(
    const struct entity *part, const struct entity *account, enum resource resource)
{
	if (!part || part->frame != account->frame)
		return false;
	switch ((int)resource) {
	case RESOURCE_CPU:
		return part->cpu_ns >= account->cpu_ns / 2;
	case RESOURCE_IO:
		return part->io_ns >= account->io_ns / 2;
	default:
		return part->memory >= account->memory / 2;
	}
}

bool
is_leading(struct engine *engine, const struct subject *subject, enum resource resource)
{
	if (!engine->emergency || !(engine->distress & UINT32_C(1) << resource) ||
	    !ring_of_all(engine, resource))
		return false;
	struct subject owner = {KIND_ACCOUNT, subject->account, subject->generation, 0};
	struct entity *account = entity_find(engine, &owner);
	if (!account || !account->account)
		return false;
	survey(engine, resource);
	uint64_t all = lately(engine, ring_of_all(engine, resource));
	struct proof proof = proof_of(engine,
	    resource == RESOURCE_MEMORY ? MEASURE_MEMORY_SHARE : MEASURE_CPU_SHARE, subject);
	uint64_t used =
	    (uint64_t)((unsigned __int128)lately(engine, ring_for(account, resource)) *
		       proof.of / HUNDREDTHS);
	if (!used || engine->survey.accounts < all / 2 || used < all / 10 ||
	    used < engine->survey.most / 2)
		return false;
	return subject->kind == KIND_ACCOUNT ||
	       is_most_of_account(entity_find(engine, subject), account, resource);
}
