/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/hold.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/wire.h"

enum { FILE_VERSION = 1, LARGEST_FILE = 64 * 1024 * 1024, SMALLEST_HOLD = 74 };

static const char file_name[] = "holds";

static void
encode_limit(const struct limit *limit, struct str *out)
{
	wire_put_u8(out, limit->on);
	wire_put_i64(out, limit->amount);
	wire_put_u64(out, limit->action);
}

static void
encode_hold(const struct hold *hold, struct str *out)
{
	wire_put_u32(out, hold->account);
	wire_put_u32(out, hold->generation);
	encode_limit(&hold->cpu, out);
	encode_limit(&hold->memory, out);
	for (uint32_t i = 0; i < MOST_HIERARCHIES; i++)
		origins_encode(&hold->origins[i], out);
}

int
holds_save(const struct holds *holds, int folder)
{
	auto_str bytes = {0};
	wire_put_u32(&bytes, FILE_VERSION);
	wire_put_u32(&bytes, (uint32_t)holds->count);
	for (size_t i = 0; i < holds->count; i++)
		encode_hold(holds->items[i], &bytes);
	return file_replace(folder, file_name, 0600, bytes.data, bytes.length);
}

static struct limit
decode_limit(struct wire_reader *reader)
{
	struct limit limit = {0};
	limit.on = wire_get_u8(reader) != 0;
	limit.amount = wire_get_i64(reader);
	limit.action = wire_get_u64(reader);
	return limit;
}

static void
decode_hold(struct wire_reader *reader, struct arena *arena, struct holds *holds)
{
	uint32_t account = wire_get_u32(reader);
	struct hold *hold = holds_add(holds, account, wire_get_u32(reader));
	hold->cpu = decode_limit(reader);
	hold->memory = decode_limit(reader);
	for (uint32_t i = 0; i < MOST_HIERARCHIES; i++)
		origins_decode(reader, arena, &hold->origins[i]);
}

int
holds_load(int folder, struct holds *ret_holds)
{
	auto_str bytes = {0};
	auto_arena struct arena *arena = arena_new();
	int status = file_read(folder, file_name, LARGEST_FILE, &bytes);
	if (status == -ENOENT) {
		*ret_holds = (struct holds){0};
		return 0;
	}
	if (status)
		return status;
	struct holds holds = {0};
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	bool known = wire_get_u32(&reader) == FILE_VERSION;
	uint32_t count = wire_get_count(&reader, SMALLEST_HOLD);
	for (uint32_t i = 0; i < count; i++)
		decode_hold(&reader, arena, &holds);
	status = known ? wire_end(&reader) : -EBADMSG;
	if (status)
		holds_done(&holds);
	else
		*ret_holds = holds;
	return status;
}

static void
hold_free(struct hold *hold)
{
	for (uint32_t i = 0; i < MOST_HIERARCHIES; i++)
		origins_clear(&hold->origins[i]);
	free(hold);
}

void
holds_done(struct holds *holds)
{
	for (size_t i = 0; i < holds->count; i++)
		hold_free(holds->items[i]);
	free(holds->items);
	*holds = (struct holds){0};
}

struct hold *
holds_find(const struct holds *holds, uint32_t account)
{
	for (size_t i = 0; i < holds->count; i++)
		if (holds->items[i]->account == account)
			return holds->items[i];
	return NULL;
}

struct hold *
holds_add(struct holds *holds, uint32_t account, uint32_t generation)
{
	struct hold *hold = memory_new(1, sizeof(*hold));
	hold->account = account;
	hold->generation = generation;
	memory_grow(&holds->items, holds->count, &holds->capacity, sizeof(*holds->items));
	holds->items[holds->count++] = hold;
	return hold;
}

void
holds_remove(struct holds *holds, struct hold *hold)
{
	for (size_t i = 0; i < holds->count; i++)
		if (holds->items[i] == hold) {
			holds->items[i] = holds->items[--holds->count];
			hold_free(hold);
			return;
		}
}

struct limit *
hold_limit(struct hold *hold, enum resource resource)
{
	return resource == RESOURCE_MEMORY ? &hold->memory : &hold->cpu;
}

/* Places are kept by the name of the controller: the order of mounts may differ after a
 * restart. */
struct origins *
hold_origins(struct hold *hold, const struct hierarchy *hierarchy)
{
	for (uint32_t i = 0; i < MOST_HIERARCHIES; i++)
		if (hold->origins[i].count &&
		    text_equal(hold->origins[i].controller, hierarchy->controller))
			return &hold->origins[i];
	for (uint32_t i = 0; i < MOST_HIERARCHIES; i++)
		if (!hold->origins[i].count) {
			snprintf(hold->origins[i].controller,
			    sizeof(hold->origins[i].controller), "%s", hierarchy->controller);
			return &hold->origins[i];
		}
	return NULL;
}
