/* SPDX-License-Identifier: Apache-2.0 */
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
#include "base/memory.h"
#include "roles/leftovers.h"

enum { LARGEST_FILE = 256 << 20 };

/* One path; before is what was there. */
struct change {
	char *path;
	enum daemon daemon;
	const struct output_file *wanted; /* NULL: it is to go */
	bool was_there;
	bool is_made;
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
	return 0;
}

/* Content first in a file that only root reads: passwords are never open to others, not even
 * for an instant. */
static int
put_file(const char *path, const struct str *content, mode_t mode, uid_t uid, gid_t gid)
{
	auto_str beside = {0};
	leftovers_name(path, &beside);
	int status =
	    file_replace(AT_FDCWD, str_text(&beside), 0600, str_text(content), content->length);
	if (status)
		return status;
	if (chown(str_text(&beside), uid, gid) || chmod(str_text(&beside), mode & 07777))
		status = -errno;
	crash_point(CRASH_FILE_BESIDE);
	if (!status && rename(str_text(&beside), path))
		status = -errno;
	if (status)
		unlink(str_text(&beside));
	crash_point(CRASH_FILE_PUT);
	return status;
}

int
file_put(const struct output_file *file)
{
	int status = make_parents(file->path);
	if (status)
		return status;
	if (S_ISDIR(file->mode))
		return make_folder(file);
	return put_file(file->path, &file->content, file->mode, file->uid, file->gid);
}

static int
make_change(const struct change *change)
{
	if (change->wanted)
		return file_put(change->wanted);
	return unlink(change->path) && errno != ENOENT ? -errno : 0;
}

int
changes_make(struct changes *changes, struct str *said, struct str *ret_why)
{
	int first = 0;
	for (size_t i = 0; i < changes->count; i++) {
		struct change *change = &changes->list[i];
		int status = make_change(change);
		change->is_made = !status;
		if (!status)
			str_addf(said, "%s %s\n", change->wanted ? "changed" : "removed",
			    change->path);
		else if (!first) {
			first = status;
			str_addf(ret_why, "%s: %s", change->path, strerror(-status));
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
	if (S_ISREG(before->st_mode) && put_file(change->path, &change->content_before,
					    before->st_mode, before->st_uid, before->st_gid))
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
