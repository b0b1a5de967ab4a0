/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One directory is open at a time; those that wait are names, so that neither
 * a deep tree nor a wide one takes descriptors or stack. A waiting name is
 * opened from the home again, without following any link, so whoever moves
 * folders about meanwhile only changes which of his own folders are looked at.
 *
 * SECURITY: only regular files of the account's own uids are read, and of
 * those the descriptor is asked, not the name. Opening never waits (fifos,
 * leases), and mounts are not entered: a file system that the owner himself
 * serves (FUSE) could let us wait for ever. Names longer than the kernel takes
 * in one call are counted as unread.
 */
#include "scan/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/str.h"
#include "scan/opening.h"
#include "scan/recognise.h"

enum { WORK_BYTES = 4096 };

const struct walk_limits walk_limits_usual = {
    .entries = 2000000,
    .scripts = MOST_SCRIPTS,
    .path_bytes = 8 * 1024 * 1024,
    .waiting = 100000,
    .file_bytes = 4 * 1024 * 1024,
    .total_bytes = UINT64_C(2) * 1024 * 1024 * 1024,
};

struct walk {
	const struct account *account;
	struct walk_limits limits;
	int home;
	DIR *folder;	    /* being read; NULL: the next one is due */
	struct str beneath; /* its path: "" or "a/b/" */
	char **waiting;
	size_t waiting_count, waiting_capacity;
	size_t script_capacity;
	size_t path_bytes;
	uint64_t entries;
	uint64_t bytes; /* hashed */
	uint64_t work;	/* left in this step */
	struct inventory found;
};

int
walk_new(
    const struct account *account, const struct walk_limits *limits, struct walk **ret_walk)
{
	auto_fd int home = scan_open_home(account);
	if (home < 0)
		return home;
	auto_fd int first = openat(home, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (first < 0)
		return -errno;
	struct walk *walk = memory_new(1, sizeof(*walk));
	walk->account = account;
	walk->limits = *limits;
	walk->folder = fdopendir(first);
	if (!walk->folder) {
		free(walk);
		return -ENOMEM;
	}
	(void)take_fd(first);
	walk->home = take_fd(home);
	walk->found.account = account->id;
	walk->found.generation = account->generation;
	walk->found.folders = 1;
	*ret_walk = walk;
	return 0;
}

static void
close_folder(struct walk *walk)
{
	if (walk->folder)
		closedir(walk->folder);
	walk->folder = NULL;
}

static void
forget_waiting(struct walk *walk)
{
	for (size_t i = 0; i < walk->waiting_count; i++)
		free(walk->waiting[i]);
	walk->waiting_count = 0;
}

void
walk_free(struct walk *walk)
{
	if (!walk)
		return;
	close_folder(walk);
	forget_waiting(walk);
	for (size_t i = 0; i < walk->found.count; i++)
		free((void *)(uintptr_t)walk->found.scripts[i].path);
	free(walk->found.scripts);
	free(walk->waiting);
	str_done(&walk->beneath);
	cleanup_fd(&walk->home);
	free(walk);
}

void
walk_cleanup(struct walk **walk)
{
	walk_free(*walk);
}

void
walk_cut(struct walk *walk)
{
	close_folder(walk);
	forget_waiting(walk);
	walk->found.incomplete = true;
}

static void
spend(struct walk *walk, uint64_t work)
{
	walk->work -= work < walk->work ? work : walk->work;
}

/* The path of a name in the present folder; false: longer than can be opened. */
static bool
path_of(struct walk *walk, const char *name, struct str *path)
{
	str_add(path, str_text(&walk->beneath));
	str_add(path, name);
	if (path->length <= LONGEST_SCRIPT_PATH)
		return true;
	walk->found.unread++;
	return false;
}

static void
wait_for_turn(struct walk *walk, const char *name)
{
	auto_str path = {0};
	if (!path_of(walk, name, &path))
		return;
	if (walk->waiting_count >= walk->limits.waiting) {
		walk->found.incomplete = true;
		return;
	}
	memory_grow(&walk->waiting, walk->waiting_count, &walk->waiting_capacity,
	    sizeof(*walk->waiting));
	walk->waiting[walk->waiting_count++] = memory_copy_text(str_text(&path));
}

/* One that grows while it is read is cut off by the bound, and has no digest then. */
static void
hash(struct walk *walk, int file, const struct stat *status, struct script *script)
{
	if (status->st_size < 0 || (uint64_t)status->st_size > walk->limits.file_bytes)
		return;
	uint64_t size = (uint64_t)status->st_size;
	if (walk->bytes + size > walk->limits.total_bytes) {
		walk->found.incomplete = true;
		return;
	}
	auto_str content = {0};
	walk->bytes += size;
	spend(walk, size / WORK_BYTES);
	if (lseek(file, 0, SEEK_SET) || file_read_fd(file, walk->limits.file_bytes, &content))
		return;
	struct digest digest = digest_of(content.data, content.length, NULL, 0);
	memcpy(script->digest, digest.text, sizeof(script->digest));
}

static void
add_script(struct walk *walk, struct script *script)
{
	memory_grow(&walk->found.scripts, walk->found.count, &walk->script_capacity,
	    sizeof(*walk->found.scripts));
	walk->found.scripts[walk->found.count++] = *script;
}

static void
examine(struct walk *walk, const char *name, int file, const struct stat *status)
{
	char first[FIRST_BYTES];
	auto_str path = {0};
	if (!path_of(walk, name, &path))
		return;
	walk->found.files++;
	ssize_t length = pread(file, first, sizeof(first), 0);
	if (length < 0) {
		walk->found.unread++;
		return;
	}
	struct script script = {
	    .mode = status->st_mode,
	    .links = (uint32_t)status->st_nlink,
	    .size = status->st_size,
	    .modified = scan_modified(status),
	    .changed = scan_changed(status),
	};
	int language = recognise(name, first, (size_t)length, &script.by_line);
	if (language < 0)
		return;
	if (walk->found.count >= walk->limits.scripts ||
	    walk->path_bytes + path.length > walk->limits.path_bytes) {
		walk->found.incomplete = true;
		return;
	}
	walk->path_bytes += path.length;
	script.language = (enum language)language;
	hash(walk, file, status, &script);
	script.path = memory_copy_text(str_text(&path));
	add_script(walk, &script);
}

/* What the name leads to by now, by its descriptor. */
static void
open_entry(struct walk *walk, const char *name)
{
	struct stat status;
	auto_fd int file = scan_open(dirfd(walk->folder), name, 0);
	if (file == -EXDEV)
		walk->found.foreign++;
	else if (file < 0 && file != -ENOENT && file != -ELOOP && file != -ENXIO)
		walk->found.unread++;
	if (file < 0 || fstat(file, &status))
		return;
	if (!scan_owns(walk->account, &status))
		walk->found.foreign++;
	else if (S_ISDIR(status.st_mode))
		wait_for_turn(walk, name);
	else if (S_ISREG(status.st_mode))
		examine(walk, name, file, &status);
}

static void
take_entry(struct walk *walk, const struct dirent *entry)
{
	const char *name = entry->d_name;
	spend(walk, 1);
	walk->entries++;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	/* Fifos, sockets, devices and links are no scripts, and are better not opened. */
	if (entry->d_type == DT_DIR)
		wait_for_turn(walk, name);
	else if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN)
		open_entry(walk, name);
}

