/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A window as a ring of slots: amounts fall into the slot of their time, and
 * the sum of the slots that are still inside is always at hand. A slot that
 * is partly out is left out, so a window is never longer than it is written
 * and at most one slot shorter.
 */
#ifndef ENGINE_RING_H
#define ENGINE_RING_H

#include <stdint.h>

#include "base/wire.h"

struct ring {
	int64_t newest; /* number of the newest slot, counted from the epoch of engine time */
	uint64_t sum;	/* of all slots */
	uint32_t count;
	uint32_t head; /* where the newest stands; older ones before it, around the end */
	uint64_t slots[];
};

/* A ring of count slots, all empty; free() it. */
struct ring *ring_new(uint32_t count) must_use;

/* Moves on to a slot: what is then out of the window is forgotten. Never moves back. */
void ring_advance(struct ring *ring, int64_t slot);

/* Adds to a slot; one that is out already is ignored. */
void ring_add(struct ring *ring, int64_t slot, uint64_t amount);

/* The amount of a slot, 0 if it is outside. */
uint64_t ring_at(const struct ring *ring, int64_t slot);

void ring_encode(const struct ring *ring, struct str *out);

/* A ring of count slots from the wire; NULL (and a failed reader) if it is none. */
struct ring *ring_decode(struct wire_reader *reader, uint32_t count) must_use;

#endif
