/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heap memory that cannot fail: a supervised process that is out of memory
 * aborts and is started again from what is durable. Sizes that come from
 * outside are capped by the caller before they reach these functions.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#include "base/attributes.h"

/* Zeroed memory for count elements of size bytes; never NULL; free() it. */
void *memory_new(size_t count, size_t size) must_use;

/* A heap copy of text (NULL stays NULL); free() it. */
char *memory_copy_text(const char *text) must_use;

/* A heap copy of size bytes; free() it. */
void *memory_copy(const void *bytes, size_t size) must_use;

/*
 * Makes room for one more element at *items, which holds count elements of
 * element_size bytes with room for *capacity; grows by doubling. The new room
 * is zeroed.
 */
void memory_grow(void *items_pointer, size_t count, size_t *capacity, size_t element_size);

#endif
