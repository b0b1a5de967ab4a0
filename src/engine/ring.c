/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Slot numbers are non-negative and far from overflow: engine time is at most 2^52 ms. */
enum { LATEST_BITS = 52 };

struct ring *
ring_new(uint32_t count)
{
	struct ring *ring = memory_new(1, sizeof(*ring) + count * sizeof(ring->slots[0]));
	ring->count = count;
	return ring;
}

void
ring_advance(struct ring *ring, int64_t slot)
{
	if (slot <= ring->newest)
		return;
	if (slot - ring->newest >= ring->count) {
		memset(ring->slots, 0, ring->count * sizeof(ring->slots[0]));
		ring->sum = 0;
		ring->newest = slot;
		return;
	}
	for (; ring->newest < slot; ring->newest++) {
		ring->head = ring->head + 1 < ring->count ? ring->head + 1 : 0;
		uint64_t *oldest = &ring->slots[ring->head];
		ring->sum -= *oldest;
		*oldest = 0;
	}
}

/* Without a division: this is asked for every row of every frame. */
static uint32_t
index_of(const struct ring *ring, int64_t slot)
{
	uint32_t back = (uint32_t)(ring->newest - slot);
	return ring->head >= back ? ring->head - back : ring->head + ring->count - back;
}

void
ring_add(struct ring *ring, int64_t slot, uint64_t amount)
{
	ring_advance(ring, slot);
	if (ring->newest - slot >= ring->count)
		return;
	uint64_t *at = &ring->slots[index_of(ring, slot)];
	/* A sum that would wrap stays at its most: no amount of use makes a small number. */
	if (ring->sum > UINT64_MAX - amount)
		amount = UINT64_MAX - ring->sum;
	*at += amount;
	ring->sum += amount;
}

uint64_t
ring_at(const struct ring *ring, int64_t slot)
{
	if (slot > ring->newest || slot < 0 || ring->newest - slot >= ring->count)
		return 0;
	return ring->slots[index_of(ring, slot)];
}

/* Only the slots that hold something: most do not. They are numbered from the newest back. */
void
ring_encode(const struct ring *ring, struct str *out)
{
	uint32_t filled = 0;
	for (uint32_t i = 0; i < ring->count; i++)
		filled += ring->slots[i] != 0;
	wire_put_i64(out, ring->newest);
	wire_put_u32(out, filled);
	for (uint32_t back = 0; back < ring->count; back++) {
		uint64_t amount = ring->slots[index_of(ring, ring->newest - back)];
		if (!amount)
			continue;
		wire_put_u32(out, back);
		wire_put_u64(out, amount);
	}
}

struct ring *
ring_decode(struct wire_reader *reader, uint32_t count)
{
	int64_t newest = wire_get_i64(reader);
	uint32_t filled = wire_get_count(reader, 12);
	if (newest < 0 || newest >> LATEST_BITS || filled > count)
		reader->failed = true;
	if (reader->failed)
		return NULL;
	struct ring *ring = ring_new(count);
	ring->newest = newest;
	for (uint32_t i = 0; i < filled; i++) {
		uint32_t slot = index_of(ring, newest - wire_get_below(reader, count));
		uint64_t amount = wire_get_u64(reader);
		if (ring->slots[slot] || amount > UINT64_MAX - ring->sum)
			reader->failed = true;
		if (reader->failed)
			break;
		ring->slots[slot] = amount;
		ring->sum += amount;
	}
	if (!reader->failed)
		return ring;
	free(ring);
	return NULL;
}
