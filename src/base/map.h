/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash map from byte-string keys to pointers. Keys are copied; values are
 * borrowed. Hashing is SipHash-2-4 under a process-wide secret, so customers
 * who choose names cannot choose collisions (Aumasson, Bernstein: "SipHash: a
 * fast short-input PRF", 2012).
 *
 * Iteration order is the order of insertion (removals aside), so that output
 * does not depend on the secret.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/siphash.h"

struct map;

/* The secret of all maps; a process sets it once, before its first map. */
void map_set_secret(const uint8_t secret[16]);

/* SipHash-2-4 of the bytes under the process's secret. */
uint64_t map_hash(const void *bytes, size_t length);

struct map *map_new(void) must_use;

/* Frees the map, not its values; NULL is fine. */
void map_free(struct map *map);

size_t map_count(const struct map *map);

/* The value stored for the key, or NULL. */
void *map_find(const struct map *map, const void *key, size_t length);

/* Stores value (not NULL) for the key; gives the value it replaces, or NULL. */
void *map_put(struct map *map, const void *key, size_t length, void *value);

/* Takes the key out; gives its value, or NULL if it was not there. */
void *map_remove(struct map *map, const void *key, size_t length);

/* For NUL-terminated keys, and for 64-bit ones. */
void *map_find_text(const struct map *map, const char *key);
void *map_put_text(struct map *map, const char *key, void *value);
void *map_remove_text(struct map *map, const char *key);
void *map_find_u64(const struct map *map, uint64_t key);
void *map_put_u64(struct map *map, uint64_t key, void *value);
void *map_remove_u64(struct map *map, uint64_t key);

/*
 * Walks the map: start with *position = 0; gives the next value, or NULL at
 * the end. The current entry may be removed while walking; nothing may be put.
 */
void *map_next(const struct map *map, size_t *position);

/* As map_next, and gives the key, which stays valid until the entry is removed. */
void *map_next_key(
    const struct map *map, size_t *position, const void **ret_key, size_t *ret_length);

#endif