/* Its owner may have put something else there since it was seen. */
static void
open_next(struct walk *walk)
{
	struct stat status;
	auto_free char *path = walk->waiting[--walk->waiting_count];
	spend(walk, 1);
	auto_fd int fd = scan_open(walk->home, path, O_DIRECTORY);
	if (fd < 0 || fstat(fd, &status)) {
		if (fd == -EXDEV)
			walk->found.foreign++;
		else
			walk->found.unread++;
		return;
	}
	if (!scan_owns(walk->account, &status)) {
		walk->found.foreign++;
		return;
	}
	walk->folder = fdopendir(fd);
	if (!walk->folder) {
		walk->found.unread++;
		return;
	}
	(void)take_fd(fd);
	walk->found.folders++;
	str_clear(&walk->beneath);
	str_addf(&walk->beneath, "%s/", path);
}

static void
go_on(struct walk *walk)
{
	if (!walk->folder) {
		open_next(walk);
		return;
	}
	errno = 0;
	const struct dirent *entry = readdir(walk->folder);
	if (entry) {
		take_entry(walk, entry);
		return;
	}
	if (errno)
		walk->found.unread++;
	close_folder(walk);
}

bool
walk_step(struct walk *walk, uint64_t work)
{
	walk->work = work;
	while (walk->work && (walk->folder || walk->waiting_count)) {
		if (walk->entries >= walk->limits.entries) {
			walk_cut(walk);
			return false;
		}
		go_on(walk);
	}
	return walk->folder || walk->waiting_count;
}

static int
by_path(const void *one, const void *other)
{
	return strcmp(((const struct script *)one)->path, ((const struct script *)other)->path);
}

/* A folder that was moved while we walked may have been met twice. */
static void
drop_doubles(struct inventory *found)
{
	size_t kept = 0;
	for (size_t i = 0; i < found->count; i++) {
		if (kept && strcmp(found->scripts[kept - 1].path, found->scripts[i].path) == 0)
			free((void *)(uintptr_t)found->scripts[i].path);
		else
			found->scripts[kept++] = found->scripts[i];
	}
	found->count = kept;
}

const struct inventory *
walk_result(struct walk *walk)
{
	if (walk->found.count)
		qsort(walk->found.scripts, walk->found.count, sizeof(*walk->found.scripts),
		    by_path);
	drop_doubles(&walk->found);
	return &walk->found;
}
