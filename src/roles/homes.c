/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/homes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/crash.h"
#include "site/names.h"

enum { DEEPEST = 16, LONGEST_STEP = 1 << 20 };

static int
complain(struct str *ret_wrong, const char *what, const char *name, int status)
{
	str_addf(ret_wrong, "%s '%s': %s", what, name, strerror(-status));
	return status;
}

static int
open_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Whoever could write there could swap a home while it is made. */
static int
open_roots(const char *path, struct str *ret_wrong)
{
	struct stat facts;
	auto_fd int fd = open_folder(path);
	if (fd < 0)
		return complain(ret_wrong, "cannot open", path, fd);
	if (fstat(fd, &facts))
		return complain(ret_wrong, "cannot look at", path, -errno);
	if (facts.st_uid != 0 || facts.st_mode & (S_IWGRP | S_IWOTH))
		return complain(ret_wrong, "not root's alone:", path, -EPERM);
	return take_fd(fd);
}

int
homes_init(
    struct homes *homes, const struct site *site, const char *skeleton, struct str *ret_wrong)
{
	*homes = (struct homes){.mail = -1, .skeleton = -1};
	homes->homes = open_roots(site->homes, ret_wrong);
	if (homes->homes < 0)
		return homes->homes;
	if (*site->mail) {
		homes->mail = open_roots(site->mail, ret_wrong);
		if (homes->mail < 0) {
			int status = homes->mail;
			homes_done(homes);
			return status;
		}
	}
	homes->skeleton = open_folder(skeleton);
	return 0;
}

void
homes_done(struct homes *homes)
{
	cleanup_fd(&homes->homes);
	cleanup_fd(&homes->mail);
	cleanup_fd(&homes->skeleton);
}

/* ---- The skeleton ---- */

static int copy_folder(int from, int to, uid_t owner, int depth);

static int
copy_bytes(int from, int to)
{
	ssize_t count;
	do
		count = sendfile(to, from, NULL, LONGEST_STEP);
	while (count > 0 || (count < 0 && errno == EINTR));
	return count < 0 ? -errno : 0;
}

