/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/extents.h"

#include <errno.h>
#include <unistd.h>

enum { SMALLEST_HOLE = 65536 };

/* Data from *at on, over holes that are smaller than that. 0: there is none any more. */
static int
next_extent(int fd, int64_t size, int64_t *at, struct extent *ret_extent)
{
	int64_t begin = lseek(fd, *at, SEEK_DATA);
	if (begin < 0 && errno == ENXIO)
		return 0;
	if (begin < 0)
		return -errno;
	int64_t end = lseek(fd, begin, SEEK_HOLE);
	if (end < 0)
		return -errno;
	*ret_extent = (struct extent){begin, (end < size ? end : size) - begin};
	*at = end;
	return begin < size;
}

/* -E2BIG: there are too many with holes of that size. */
static int
find_with(int fd, int64_t size, int64_t hole, struct extents *extents)
{
	struct extent extent;
	int found = 1;
	*extents = (struct extents){0};
	for (int64_t at = 0; at < size && (found = next_extent(fd, size, &at, &extent)) > 0;) {
		struct extent *last =
		    extents->count ? &extents->items[extents->count - 1] : NULL;
		if (last && extent.offset - (last->offset + last->length) < hole) {
			last->length = extent.offset + extent.length - last->offset;
			continue;
		}
		if (extents->count == MOST_EXTENTS)
			return -E2BIG;
		extents->items[extents->count++] = extent;
	}
	for (size_t i = 0; i < extents->count; i++)
		extents->bytes += extents->items[i].length;
	return found < 0 ? found : 0;
}

int
extents_find(int fd, int64_t size, struct extents *ret_extents)
{
	int status = -E2BIG;
	for (int64_t hole = SMALLEST_HOLE; status == -E2BIG && hole < INT64_MAX / 2; hole *= 2)
		status = find_with(fd, size, hole, ret_extents);
	/* A file of nothing but a hole has no form in a tar file: its last byte counts as data.
	 */
	if (!status && !ret_extents->count && size > 0)
		*ret_extents = (struct extents){1, 1, {{size - 1, 1}}};
	return status;
}
