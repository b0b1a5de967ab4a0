/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *
or_abort(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

void *
memory_new(size_t count, size_t size)
{
	return or_abort(calloc(count ? count : 1, size ? size : 1));
}

char *
memory_copy_text(const char *text)
{
	return text ? memory_copy(text, strlen(text) + 1) : NULL;
}

void *
memory_copy(const void *bytes, size_t size)
{
	void *copy = memory_new(1, size);
	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

void
memory_grow(void *items_pointer, size_t count, size_t *capacity, size_t element_size)
{
	if (count < *capacity)
		return;
	void **items = items_pointer;
	size_t wanted = *capacity ? *capacity * 2 : 8;
	if (wanted > SIZE_MAX / element_size)
		abort();
	char *grown = or_abort(realloc(*items, wanted * element_size));
	memset(grown + *capacity * element_size, 0, (wanted - *capacity) * element_size);
	*items = grown;
	*capacity = wanted;
}
