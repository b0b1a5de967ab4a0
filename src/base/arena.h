/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An arena: many small allocations that live and die together, one arena per
 * request and per parse. Nothing in it is freed by itself.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/attributes.h"

struct arena;

/* An empty arena; arena_free() it. */
struct arena *arena_new(void) must_use;

/* Frees the arena and everything allocated from it; NULL is fine. */
void arena_free(struct arena *arena);

/* Zeroed memory, aligned for any type, that lives as long as the arena. */
void *arena_alloc(struct arena *arena, size_t size) must_use;

/* A copy of length bytes of text, NUL-terminated. */
char *arena_copy(struct arena *arena, const char *text, size_t length) must_use;

/* A copy of text; NULL stays NULL. */
char *arena_copy_text(struct arena *arena, const char *text) must_use;

/* Formatted text in the arena. */
char *arena_printf(struct arena *arena, const char *format, ...) printf_like(2, 3) must_use;

/* Bytes handed out so far. */
size_t arena_used(const struct arena *arena);

#define auto_arena __attribute__((cleanup(arena_cleanup)))
void arena_cleanup(struct arena **arena);

#endif
