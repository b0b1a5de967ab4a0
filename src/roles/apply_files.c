/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many files change at a time, and the disk is waited for as seldom as it can be:
 * all are written beside their places, then all of them synced, then all take their
 * places, then each folder is synced once. A power cut at any point leaves each
 * place with the old file or the new one, whole.
 */
#include "roles/apply_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "roles/leftovers.h"
#include "roles/passage.h"

enum { LARGEST_FILE = 256 << 20 };

/* One path; before is what was there. */
struct change {
	char *path;
	enum daemon daemon;
	const struct output_file *wanted; /* NULL: it is to go */
	bool was_there;
	bool is_made;
	int status; /* of making it */
	struct stat before;
	struct str content_before;
};

struct changes {
	struct change *list;
	size_t count;
	size_t capacity;
};

struct changes *
changes_new(void)
{
	return memory_new(1, sizeof(struct changes));
}

void
changes_free(struct changes *changes)
{
	if (!changes)
		return;
	for (size_t i = 0; i < changes->count; i++) {
		free(changes->list[i].path);
		str_done(&changes->list[i].content_before);
	}
	free(changes->list);
	free(changes);
}

/* Looks at what is there now. */
static void
look(struct change *change)
{
	change->was_there = !lstat(change->path, &change->before);
	if (change->was_there && S_ISREG(change->before.st_mode) &&
	    file_read(AT_FDCWD, change->path, LARGEST_FILE, &change->content_before))
		str_clear(&change->content_before);
}

static bool
is_as_wanted(const struct change *change)
{
	const struct output_file *wanted = change->wanted;
	if (!wanted)
		return !change->was_there;
	if (!change->was_there || change->before.st_mode != wanted->mode ||
	    change->before.st_uid != wanted->uid || change->before.st_gid != wanted->gid)
		return false;
	if (wanted->through && !passage_is_open(wanted->path, wanted->through))
		return false;
	return S_ISDIR(wanted->mode) ||
	       (change->content_before.length == wanted->content.length &&
		   memcmp(str_text(&change->content_before), str_text(&wanted->content),
		       wanted->content.length) == 0);
}

static void
consider(struct changes *changes, const char *path, enum daemon daemon,
    const struct output_file *wanted)
{
	struct change change = {
	    .path = memory_copy_text(path), .daemon = daemon, .wanted = wanted};
	look(&change);
	if (is_as_wanted(&change)) {
		free(change.path);
		str_done(&change.content_before);
		return;
	}
	memory_grow(&changes->list, changes->count, &changes->capacity, sizeof(*changes->list));
	changes->list[changes->count++] = change;
}

void
changes_find(struct changes *changes, const struct output *output)
{
	for (size_t i = 0; i < output_count(output); i++) {
		const struct output_file *file = output_at(output, i);
		consider(changes, file->path, file->daemon, file);
	}
}

void
changes_remove(struct changes *changes, const char *path, enum daemon daemon)
{
	consider(changes, path, daemon, NULL);
}

bool
changes_touch(const struct changes *changes, enum daemon daemon)
{
	for (size_t i = 0; i < changes->count; i++)
		if (changes->list[i].daemon == daemon)
			return true;
	return false;
}

