/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/opening.h"

#include <errno.h>
#include <fcntl.h>

#include "base/beneath.h"

int
scan_open_home(const struct account *account)
{
	struct stat status;
	auto_fd int fd = open(account->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status))
		return -errno;
	if (status.st_uid != 0 && !scan_owns(account, &status))
		return -EPERM;
	return take_fd(fd);
}

int
scan_open(int directory, const char *path, int flags)
{
	/* Not tried again: who holds a lease could keep us at it. */
	return beneath_try(directory, path, flags | O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
}

bool
scan_owns(const struct account *account, const struct stat *status)
{
	for (uint32_t i = 0; i < account->own_uids; i++)
		if (status->st_uid >= account->uids[i].first &&
		    status->st_uid - account->uids[i].first < account->uids[i].count)
			return true;
	return false;
}

static int64_t
ms_of(struct timespec time)
{
	/* Owners can set times that no number of ms holds. */
	if (time.tv_sec > INT64_MAX / 2000 || time.tv_sec < INT64_MIN / 2000)
		return 0;
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int64_t
scan_modified(const struct stat *status)
{
	return ms_of(status->st_mtim);
}

int64_t
scan_changed(const struct stat *status)
{
	return ms_of(status->st_ctim);
}
