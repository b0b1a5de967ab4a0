/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/collect.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "scan/opening.h"

/* The part of a path beneath the home, or NULL. Where `..` stands openat2 decides. */
static const char *
part_beneath(const struct account *account, const char *path)
{
	size_t length = strlen(account->home);
	if (*path != '/')
		return *path ? path : NULL;
	while (length > 1 && account->home[length - 1] == '/')
		length--;
	if (strncmp(path, account->home, length) != 0 || path[length] != '/')
		return NULL;
	path += length + strspn(path + length, "/");
	return *path ? path : NULL;
}

static int
read_copy(int fd, struct arena *arena, struct evidence_file *file)
{
	size_t most = file->size < MOST_EVIDENCE_COPY ? (size_t)file->size : MOST_EVIDENCE_COPY;
	char *bytes = arena_alloc(arena, most + 1);
	size_t length = 0;
	while (length < most) {
		ssize_t count = pread(fd, bytes + length, most - length, (off_t)length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	file->bytes = bytes;
	file->length = length;
	file->digest = arena_copy_text(arena, digest_of(bytes, length, NULL, 0).text);
	return 0;
}

static int
collect_file(
    int home, const struct account *account, struct arena *arena, struct evidence_file *file)
{
	struct stat status;
	const char *path = part_beneath(account, file->path);
	if (!path)
		return -EXDEV;
	auto_fd int fd = scan_open(home, path, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &status))
		return -errno;
	if (!scan_owns(account, &status))
		return -EPERM;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	file->mode = status.st_mode;
	file->owner = status.st_uid;
	file->device = status.st_dev;
	file->inode = status.st_ino;
	file->size = status.st_size;
	file->modified = scan_modified(&status);
	file->changed = scan_changed(&status);
	return read_copy(fd, arena, file);
}

void
collect_files(
    const struct account *account, struct arena *arena, struct evidence_package *package)
{
	auto_fd int home = scan_open_home(account);
	for (uint32_t i = 0; i < package->file_count; i++) {
		struct evidence_file *file = &package->files[i];
		*file = (struct evidence_file){.path = file->path, .digest = ""};
		file->status = home < 0 ? home : collect_file(home, account, arena, file);
		if (file->status)
			*file = (struct evidence_file){
			    .path = file->path, .digest = "", .status = file->status};
	}
}