/* The folders above, as root's, where they are missing. */
static int
make_parents(const char *path)
{
	auto_free char *copy = memory_copy_text(path);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int
make_folder(const struct output_file *wanted)
{
	if (mkdir(wanted->path, wanted->mode & 07777) && errno != EEXIST)
		return -errno;
	auto_fd int fd = open(wanted->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fchown(fd, wanted->uid, wanted->gid) || fchmod(fd, wanted->mode & 07777))
		return -errno;
	if (!wanted->through)
		return 0;
	/* Who cannot be let through does without; the customer does not have to. */
	int status = passage_open(fd, wanted->mode, wanted->through);
	return status == -EOPNOTSUPP ? 0 : status;
}

/* Content first in a file that only root reads: passwords are never open to others, not even
 * for an instant. */
static int
write_beside(const struct output_file *file)
{
	auto_str beside = {0};
	leftovers_name(file->path, &beside);
	/* What a kill left behind may be open to whoever it was for. */
	unlink(str_text(&beside));
	auto_fd int fd =
	    open(str_text(&beside), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int status = file_write_all(fd, file->content.data, file->content.length);
	if (!status && (fchown(fd, file->uid, file->gid) || fchmod(fd, file->mode & 07777)))
		status = -errno;
	if (status)
		unlink(str_text(&beside));
	crash_point(CRASH_FILE_BESIDE);
	return status;
}

static int
sync_path(const char *path, int flags)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	return fd < 0 || fsync(fd) ? -errno : 0;
}

static int
sync_beside(const char *path)
{
	auto_str beside = {0};
	leftovers_name(path, &beside);
	int status = sync_path(str_text(&beside), O_NOFOLLOW);
	if (status)
		unlink(str_text(&beside));
	return status;
}

static int
take_place(const char *path)
{
	auto_str beside = {0};
	leftovers_name(path, &beside);
	int status = rename(str_text(&beside), path) ? -errno : 0;
	if (status)
		unlink(str_text(&beside));
	crash_point(CRASH_FILE_PUT);
	return status;
}

static void
add_folder_of(const char *path, struct str *out)
{
	const char *slash = strrchr(path, '/');
	str_add_bytes(out, path, slash == path ? 1 : (size_t)(slash - path));
}

static int
sync_folder_of(const char *path)
{
	auto_str folder = {0};
	add_folder_of(path, &folder);
	return sync_path(str_text(&folder), O_DIRECTORY);
}

int
file_put(const struct output_file *file)
{
	int status = make_parents(file->path);
	if (status)
		return status;
	if (S_ISDIR(file->mode))
		return make_folder(file);
	status = write_beside(file);
	if (!status)
		status = sync_beside(file->path);
	if (!status)
		status = take_place(file->path);
	return status ? status : sync_folder_of(file->path);
}

/* ---- all of them ---- */

static bool
is_file(const struct change *change)
{
	return change->wanted && S_ISREG(change->wanted->mode);
}

static void
write_one(struct change *change)
{
	if (!change->wanted)
		return;
	change->status = make_parents(change->path);
	if (!change->status)
		change->status = is_file(change) ? write_beside(change->wanted)
						 : make_folder(change->wanted);
}

static void
sync_one(struct change *change)
{
	if (is_file(change) && !change->status)
		change->status = sync_beside(change->path);
}

static void
place_one(struct change *change)
{
	if (is_file(change) && !change->status)
		change->status = take_place(change->path);
	else if (!change->wanted && unlink(change->path) && errno != ENOENT)
		change->status = -errno;
	change->is_made = !change->status;
}

/* Each folder once, however many files have come into it. */
static void
sync_folders(struct changes *changes)
{
	struct map *synced = map_new();
	for (size_t i = 0; i < changes->count; i++) {
		struct change *change = &changes->list[i];
		auto_str folder = {0};
		add_folder_of(change->path, &folder);
		if (change->status || map_put_text(synced, str_text(&folder), changes))
			continue;
		int status = sync_folder_of(change->path);
		/* A folder that is gone has nothing to lose. */
		change->status = status == -ENOENT ? 0 : status;
	}
	map_free(synced);
}

static void
for_each(struct changes *changes, void (*step)(struct change *change))
{
	for (size_t i = 0; i < changes->count; i++)
		step(&changes->list[i]);
}

int
changes_make(struct changes *changes, struct str *said, struct str *ret_why)
{
	int first = 0;
	for_each(changes, write_one);
	for_each(changes, sync_one);
	for_each(changes, place_one);
	sync_folders(changes);
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->list[i];
		if (!change->status)
			str_addf(said, "%s %s\n", change->wanted ? "changed" : "removed",
			    change->path);
		else if (!first) {
			first = change->status;
			str_addf(ret_why, "%s: %s", change->path, strerror(-first));
		}
	}
	return first;
}

static void
revert(struct change *change)
{
	const struct stat *before = &change->before;
	if (!change->was_there) {
		unlink(change->path);
		return;
	}
	const struct output_file former = {.path = change->path,
	    .mode = before->st_mode,
	    .uid = before->st_uid,
	    .gid = before->st_gid,
	    .content = change->content_before};
	if (S_ISREG(before->st_mode) && file_put(&former))
		return;
	change->is_made = false;
}

void
changes_revert(struct changes *changes, enum daemon daemon)
{
	for (size_t i = changes->count; i-- > 0;)
		if (changes->list[i].daemon == daemon && changes->list[i].is_made)
			revert(&changes->list[i]);
}
