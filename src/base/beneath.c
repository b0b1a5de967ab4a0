/* SPDX-License-Identifier: Apache-2.0 */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel gives up when it saw a rename on the way through "..": somebody may do that on
 * purpose, without end. */
enum { MOST_TRIES = 64, LONGEST_PATH = 4096 };

int
beneath_open(int directory, const char *path, int flags)
{
	struct open_how how = {
	    .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY),
	    .resolve =
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	if (flags & O_PATH)
		how.flags &= ~(uint64_t)O_NOCTTY;
	long fd = -1;
	for (int i = 0; i < MOST_TRIES; i++) {
		fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int
beneath_reopen(int fd, int flags)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int opened = open(path, flags | O_CLOEXEC | O_NOCTTY);
	return opened < 0 ? -errno : opened;
}

int
beneath_path(int fd, struct str *ret_path)
{
	char link[64], path[LONGEST_PATH];
	struct stat facts;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof(path));
	if (length < 0 || fstat(fd, &facts))
		return -errno;
	if (!facts.st_nlink)
		return -ENOENT;
	if ((size_t)length == sizeof(path))
		return -ENAMETOOLONG;
	str_add_bytes(ret_path, path, (size_t)length);
	return 0;
}
