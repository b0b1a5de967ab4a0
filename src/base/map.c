/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries stand in an array in order of insertion; an index of open-addressed
 * slots points into it. A removed entry leaves a hole that the next growth
 * closes.
 */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { EMPTY = 0, FIRST_SLOTS = 16, INLINE_KEY = 16 };

struct entry {
	uint64_t hash;
	void *value; /* NULL: removed */
	size_t length;
	union {
		char near[INLINE_KEY];
		char *far;
	} key;
};

struct map {
	struct entry *entries;
	uint32_t *slots; /* entry number + 1, EMPTY if free */
	size_t slot_count;
	size_t used; /* entries written, removed ones included */
	size_t live;
	size_t capacity;
};

static uint8_t process_secret[16];

void
map_set_secret(const uint8_t secret[16])
{
	memcpy(process_secret, secret, sizeof(process_secret));
}

uint64_t
map_hash(const void *bytes, size_t length)
{
	return siphash(process_secret, bytes, length);
}

struct map *
map_new(void)
{
	return memory_new(1, sizeof(struct map));
}

static const char *
key_of(const struct entry *entry)
{
	return entry->length > INLINE_KEY ? entry->key.far : entry->key.near;
}

static void
drop_key(struct entry *entry)
{
	if (entry->length > INLINE_KEY)
		free(entry->key.far);
}

void
map_free(struct map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->used; i++)
		if (map->entries[i].value)
			drop_key(&map->entries[i]);
	free(map->entries);
	free(map->slots);
	free(map);
}

size_t
map_count(const struct map *map)
{
	return map->live;
}

/* The slot that holds the key, or the free one where it would go. */
static size_t
slot_for(const struct map *map, uint64_t hash, const void *key, size_t length)
{
	size_t mask = map->slot_count - 1;
	for (size_t slot = hash & mask;; slot = (slot + 1) & mask) {
		if (map->slots[slot] == EMPTY)
			return slot;
		const struct entry *entry = &map->entries[map->slots[slot] - 1];
		if (entry->value && entry->hash == hash && entry->length == length &&
		    memcmp(key_of(entry), key, length) == 0)
			return slot;
	}
}

static void
rebuild(struct map *map)
{
	size_t slots = FIRST_SLOTS;
	while (slots < (map->live + 1) * 2)
		slots *= 2;
	free(map->slots);
	map->slots = memory_new(slots, sizeof(*map->slots));
	map->slot_count = slots;
	size_t kept = 0;
	for (size_t i = 0; i < map->used; i++) {
		if (!map->entries[i].value)
			continue;
		map->entries[kept] = map->entries[i];
		size_t slot = map->entries[kept].hash & (slots - 1);
		while (map->slots[slot] != EMPTY)
			slot = (slot + 1) & (slots - 1);
		map->slots[slot] = (uint32_t)++kept;
	}
	map->used = kept;
}

void *
map_find(const struct map *map, const void *key, size_t length)
{
	if (!map->live)
		return NULL;
	size_t slot = slot_for(map, map_hash(key, length), key, length);
	return map->slots[slot] == EMPTY ? NULL : map->entries[map->slots[slot] - 1].value;
}

static void
add_entry(
    struct map *map, size_t slot, uint64_t hash, const void *key, size_t length, void *value)
{
	memory_grow(&map->entries, map->used, &map->capacity, sizeof(*map->entries));
	struct entry *entry = &map->entries[map->used];
	*entry = (struct entry){.hash = hash, .value = value, .length = length};
	if (length > INLINE_KEY)
		entry->key.far = memory_copy(key, length);
	else if (length)
		memcpy(entry->key.near, key, length);
	map->slots[slot] = (uint32_t)++map->used;
	map->live++;
}

void *
map_put(struct map *map, const void *key, size_t length, void *value)
{
	if (!value)
		abort();
	if ((map->used + 1) * 4 > map->slot_count * 3)
		rebuild(map);
	uint64_t hash = map_hash(key, length);
	size_t slot = slot_for(map, hash, key, length);
	if (map->slots[slot] == EMPTY) {
		add_entry(map, slot, hash, key, length, value);
		return NULL;
	}
	struct entry *entry = &map->entries[map->slots[slot] - 1];
	void *before = entry->value;
	entry->value = value;
	return before;
}

void *
map_remove(struct map *map, const void *key, size_t length)
{
	if (!map->live)
		return NULL;
	size_t slot = slot_for(map, map_hash(key, length), key, length);
	if (map->slots[slot] == EMPTY)
		return NULL;
	struct entry *entry = &map->entries[map->slots[slot] - 1];
	void *value = entry->value;
	drop_key(entry);
	entry->value = NULL;
	map->live--;
	return value;
}

void *
map_find_text(const struct map *map, const char *key)
{
	return map_find(map, key, strlen(key));
}

void *
map_put_text(struct map *map, const char *key, void *value)
{
	return map_put(map, key, strlen(key), value);
}

void *
map_remove_text(struct map *map, const char *key)
{
	return map_remove(map, key, strlen(key));
}

void *
map_find_u64(const struct map *map, uint64_t key)
{
	return map_find(map, &key, sizeof(key));
}

void *
map_put_u64(struct map *map, uint64_t key, void *value)
{
	return map_put(map, &key, sizeof(key), value);
}

void *
map_remove_u64(struct map *map, uint64_t key)
{
	return map_remove(map, &key, sizeof(key));
}

void *
map_next_key(const struct map *map, size_t *position, const void **ret_key, size_t *ret_length)
{
	while (*position < map->used) {
		const struct entry *entry = &map->entries[(*position)++];
		if (!entry->value)
			continue;
		*ret_key = key_of(entry);
		*ret_length = entry->length;
		return entry->value;
	}
	return NULL;
}

void *
map_next(const struct map *map, size_t *position)
{
	const void *key;
	size_t length;
	return map_next_key(map, position, &key, &length);
}
