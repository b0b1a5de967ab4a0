/* SPDX-License-Identifier: Apache-2.0 */
/* What a mail server that somebody took over may call a queue file: who it was is told, or an
 * error, and nothing else. */
#include "gates/queue_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct handed_in handed = {.uid = 7, .at = -1};
	auto_fd int fd = memfd_create("queue", MFD_CLOEXEC);
	demand(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
	int status = queue_file_read(fd, &handed);
	demand(!status || status == -ENOENT || status == -EBADMSG);
	demand(status ? handed.uid == 7 && handed.at == -1
		      : handed.uid < UINT32_MAX && handed.at >= 0);
	return 0;
}
