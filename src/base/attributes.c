/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attributes.h"

#include <stdlib.h>
#include <unistd.h>

void
cleanup_free(void *pointer_to_pointer)
{
	void **pointer = pointer_to_pointer;
	free(*pointer);
}

void
cleanup_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
