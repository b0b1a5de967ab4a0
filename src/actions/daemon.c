/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/place.h"
#include "actions/process.h"

enum { LARGEST_PID_FILE = 64 };

static int
read_pid(const struct tools *tools, const char *pid_file, uint32_t *ret_pid)
{
	auto_str text = {0};
	int status = place_read(tools->root, pid_file, LARGEST_PID_FILE, &text);
	if (status)
		return status == -ENOENT ? -ESRCH : status;
	unsigned long pid = strtoul(str_text(&text), NULL, 10);
	if (pid < 2 || pid > INT_MAX)
		return -EBADMSG;
	*ret_pid = (uint32_t)pid;
	return 0;
}

static int
read_executable(const struct tools *tools, uint32_t pid, struct str *out)
{
	char link[32];
	char path[PATH_MAX];
	snprintf(link, sizeof(link), "%u/exe", pid);
	ssize_t length = readlinkat(tools->proc, link, path, sizeof(path) - 1);
	if (length < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	str_add_bytes(out, path, (size_t)length);
	return 0;
}

/* The pidfd of the daemon, and what it executes. An upgrade leaves " (deleted)" behind it. */
static int
open_daemon(const struct tools *tools, const char *pid_file, const char *program, int *ret_fd,
    struct str *ret_path)
{
	uint32_t pid = 0;
	struct process_facts process;
	auto_fd int fd = -1;
	int status = read_pid(tools, pid_file, &pid);
	status = status ? status : process_open(tools->proc, pid, &process, &fd);
	status = status ? status : read_executable(tools, pid, ret_path);
	if (status)
		return status;
	if (!process_lives(fd) || !process_runs(&process))
		return -ESRCH;
	const char *name = strrchr(str_text(ret_path), '/');
	if (process.uid || !name || !text_starts_with(name + 1, program))
		return -EPERM;
	*ret_fd = take_fd(fd);
	return 0;
}

int
daemon_signal(const struct tools *tools, const char *pid_file, const char *program, int signal)
{
	auto_str path = {0};
	auto_fd int fd = -1;
	int status = open_daemon(tools, pid_file, program, &fd, &path);
	return status ? status : process_signal(fd, signal);
}

int
daemon_executable(
    const struct tools *tools, const char *pid_file, const char *program, struct str *ret_path)
{
	auto_fd int fd = -1;
	return open_daemon(tools, pid_file, program, &fd, ret_path);
}
