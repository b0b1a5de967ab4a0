/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seals are looked at before the file is mapped: a peer that could shrink
 * it later would make us fault, and one that could rewrite it would change
 * what we have already checked.
 */
#include "procs/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const int needed_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

int
sealed_map(int fd, size_t most, struct sealed *ret_sealed)
{
	struct stat status;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & needed_seals) != needed_seals)
		return -EBADMSG;
	if (fstat(fd, &status))
		return -errno;
	if (status.st_size < 0 || (size_t)status.st_size > most)
		return -EBADMSG;
	struct sealed sealed = {.bytes = "", .length = (size_t)status.st_size};
	if (sealed.length) {
		void *bytes = mmap(NULL, sealed.length, PROT_READ, MAP_PRIVATE, fd, 0);
		if (bytes == MAP_FAILED)
			return -errno;
		sealed.bytes = bytes;
	}
	*ret_sealed = sealed;
	return 0;
}

void
sealed_unmap(struct sealed *sealed)
{
	union {
		const void *borrowed;
		void *ours;
	} bytes = {.borrowed = sealed->bytes};
	if (sealed->length)
		munmap(bytes.ours, sealed->length);
	*sealed = (struct sealed){.bytes = ""};
}
