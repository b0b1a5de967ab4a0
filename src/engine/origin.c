/* SPDX-License-Identifier: Apache-2.0 */
/* Who starts the runs of a script. */
#include <string.h>

#include "base/memory.h"
#include "engine/parts.h"

/* At least the minute within which shipped clauses ask for what the web server started. */
enum { STRETCH = LATELY_SLOTS * LATELY_WIDTH };

/* Above any sum that a stretch can come to, and sums of it do not overflow. */
#define MOST_CPU (UINT64_MAX >> 4)

static void
move_on(struct origin *origin, int64_t stretch)
{
	if (stretch <= origin->stretch)
		return;
	if (stretch == origin->stretch + 1)
		memcpy(origin->cpu_ns[1], origin->cpu_ns[0], sizeof(origin->cpu_ns[1]));
	else
		memset(origin->cpu_ns[1], 0, sizeof(origin->cpu_ns[1]));
	memset(origin->cpu_ns[0], 0, sizeof(origin->cpu_ns[0]));
	origin->stretch = stretch;
}

static enum starter
most_of(const struct origin *origin)
{
	enum starter most = STARTER_UNKNOWN;
	uint64_t least = 0;
	for (enum starter starter = STARTER_WEB; starter < STARTER_COUNT; starter++) {
		uint64_t used = origin->cpu_ns[0][starter] + origin->cpu_ns[1][starter];
		if (used > least) {
			most = starter;
			least = used;
		}
	}
	return most;
}

void
origin_add(const struct engine *engine, struct entity *entity, const struct frame_row *row)
{
	if (row->starter == STARTER_UNKNOWN || !row->cpu_ns ||
	    entity->subject.key == OTHER_SCRIPTS)
		return;
	if (!entity->origin)
		entity->origin = memory_new(1, sizeof(*entity->origin));
	move_on(entity->origin, engine->now / STRETCH);
	entity->origin->cpu_ns[0][row->starter] += row->cpu_ns;
	entity->origin->most = most_of(entity->origin);
}

void
origin_encode(const struct origin *origin, struct str *out)
{
	wire_put_u8(out, origin != NULL);
	if (!origin)
		return;
	wire_put_i64(out, origin->stretch);
	wire_put_u32(out, origin->most);
	for (size_t i = 0; i < 2 * STARTER_COUNT; i++)
		wire_put_u64(out, origin->cpu_ns[i / STARTER_COUNT][i % STARTER_COUNT]);
}

struct origin *
origin_decode(struct wire_reader *reader, int64_t now)
{
	if (!wire_get_u8(reader))
		return NULL;
	struct origin *origin = memory_new(1, sizeof(*origin));
	origin->stretch = wire_get_i64(reader);
	origin->most = wire_get_below(reader, STARTER_COUNT);
	for (size_t i = 0; i < 2 * STARTER_COUNT; i++)
		origin->cpu_ns[i / STARTER_COUNT][i % STARTER_COUNT] =
		    wire_get_u64(reader) & MOST_CPU;
	/* One of the future would be added to until then. */
	if (origin->stretch < 0 || origin->stretch > now / STRETCH)
		reader->failed = true;
	return origin;
}

enum starter
origin_of(const struct entity *entity)
{
	return entity && entity->origin ? entity->origin->most : STARTER_UNKNOWN;
}
