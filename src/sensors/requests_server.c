/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/requests_server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEEPEST_NAMESPACE = 33 };

/* "/usr/sbin/php-fpm8.2 (deleted)" serves as well as the file that took its place. */
static bool
serves_requests(const char *program)
{
	const char *name = strrchr(program, '/');
	name = name ? name + 1 : program;
	return strncmp(name, "php-fpm", 7) == 0 || strncmp(name, "php-cgi", 7) == 0;
}

/* As namespace_owner() of the kernel programs: root made it, and all that it lies in. */
int
requests_server_is_hosts(int process)
{
	auto_fd int mounts = openat(process, "ns/mnt", O_RDONLY | O_CLOEXEC);
	int users = mounts < 0 ? -1 : ioctl(mounts, NS_GET_USERNS);
	int status = users < 0 ? -errno : 0;
	for (int i = 0; users >= 0 && i < DEEPEST_NAMESPACE; i++) {
		uid_t maker;
		if (ioctl(users, NS_GET_OWNER_UID, &maker))
			status = -errno;
		else if (maker)
			status = -EPERM;
		int parent = status ? -1 : ioctl(users, NS_GET_PARENT);
		/* Beyond our own there is nothing to be seen, and no customer. */
		if (!status && parent < 0 && errno != EPERM)
			status = -errno;
		close(users);
		users = parent;
	}
	if (users >= 0)
		close(users);
	return status;
}

int
requests_server_open(int proc, const char *pid, struct stat *ret_status)
{
	char program[PATH_MAX];
	/* Held, so that all that follows is of one process, whoever has its number later. */
	auto_fd int process = openat(proc, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ssize_t length =
	    process < 0 ? -1 : readlinkat(process, "exe", program, sizeof(program) - 1);
	if (length < 0)
		return -errno;
	program[length] = '\0';
	if (!serves_requests(program))
		return -ENOENT;
	auto_fd int fd = openat(process, "exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, ret_status))
		return -errno;
	if (ret_status->st_uid || !S_ISREG(ret_status->st_mode))
		return -EPERM;
	/*
	 * SECURITY: an overlay of a customer's has root's file once more, under another key,
	 * and each probe on it is one on the file that everybody runs.
	 */
	int status = requests_server_is_hosts(process);
	return status ? status : take_fd(fd);
}
