/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BLOCK_SIZE = 16 * 1024 };

struct block {
	struct block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct block *newest;
	size_t used;
};

struct arena *
arena_new(void)
{
	return memory_new(1, sizeof(struct arena));
}

void
arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->newest; block;) {
		struct block *next = block->next;
		free(block);
		block = next;
	}
	free(arena);
}

void
arena_cleanup(struct arena **arena)
{
	arena_free(*arena);
}

static struct block *
add_block(struct arena *arena, size_t at_least)
{
	size_t size = at_least > BLOCK_SIZE ? at_least : BLOCK_SIZE;
	struct block *block = memory_new(1, sizeof(*block) + size);
	block->size = size;
	block->next = arena->newest;
	arena->newest = block;
	return block;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		abort();
	size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct block *block = arena->newest;
	if (!block || block->size - block->used < rounded)
		block = add_block(arena, rounded);
	void *memory = block->bytes + block->used;
	block->used += rounded;
	arena->used += rounded;
	return memory;
}

char *
arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);
	if (length)
		memcpy(copy, text, length);
	return copy;
}

char *
arena_copy_text(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	char *text = arena_alloc(arena, (size_t)(length < 0 ? 0 : length) + 1);
	if (length > 0)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->used;
}