static int
copy_file(
    int from_folder, int to_folder, const char *name, const struct stat *facts, uid_t owner)
{
	auto_fd int from = beneath_open(from_folder, name, O_RDONLY);
	if (from < 0)
		return from;
	auto_fd int to =
	    openat(to_folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	int status = copy_bytes(from, to);
	if (!status && fsync(to))
		status = -errno;
	if (!status && (fchown(to, owner, owner) || fchmod(to, facts->st_mode & 0777)))
		status = -errno;
	return status;
}

static int
copy_link(int from, int to, const char *name, uid_t owner)
{
	char target[4096];
	ssize_t length = readlinkat(from, name, target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	return symlinkat(target, to, name) ||
		       fchownat(to, name, owner, owner, AT_SYMLINK_NOFOLLOW)
		   ? -errno
		   : 0;
}

static int
copy_below(int from_folder, int to_folder, const char *name, const struct stat *facts,
    uid_t owner, int depth)
{
	auto_fd int from = beneath_open(from_folder, name, O_RDONLY | O_DIRECTORY);
	if (from < 0)
		return from;
	if (mkdirat(to_folder, name, 0700))
		return -errno;
	auto_fd int to = beneath_open(to_folder, name, O_RDONLY | O_DIRECTORY);
	int status = to < 0 ? to : copy_folder(from, to, owner, depth - 1);
	if (!status && (fchown(to, owner, owner) || fchmod(to, facts->st_mode & 0777)))
		status = -errno;
	return status;
}

static int
copy_entry(int from, int to, const char *name, uid_t owner, int depth)
{
	struct stat facts;
	if (fstatat(from, name, &facts, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (S_ISREG(facts.st_mode))
		return copy_file(from, to, name, &facts, owner);
	if (S_ISLNK(facts.st_mode))
		return copy_link(from, to, name, owner);
	if (S_ISDIR(facts.st_mode))
		return depth ? copy_below(from, to, name, &facts, owner, depth) : -ELOOP;
	return 0;
}

/* Calls visit for each entry; stops at the first failure. */
static int
for_each(int folder, int (*visit)(void *context, const char *name), void *context)
{
	int status = 0;
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	if (!list)
		return -errno;
	for (const struct dirent *entry; !status && (entry = readdir(list));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			status = visit(context, entry->d_name);
	closedir(list);
	return status;
}

struct copying {
	int from;
	int to;
	uid_t owner;
	int depth;
};

static int
visit_copy(void *context, const char *name)
{
	const struct copying *copying = context;
	return copy_entry(copying->from, copying->to, name, copying->owner, copying->depth);
}

static int
copy_folder(int from, int to, uid_t owner, int depth)
{
	struct copying copying = {from, to, owner, depth};
	return for_each(from, visit_copy, &copying);
}

/* ---- What a kill left behind ---- */

static int remove_below(int folder, const char *name);

static int
visit_remove(void *context, const char *name)
{
	const int *folder = context;
	return unlinkat(*folder, name, 0) == 0 ? 0
	       : errno == EISDIR	       ? remove_below(*folder, name)
					       : -errno;
}

static int
remove_below(int folder, const char *name)
{
	auto_fd int fd = beneath_open(folder, name, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	int status = for_each(fd, visit_remove, &fd);
	if (!status && unlinkat(folder, name, AT_REMOVEDIR))
		status = -errno;
	return status;
}

/* ---- A folder ---- */

struct folder {
	int parent;
	const char *name;
	size_t former_count; /* what it was called, the last one last */
	const char **formers;
	uid_t owner;
	gid_t group;
	mode_t mode;
	int skeleton; /* -1: nothing is put into it */
	bool is_home;
};

/* All its owner's, with his group too: Apache's suexec runs no program from a folder of
 * others. Who does not get into the home does not get into it. */
static int
make_public(int home, uid_t owner)
{
	if (mkdirat(home, "public_html", 0700) && errno != EEXIST)
		return -errno;
	auto_fd int fd = beneath_open(home, "public_html", O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	return fchown(fd, owner, owner) || fchmod(fd, 0755) ? -errno : 0;
}

/* Under its passing name, root's and closed until all of it is there. */
static int
fill(const struct folder *folder, const char *passing)
{
	if (mkdirat(folder->parent, passing, 0700))
		return -errno;
	auto_fd int fd = beneath_open(folder->parent, passing, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	crash_point(CRASH_HOME_BEGUN);
	int status = folder->skeleton < 0
			 ? 0
			 : copy_folder(folder->skeleton, fd, folder->owner, DEEPEST);
	if (!status && folder->is_home)
		status = make_public(fd, folder->owner);
	if (!status && fsync(fd))
		status = -errno;
	if (!status && (fchmod(fd, folder->mode) || fchown(fd, folder->owner, folder->group)))
		status = -errno;
	return status;
}

static int
make(const struct folder *folder)
{
	auto_str passing = {0};
	struct stat left;
	str_addf(&passing, ".hayward-new-%s", folder->name);
	const char *name = str_text(&passing);
	bool is_left = !fstatat(folder->parent, name, &left, AT_SYMLINK_NOFOLLOW);
	/* Once it has its owner it is whole, and nobody's but his. */
	bool is_whole = is_left && left.st_uid == folder->owner;
	int status = is_left && !is_whole ? remove_below(folder->parent, name) : 0;
	if (!status && !is_whole)
		status = fill(folder, name);
	crash_point(CRASH_HOME_FILLED);
	if (!status &&
	    renameat2(folder->parent, name, folder->parent, folder->name, RENAME_NOREPLACE))
		status = -errno;
	crash_point(CRASH_HOME_MADE);
	return status;
}

static int
look(const struct folder *folder, struct str *ret_wrong)
{
	struct stat facts;
	auto_fd int fd =
	    beneath_open_mounts(folder->parent, folder->name, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &facts))
		return -errno;
	if (facts.st_uid == folder->owner)
		return 0;
	str_addf(ret_wrong,
	    "the folder '%s' of uid %d is there and belongs to uid %u: left alone",
	    folder->name, (int)folder->owner, facts.st_uid);
	return -EEXIST;
}

/* Gives the owner's folder its new name. -ENOENT: there is none of a former one, or it is
 * another's. */
static int
rename_former(const struct folder *folder)
{
	auto_str ignored = {0};
	struct folder former = *folder;
	for (size_t i = folder->former_count; i-- > 0;) {
		former.name = folder->formers[i];
		if (account_name_wrong(former.name) || look(&former, &ignored))
			continue;
		return renameat2(folder->parent, former.name, folder->parent, folder->name,
			   RENAME_NOREPLACE)
			   ? -errno
			   : 0;
	}
	return -ENOENT;
}

/* ---- Former names ---- */

/* Where a link of follow_renamed() leads: to an account's name beside it, as no other link
 * there does. False: it is none. */
static bool
read_link(int parent, const char *name, char target[LONGEST_ACCOUNT + 2])
{
	ssize_t length = readlinkat(parent, name, target, LONGEST_ACCOUNT + 1);
	if (length <= 0)
		return false;
	target[length] = '\0';
	return !account_name_wrong(target);
}

/* One that leads elsewhere, for the account was renamed once more, is replaced. */
static int
link_former(const struct folder *folder, const char *former)
{
	char target[LONGEST_ACCOUNT + 2];
	if (!symlinkat(folder->name, folder->parent, former))
		return 0;
	/* Something else is there: it is left alone. */
	if (errno == EEXIST &&
	    (!read_link(folder->parent, former, target) || strcmp(target, folder->name) == 0))
		return 0;
	if (errno != EEXIST || unlinkat(folder->parent, former, 0) ||
	    symlinkat(folder->name, folder->parent, former))
		return -errno;
	return 0;
}

/* Scripts, jobs and .htaccess files have the path of the home written down: it goes on leading
 * there, as long as nobody else has the name. */
static int
follow_renamed(const struct folder *folder)
{
	int first = 0;
	for (size_t i = 0; i < folder->former_count; i++) {
		const char *former = folder->formers[i];
		int status = account_name_wrong(former) ? 0 : link_former(folder, former);
		first = first ? first : status;
	}
	return first;
}

static int
ensure(const struct folder *folder, struct str *ret_wrong)
{
	size_t before = ret_wrong->length;
	char target[LONGEST_ACCOUNT + 2];
	/* Once the name of somebody who is called so no more. */
	if (read_link(folder->parent, folder->name, target))
		unlinkat(folder->parent, folder->name, 0);
	int status = look(folder, ret_wrong);
	if (status == -ENOENT)
		status = rename_former(folder);
	if (status == -ENOENT)
		status = make(folder);
	if (!status && folder->is_home)
		status = follow_renamed(folder);
	if (status && ret_wrong->length == before)
		complain(ret_wrong, "cannot make the folder of", folder->name, status);
	return status;
}

int
homes_make(struct homes *homes, const struct book_account *account, struct str *ret_wrong)
{
	struct folder folder = {.parent = homes->homes,
	    .name = account->name,
	    .former_count = account->former_count,
	    .formers = account->formers,
	    .owner = (uid_t)account->uid,
	    .group = GID_WEB,
	    .mode = 0710,
	    .skeleton = homes->skeleton,
	    .is_home = true};
	int status = ensure(&folder, ret_wrong);
	if (status || homes->mail < 0)
		return status;
	folder.parent = homes->mail;
	folder.group = (gid_t)account->uid;
	folder.mode = 0700;
	folder.skeleton = -1;
	folder.is_home = false;
	return ensure(&folder, ret_wrong);
}

struct forgetting {
	int homes;
	const struct book *book;
};

static int
visit_link(void *context, const char *name)
{
	const struct forgetting *forgetting = context;
	char target[LONGEST_ACCOUNT + 2];
	if (!read_link(forgetting->homes, name, target))
		return 0;
	const struct book_account *account = book_find(forgetting->book, target);
	if (!account || !book_was_called(account, name))
		unlinkat(forgetting->homes, name, 0);
	return 0;
}

int
homes_forget_links(struct homes *homes, const struct book *book)
{
	struct forgetting forgetting = {homes->homes, book};
	return for_each(homes->homes, visit_link, &forgetting);
}

/* ---- Accounts that are gone ---- */

static int
put_aside(int parent, const struct book_removed *removed)
{
	static const char aside[] = ".removed";
	auto_str ignored = {0}, name = {0};
	struct folder folder = {
	    .parent = parent, .name = removed->name, .owner = (uid_t)removed->uid};
	int status = look(&folder, &ignored);
	if (status)
		return status == -ENOENT || status == -EEXIST ? 0 : status;
	if (mkdirat(parent, aside, 0700) && errno != EEXIST)
		return -errno;
	auto_fd int fd = beneath_open(parent, aside, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	str_addf(&name, "%s-%lld", removed->name, (long long)removed->uid);
	return renameat2(parent, removed->name, fd, str_text(&name), RENAME_NOREPLACE) ? -errno
										       : 0;
}

int
homes_put_aside(struct homes *homes, const struct book_removed *removed, struct str *ret_wrong)
{
	int status = put_aside(homes->homes, removed);
	if (!status && homes->mail >= 0)
		status = put_aside(homes->mail, removed);
	if (status)
		complain(ret_wrong, "cannot put aside the folders of", removed->name, status);
	return status;
}
