/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/pin.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/crash.h"

enum { MODE_BITS = 07777, MOST_TRIES = 64 };

static const char capability_name[] = "security.capability";

static int
get_flags(int fd, unsigned *ret_flags)
{
	unsigned flags = 0;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return errno == ENOTTY || errno == EINVAL ? -EOPNOTSUPP : -errno;
	*ret_flags = flags;
	return 0;
}

static int
set_immutable(int fd, bool immutable)
{
	unsigned flags = 0;
	int status = get_flags(fd, &flags);
	if (status)
		return status;
	unsigned wanted =
	    immutable ? flags | FS_IMMUTABLE_FL : flags & ~(unsigned)FS_IMMUTABLE_FL;
	if (wanted == flags)
		return 0;
	return ioctl(fd, FS_IOC_SETFLAGS, &wanted) ? -errno : 0;
}

int
pin_look(int fd, struct pin *ret_was)
{
	struct stat facts;
	unsigned flags = 0;
	struct pin was = {0};
	int status = get_flags(fd, &flags);
	if (status || fstat(fd, &facts))
		return status ? status : -errno;
	ssize_t length = fgetxattr(fd, capability_name, was.capability, sizeof(was.capability));
	if (length < 0 && errno != ENODATA && errno != EOPNOTSUPP)
		return -errno;
	was.mode = facts.st_mode & MODE_BITS;
	was.gid = facts.st_gid;
	was.immutable = flags & FS_IMMUTABLE_FL;
	was.capability_length = length > 0 ? (uint32_t)length : 0;
	*ret_was = was;
	return 0;
}

static bool
is_closed(int fd)
{
	struct stat facts;
	return !fstat(fd, &facts) && !(facts.st_mode & MODE_BITS) && facts.st_gid == 0;
}

bool
pin_holds(int fd)
{
	unsigned flags = 0;
	return is_closed(fd) && !get_flags(fd, &flags) && flags & FS_IMMUTABLE_FL;
}

/* The owner may chmod between any two of these, until the flag is there: hence looked at again.
 */
int
pin_set(int fd)
{
	for (int i = 0; i < MOST_TRIES; i++) {
		if (pin_holds(fd))
			return 0;
		int status = set_immutable(fd, false);
		if (status)
			return status;
		if (fchmod(fd, 0))
			return -errno;
		crash_point(CRASH_PIN_MODE);
		if (fchown(fd, (uid_t)-1, 0))
			return -errno;
		crash_point(CRASH_PIN_GROUP);
		status = set_immutable(fd, true);
		if (status)
			return status;
	}
	return pin_holds(fd) ? 0 : -EAGAIN;
}

/* What became of one item. */
static void
say(struct str *text, const char *item, const char *what)
{
	str_addf(text, "%s%s %s", text->length ? ", " : "", item, what);
}

static const char undone[] = "undone";
static const char already[] = "already so";
static const char changed[] = "changed meanwhile, left as it is";

static int
undo_flag(int fd, const struct pin *was, struct str *text)
{
	unsigned flags = 0;
	int status = get_flags(fd, &flags);
	if (status)
		return status;
	bool is = flags & FS_IMMUTABLE_FL;
	say(text, "immutable", is == was->immutable ? already : is ? undone : changed);
	return set_immutable(fd, false);
}

static int
undo_group(int fd, const struct pin *was, struct str *text)
{
	struct stat facts;
	if (fstat(fd, &facts))
		return -errno;
	if (facts.st_gid == was->gid) {
		say(text, "group", already);
		return 0;
	}
	say(text, "group", facts.st_gid == 0 ? undone : changed);
	if (facts.st_gid == 0 && fchown(fd, (uid_t)-1, was->gid))
		return -errno;
	return 0;
}

/* After the group, whose change drops them. */
static int
undo_capability(int fd, const struct pin *was, struct str *text)
{
	uint8_t now[MOST_CAPABILITY];
	if (!was->capability_length)
		return 0;
	ssize_t length = fgetxattr(fd, capability_name, now, sizeof(now));
	if (length < 0 && errno != ENODATA)
		return -errno;
	if (length >= 0) {
		bool same = (size_t)length == was->capability_length &&
			    !memcmp(now, was->capability, was->capability_length);
		say(text, "capabilities", same ? already : changed);
		return 0;
	}
	if (fsetxattr(fd, capability_name, was->capability, was->capability_length, 0))
		return -errno;
	say(text, "capabilities", undone);
	return 0;
}

/* Last of all: from here on it can be run. */
static int
undo_mode(int fd, const struct pin *was, struct str *text)
{
	struct stat facts;
	if (fstat(fd, &facts))
		return -errno;
	uint32_t mode = facts.st_mode & MODE_BITS;
	say(text, "mode", mode == was->mode ? already : mode == 0 ? undone : changed);
	if (mode != was->mode && mode == 0 && fchmod(fd, was->mode))
		return -errno;
	return 0;
}

/* A flag that was there before us comes back last: it keeps us, too, from putting back the
 * rest. */
int
pin_undo(int fd, const struct pin *was, struct str *text)
{
	bool held = pin_holds(fd);
	int status = undo_flag(fd, was, text);
	crash_point(CRASH_UNPIN_FLAG);
	status = status ? status : undo_group(fd, was, text);
	crash_point(CRASH_UNPIN_GROUP);
	status = status ? status : undo_capability(fd, was, text);
	status = status ? status : undo_mode(fd, was, text);
	if (!status && was->immutable && held)
		status = set_immutable(fd, true);
	return status;
}
