/* SPDX-License-Identifier: Apache-2.0 */
#include "config/holders.h"

#include <errno.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/wire.h"

enum { BLOB_VERSION = 1, SMALLEST_HOLDER = 12, LONGEST_NAME = 1024 };

struct holder {
	uint32_t id;
	uint32_t generation;
	const char *name;
};

struct holders {
	struct arena *arena;
	struct map *by_id;
};

static void
put(struct holders *holders, uint32_t id, uint32_t generation, const char *name)
{
	struct holder *holder = arena_alloc(holders->arena, sizeof(*holder));
	*holder = (struct holder){id, generation, name};
	map_put_u64(holders->by_id, id, holder);
}

int
holders_decode(const void *bytes, size_t length, struct holders **ret_holders)
{
	struct holders *holders = memory_new(1, sizeof(*holders));
	holders->arena = arena_new();
	holders->by_id = map_new();
	*ret_holders = holders;
	if (!length)
		return 0;
	struct wire_reader reader = wire_read(bytes, length);
	bool known = wire_get_u32(&reader) == BLOB_VERSION;
	uint32_t count = wire_get_count(&reader, SMALLEST_HOLDER);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t id = wire_get_u32(&reader);
		uint32_t generation = wire_get_u32(&reader);
		put(holders, id, generation,
		    wire_get_text(&reader, holders->arena, LONGEST_NAME));
	}
	if (known && !wire_end(&reader))
		return 0;
	holders_free(holders);
	*ret_holders = NULL;
	return -EBADMSG;
}

void
holders_encode(const struct holders *holders, struct str *out)
{
	wire_put_u32(out, BLOB_VERSION);
	wire_put_u32(out, (uint32_t)map_count(holders->by_id));
	size_t position = 0;
	for (const struct holder *holder; (holder = map_next(holders->by_id, &position));) {
		wire_put_u32(out, holder->id);
		wire_put_u32(out, holder->generation);
		wire_put_text(out, holder->name);
	}
}

void
holders_free(struct holders *holders)
{
	if (!holders)
		return;
	map_free(holders->by_id);
	arena_free(holders->arena);
	free(holders);
}

uint32_t
holders_generation(struct holders *holders, uint32_t id, const char *name)
{
	const struct holder *holder = map_find_u64(holders->by_id, id);
	if (holder && text_equal(holder->name, name))
		return holder->generation;
	uint32_t generation = holder ? holder->generation + 1 : 1;
	put(holders, id, generation, arena_copy_text(holders->arena, name));
	return generation;
}
