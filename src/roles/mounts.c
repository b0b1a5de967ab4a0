/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/program.h"
#include "roles/safe.h"

enum { MOUNT_MS = 60000, MOST_MOUNTS = 2 };

/*
 * hard: who writes waits for a file server that starts anew, and loses nothing.
 * Nothing in a home may make anybody somebody else, or be a device.
 */
static const char options[] = "rw,hard,nosuid,nodev,noatime,_netdev";

struct wanted {
	struct str source; /* ADDRESS:PATH */
	const char *path;
};

static size_t
want(const struct site_role *files, const char *path, struct wanted *wanted)
{
	if (!safe_path(path))
		return 0;
	if (safe_ipv4(files->address))
		str_addf(&wanted->source, "%s:%s", files->address, path);
	else if (safe_ipv6(files->address6))
		str_addf(&wanted->source, "[%s]:%s", files->address6, path);
	else
		return 0;
	wanted->path = path;
	return 1;
}

/* How many; the caller has wanted_done() them. */
static size_t
all_wanted(const struct view *view, struct wanted wanted[MOST_MOUNTS])
{
	const struct site *site = &view->site;
	const struct site_role *files = &site->roles[ROLE_FILE];
	bool has_homes =
	    view->role == ROLE_MAIL || view->role == ROLE_WEB || view->role == ROLE_SHELL;
	if (!has_homes || files->place == PLACE_NOWHERE ||
	    site->roles[view->role].place != PLACE_MACHINE)
		return 0;
	size_t count = want(files, site->homes, &wanted[0]);
	if (view->role == ROLE_MAIL)
		count += want(files, site->mail, &wanted[count]);
	return count;
}

static void
wanted_done(struct wanted wanted[MOST_MOUNTS])
{
	for (size_t i = 0; i < MOST_MOUNTS; i++)
		str_done(&wanted[i].source);
}

void
mounts_render(const struct view *view, struct output *output)
{
	struct wanted wanted[MOST_MOUNTS] = {0};
	size_t count = all_wanted(view, wanted);
	struct str *out =
	    count ? output_file(output, DAEMON_NONE, "/etc/hayward/mounts") : NULL;
	for (size_t i = 0; i < count; i++)
		str_addf(out, "%s %s nfs4 %s 0 0\n", str_text(&wanted[i].source),
		    wanted[i].path, options);
	wanted_done(wanted);
}

/* 1, 0 or -errno; -EBUSY: something else is mounted there. */
static int
is_mounted(const char *path)
{
	struct statx facts;
	struct statfs system;
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &facts) ||
	    statfs(path, &system))
		return -errno;
	if (!(facts.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return 0;
	return system.f_type == NFS_SUPER_MAGIC ? 1 : -EBUSY;
}

static int
mount_one(const struct wanted *wanted, struct str *ret_wrong)
{
	auto_str said = {0};
	/* Whoever asked us waits: no second try, by us, of a server that does not answer. */
	const char *const arguments[] = {"/usr/bin/mount", "-t", "nfs4", "-o", options, "-o",
	    "retry=0", "--", str_text(&wanted->source), wanted->path, NULL};
	int status = mkdir(wanted->path, 0711) && errno != EEXIST ? -errno : 0;
	if (!status)
		status = is_mounted(wanted->path);
	if (status == -EBUSY)
		str_add(&said, "another file system is mounted there");
	else if (!status)
		status = program_check(arguments, MOUNT_MS, &said);
	else if (status > 0)
		return 0;
	if (!status)
		return 0;
	str_addf(ret_wrong, "cannot mount '%s' from '%s': %s", wanted->path,
	    str_text(&wanted->source),
	    said.length ? str_text(&said) : strerror(status < 0 ? -status : EIO));
	return status < 0 ? status : -EIO;
}

int
mounts_prepare(const struct view *view, struct str *ret_wrong)
{
	struct wanted wanted[MOST_MOUNTS] = {0};
	size_t count = all_wanted(view, wanted);
	int status = 0;
	for (size_t i = 0; !status && i < count; i++)
		status = mount_one(&wanted[i], ret_wrong);
	wanted_done(wanted);
	return status;
}
