/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/follow_open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/str.h"

static bool
is_the_systems(const struct stat *facts, const struct follow_rules *rules)
{
	bool group_may = facts->st_mode & S_IWGRP;
	bool known_group =
	    facts->st_gid == 0 || (rules->log_group && facts->st_gid == rules->log_group);
	return (facts->st_uid == 0 || facts->st_uid < rules->floor) &&
	       !(facts->st_mode & S_IWOTH) && (!group_may || known_group);
}

/*
 * A filesystem in user space, where a customer may mount one that others see,
 * says of owners what he wants. One that the operator's own folder lies on is his.
 */
static bool
may_be_served_by_a_customer(int prefix, int folder)
{
	struct stat own, there;
	struct statfs kind;
	if (fstat(prefix, &own) || fstat(folder, &there) || fstatfs(folder, &kind))
		return true;
	return own.st_dev != there.st_dev && kind.f_type == FUSE_SUPER_MAGIC;
}

/* The folder in which the log lies. Who may write there could put an old log of his in place.
 */
static int
open_folder(
    const char *path, size_t trusted, const struct follow_rules *rules, const char *name)
{
	auto_str own = {0}, rest = {0};
	struct stat facts;
	str_add_bytes(&own, path, trusted);
	str_add_bytes(&rest, path + trusted, (size_t)(name - path) - trusted);
	auto_fd int prefix = open(str_text(&own), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (prefix < 0)
		return -errno;
	const char *below = rest.length ? str_text(&rest) : ".";
	auto_fd int folder = beneath_open_mounts(prefix, below, O_PATH | O_DIRECTORY);
	if (folder < 0)
		return folder;
	if (fstat(folder, &facts))
		return -errno;
	bool fits =
	    is_the_systems(&facts, rules) && !may_be_served_by_a_customer(prefix, folder);
	return fits ? take_fd(folder) : -EPERM;
}

int
follow_open(
    const char *path, size_t trusted, const struct follow_rules *rules, struct stat *ret_facts)
{
	struct stat facts;
	const char *slash = strrchr(path, '/');
	if (!slash || !slash[1] || (size_t)(slash - path) + 1 < trusted)
		return -EINVAL;
	auto_fd int folder = open_folder(path, trusted, rules, slash + 1);
	if (folder < 0)
		return folder;
	/* It may be a pipe that a customer made, with nobody at its other end. */
	auto_fd int fd = beneath_open_mounts(folder, slash + 1, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return fd;
	if (fstat(fd, &facts))
		return -errno;
	if (!S_ISREG(facts.st_mode))
		return -EINVAL;
	if (!is_the_systems(&facts, rules))
		return -EPERM;
	*ret_facts = facts;
	return take_fd(fd);
}

const char *
follow_reason(int status)
{
	switch (status) {
	case -ELOOP:
		return "a symbolic link lies on its way";
	case -EINVAL:
		return "it is no regular file";
	case -EPERM:
		return "others than the system may change it or its folder";
	default:
		return strerror(-status);
	}
}
