/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "base/beneath.h"
#include "base/file.h"

enum { MOST_NAMES = 200000 };

int
place_open(int root, const char *path, int flags)
{
	return beneath_try_mounts(root, *path ? path : ".", flags);
}

int
place_stat(int root, const char *path, struct stat *ret_facts)
{
	auto_str folder = {0};
	str_add(&folder, path);
	size_t cut = folder.length;
	while (cut && path[cut - 1] != '/')
		cut--;
	str_cut(&folder, cut);
	auto_fd int fd = place_open(root, str_text(&folder), O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	return fstatat(fd, path + cut, ret_facts, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

bool
place_exists(int root, const char *path)
{
	struct stat facts;
	return !place_stat(root, path, &facts);
}

int
place_read(int root, const char *path, size_t max, struct str *out)
{
	struct stat facts;
	auto_fd int fd = place_open(root, path, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return fd;
	if (fstat(fd, &facts))
		return -errno;
	return S_ISREG(facts.st_mode) ? file_read_fd(fd, max, out) : -EINVAL;
}

static int
visit_names(DIR *folder, int (*visit)(void *context, const char *name), void *context)
{
	for (int seen = 0; seen < MOST_NAMES; seen++) {
		errno = 0;
		const struct dirent *entry = readdir(folder);
		if (!entry)
			return -errno;
		if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
			continue;
		int status = visit(context, entry->d_name);
		if (status)
			return status;
	}
	return -E2BIG;
}

int
place_each(
    int root, const char *path, int (*visit)(void *context, const char *name), void *context)
{
	auto_fd int fd = place_open(root, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	DIR *folder = fdopendir(fd);
	if (!folder)
		return -errno;
	fd = -1; /* the folder's by now */
	int status = visit_names(folder, visit, context);
	closedir(folder);
	return status;
}
