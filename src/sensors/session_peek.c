/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/session_peek.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "sensors/stat.h"

static int
parent_of(uint32_t pid, uint32_t *ret_parent)
{
	char path[48];
	auto_str text = {0};
	struct process_stat stat;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	int status = file_read(AT_FDCWD, path, 4096, &text);
	if (!status)
		status = process_stat_parse(str_text(&text), &stat);
	if (!status)
		*ret_parent = stat.parent;
	return status;
}

/* SECURITY: a program that is called so and is not root's could be anybody's. */
static bool
is_master(uint32_t pid)
{
	char path[48], program[PATH_MAX];
	struct stat folder, file;
	snprintf(path, sizeof(path), "/proc/%" PRIu32, pid);
	if (stat(path, &folder) || folder.st_uid)
		return false;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/exe", pid);
	ssize_t length = readlink(path, program, sizeof(program) - 1);
	if (length < 0 || stat(path, &file) || file.st_uid ||
	    file.st_mode & (S_IWGRP | S_IWOTH))
		return false;
	program[length] = '\0';
	/* Of one that was upgraded since the kernel says that it is deleted. */
	char *gone = strstr(program, " (deleted)");
	if (gone)
		*gone = '\0';
	const char *name = strrchr(program, '/');
	return name && !strcmp(name, "/dovecot");
}

int
session_peek(uint32_t pid)
{
	uint32_t parent;
	int status = parent_of(pid, &parent);
	return status ? status : is_master(parent) ? 0 : -EPERM;
}
