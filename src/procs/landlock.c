/* SPDX-License-Identifier: Apache-2.0 */
/* glibc has no wrappers for these calls; the kernel's documentation: userspace-api/landlock. */
#include "procs/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	READING = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	/* What may be said of a file that is no directory. */
	OF_FILES = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
		   LANDLOCK_ACCESS_FS_READ_FILE,
	FIRST_RIGHTS = 13, /* bits that the first version knows */
	REFER = 1 << 13,   /* from the second version on: rename and link across directories */
	TRUNCATE = 1 << 14 /* from the third on */
};

static uint64_t
known_rights(long version)
{
	uint64_t rights = (UINT64_C(1) << FIRST_RIGHTS) - 1;
	if (version >= 2)
		rights |= REFER;
	if (version >= 3)
		rights |= TRUNCATE;
	return rights;
}

static int
allow(int ruleset, const struct reach *reach, uint64_t known)
{
	auto_fd int fd = open(reach->path, O_PATH | O_CLOEXEC);
	struct stat status;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &status))
		return -errno;
	uint64_t rights =
	    reach->write ? known & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE : READING;
	if (!S_ISDIR(status.st_mode))
		rights &= OF_FILES | TRUNCATE;
	struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		return -errno;
	return 0;
}

int
landlock_confine(const struct reach *reaches, size_t count)
{
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return -EOPNOTSUPP;
	uint64_t known = known_rights(version);
	struct landlock_ruleset_attr wish = {.handled_access_fs = known};
	auto_fd int ruleset = (int)syscall(SYS_landlock_create_ruleset, &wish, sizeof(wish), 0);
	if (ruleset < 0)
		return -errno;
	for (size_t i = 0; i < count; i++) {
		int status = allow(ruleset, &reaches[i], known);
		if (status)
			return status;
	}
	return syscall(SYS_landlock_restrict_self, ruleset, 0) ? -errno : 0;
}
