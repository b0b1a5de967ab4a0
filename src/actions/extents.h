/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a sparse file has data. A file can have more holes than there is
 * memory; small ones then count as data, so that the list stays short.
 */
#ifndef ACTIONS_EXTENTS_H
#define ACTIONS_EXTENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

enum { MOST_EXTENTS = 8192 };

struct extent {
	int64_t offset;
	int64_t length;
};

struct extents {
	size_t count;
	int64_t bytes; /* of data, all together */
	struct extent items[MOST_EXTENTS];
};

/* Of the first size bytes of the file. 0 or -errno. */
int extents_find(int fd, int64_t size, struct extents *ret_extents) must_use;

#endif
