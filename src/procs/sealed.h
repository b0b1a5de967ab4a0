/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a sealed memory file that another process made. */
#ifndef PROCS_SEALED_H
#define PROCS_SEALED_H

#include <stddef.h>

#include "base/attributes.h"

struct sealed {
	const void *bytes; /* never NULL, even if there are none */
	size_t length;
};

/*
 * Maps the whole file, read-only. -EBADMSG: it is not sealed against writing,
 * shrinking and growing, or has more than most bytes; else -errno.
 */
int sealed_map(int fd, size_t most, struct sealed *ret_sealed) must_use;
void sealed_unmap(struct sealed *sealed);

#endif
