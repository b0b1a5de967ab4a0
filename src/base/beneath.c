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

static const uint64_t no_link = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

static int
ask(int directory, const char *path, int flags, uint64_t resolve)
{
	/* O_PATH opens nothing, and takes no word about terminals. */
	int always = flags & O_PATH ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY;
	struct open_how how = {
	    .flags = (uint64_t)(unsigned)(flags | always), .resolve = resolve};
	long fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

int
beneath_try(int directory, const char *path, int flags)
{
	return ask(directory, path, flags, no_link | RESOLVE_NO_XDEV);
}

int
beneath_try_mounts(int directory, const char *path, int flags)
{
	return ask(directory, path, flags, no_link);
}

int
beneath_follow(int root, const char *path, int flags)
{
	return ask(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

static int
ask_patiently(int directory, const char *path, int flags, uint64_t resolve)
{
	int fd = -EAGAIN;
	for (int i = 0; i < MOST_TRIES && (fd == -EAGAIN || fd == -EINTR); i++)
		fd = ask(directory, path, flags | O_NOFOLLOW, resolve);
	return fd;
}

int
beneath_open(int directory, const char *path, int flags)
{
	return ask_patiently(directory, path, flags, no_link | RESOLVE_NO_XDEV);
}

int
beneath_open_mounts(int directory, const char *path, int flags)
{
	return ask_patiently(directory, path, flags, no_link);
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
