/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mails that are not there any more. Each mail that may break a clause is a subject of its own,
 * of which nothing moves for weeks: it is kept as long as it is told, and not until it is idle.
 */
#include "engine/engine.h"
#include "engine/parts.h"

/* Of an account's entity, which a map of accounts can be asked by. */
static uint64_t
owner_key(const struct subject *subject)
{
	return (uint64_t)subject->account << 32 | subject->generation;
}

void
engine_keep_messages(
    struct engine *engine, const struct map *accounts, const struct map *messages)
{
	size_t position = 0;
	for (struct entity *entity; (entity = map_next(engine->entities, &position));)
		if (entity->subject.kind == KIND_MESSAGE &&
		    map_find_u64(accounts, owner_key(&entity->subject)) &&
		    !map_find_u64(messages, entity->subject.key))
			entity_drop(engine, entity);
}
