/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/crash.h"

void
cleanup_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int
file_read_fd(int fd, size_t max, struct str *out)
{
	char buffer[16 * 1024];
	size_t start = out->length;
	for (;;) {
		ssize_t got = read(fd, buffer, sizeof(buffer));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		if (out->length - start + (size_t)got > max)
			return -EFBIG;
		str_add_bytes(out, buffer, (size_t)got);
	}
}

int
file_read(int directory, const char *path, size_t max, struct str *out)
{
	auto_fd int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? -errno : file_read_fd(fd, max, out);
}

int
file_write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;
	while (length) {
		ssize_t wrote = write(fd, at, length);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -errno;
		at += wrote;
		length -= (size_t)wrote;
	}
	return 0;
}

static int
write_durably(int fd, const void *bytes, size_t length)
{
	int status = file_write_all(fd, bytes, length);
	if (status)
		return status;
	return fsync(fd) ? -errno : 0;
}

/* The directory that holds path, relative to directory, opened for fsync. */
static int
open_parent(int directory, const char *path)
{
	auto_str parent = {0};
	str_add(&parent, path);
	while (parent.length && parent.data[parent.length - 1] != '/')
		str_cut(&parent, parent.length - 1);
	const char *name = parent.length ? str_text(&parent) : ".";
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int
file_replace(int directory, const char *path, mode_t mode, const void *bytes, size_t length)
{
	auto_str temporary = {0};
	str_addf(&temporary, "%s.new", path);
	auto_fd int fd = openat(directory, str_text(&temporary),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -errno;
	/* Whatever our umask is: a list that others read must not become unreadable. */
	int status = fchmod(fd, mode) ? -errno : write_durably(fd, bytes, length);
	crash_point(CRASH_FILE_WRITTEN);
	if (status || renameat(directory, str_text(&temporary), directory, path)) {
		status = status ? status : -errno;
		unlinkat(directory, str_text(&temporary), 0);
		return status;
	}
	auto_fd int parent = open_parent(directory, path);
	if (parent < 0)
		return parent;
	return fsync(parent) ? -errno : 0;
}

int
file_memory(const char *name, const void *bytes, size_t length)
{
	auto_fd int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	int status = file_write_all(fd, bytes, length);
	if (status)
		return status;
	if (lseek(fd, 0, SEEK_SET) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL))
		return -errno;
	return take_fd(fd);
}

int
file_secret(int directory, const char *path, void *ret_secret, size_t size)
{
	auto_str found = {0};
	int status = file_read(directory, path, size, &found);
	if (status == -ENOENT) {
		if (getrandom(ret_secret, size, 0) != (ssize_t)size)
			return -EIO;
		return file_replace(directory, path, 0600, ret_secret, size);
	}
	if (!status && found.length != size)
		return -EBADMSG;
	if (!status)
		memcpy(ret_secret, found.data, size);
	return status;
}
