/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/extents.h"
#include "actions/pack.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"

enum {
	FRAME = 32 * 1024 * 1024, /* raw bytes from one point to the next */
	BUFFER = 1024 * 1024,
	ROOM_OF_ENTRY = 4096, /* for its headers */
	LONGEST_LIST = 16 * 1024 * 1024,
	MOST_LINK_BYTES = 128 * 1024 * 1024, /* names of hard linked files held in memory */
};

struct exporting {
	const struct export_job *job;
	struct pack *pack;
	struct export_point point;
	struct archive_entry *entry;
	struct map *links; /* "device inode" to the path that holds the content */
	size_t link_bytes;
	struct extents extents;
	char *buffer;
	struct str path; /* in the archive */
};

/* Entries. */

static int
note_left_out(struct exporting *export, const char *path, const char *why)
{
	auto_str line = {0};
	export->point.left_out++;
	if (export->point.list_kept > LONGEST_LIST)
		return 0;
	escape_text(&line, path);
	str_addf(&line, "\t%s\n", why);
	if (export->point.list_kept + (int64_t)line.length > LONGEST_LIST) {
		str_clear(&line);
		str_add(&line, "...\tand others; the list ends here\n");
		export->point.list_kept = LONGEST_LIST + 1 - (int64_t)line.length;
	}
	export->point.list_kept += (int64_t)line.length;
	return file_write_all(export->job->list, line.data, line.length);
}

/* What is in the archive up to now is on disk for ever, and so is told. */
static int
make_point(struct exporting *export)
{
	int status = pack_frame(export->pack, &export->point.kept);
	if (!status && fdatasync(export->job->list))
		status = -errno;
	export->point.raw = pack_raw(export->pack);
	if (!status)
		export->job->tell(export->job->context, &export->point);
	return status;
}

static int
point_if_due(struct exporting *export)
{
	return pack_raw_in_frame(export->pack) >= FRAME ? make_point(export) : 0;
}

static bool
has_room(const struct exporting *export, int64_t bytes)
{
	int64_t free = export->job->most - pack_raw(export->pack);
	return free >= ROOM_OF_ENTRY && bytes <= free - ROOM_OF_ENTRY;
}

static int
leave_out_for_room(struct exporting *export)
{
	export->point.cut = true;
	return note_left_out(export, str_text(&export->path), "beyond the size of an export");
}

/*
 * Whatever the walk gave, in the archive or not, is behind us. What a directory
 * says of itself when it is left stands behind what was in it.
 */
static void
pass(struct exporting *export)
{
	struct export_point *point = &export->point;
	if (tour_compare(str_text(&export->path), point->position) > 0)
		snprintf(
		    point->position, sizeof(point->position), "%s", str_text(&export->path));
}

static struct archive_entry *
new_entry(struct exporting *export, const struct stat *stat)
{
	struct archive_entry *entry = archive_entry_clear(export->entry);
	archive_entry_copy_stat(entry, stat);
	archive_entry_set_nlink(entry, 1);
	archive_entry_copy_pathname(entry, str_text(&export->path));
	return entry;
}

/* An entry that has no bytes of its own. */
static int
store_plain(struct exporting *export, struct archive_entry *entry)
{
	if (!has_room(export, 0))
		return leave_out_for_room(export);
	archive_entry_unset_size(entry);
	archive_entry_set_size(entry, 0);
	int status = pack_entry(export->pack, entry);
	if (status == -EINVAL)
		return note_left_out(export, str_text(&export->path), "cannot be archived");
	status = status ? status : pack_entry_end(export->pack);
	export->point.entries += !status;
	return status;
}

/* Files. */

/* One stretch of data; what the owner took away meanwhile is zeroes. Gives whether he did. */
static int
copy_extent(struct exporting *export, int fd, struct extent extent, bool *changed)
{
	while (extent.length > 0) {
		size_t wanted = extent.length < BUFFER ? (size_t)extent.length : BUFFER;
		ssize_t got = pread(fd, export->buffer, wanted, extent.offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			*changed = true;
			return pack_skip(export->pack, extent.length);
		}
		int status = pack_bytes(export->pack, export->buffer, (size_t)got);
		if (status)
			return status;
		extent.offset += got;
		extent.length -= got;
	}
	return 0;
}

static int
copy_extents(struct exporting *export, int fd, bool *changed)
{
	const struct extents *extents = &export->extents;
	int64_t at = 0;
	int status = 0;
	for (size_t i = 0; i < extents->count && !status; i++) {
		status = pack_skip(export->pack, extents->items[i].offset - at);
		status = status ? status : copy_extent(export, fd, extents->items[i], changed);
		at = extents->items[i].offset + extents->items[i].length;
	}
	return status;
}

static void
describe_holes(struct archive_entry *entry, const struct extents *extents, int64_t size)
{
	if (extents->bytes == size)
		return;
	for (size_t i = 0; i < extents->count; i++)
		archive_entry_sparse_add_entry(
		    entry, extents->items[i].offset, extents->items[i].length);
}

/* A file that is open for reading. */
static int
store_open_file(struct exporting *export, int fd, const struct stat *stat)
{
	const char *path = str_text(&export->path);
	bool changed = false;
	int status = extents_find(fd, stat->st_size, &export->extents);
	if (status)
		return note_left_out(export, path, strerror(-status));
	if (!has_room(export, export->extents.bytes))
		return leave_out_for_room(export);
	if (export->extents.bytes > FRAME && pack_raw_in_frame(export->pack))
		status = make_point(export); /* nothing before it is done again for its sake */
	struct archive_entry *entry = new_entry(export, stat);
	describe_holes(entry, &export->extents, stat->st_size);
	status = status ? status : pack_entry(export->pack, entry);
	if (status == -EINVAL)
		return note_left_out(export, path, "cannot be archived");
	status = status ? status : copy_extents(export, fd, &changed);
	status = status ? status : pack_entry_end(export->pack);
	if (!status && changed)
		status = note_left_out(export, path, "in part: it changed while it was read");
	export->point.entries += !status;
	return status;
}

/*
 * Remembers where content lies that has several names. What somebody touched
 * since the export began may have come to its name since, behind the writer's
 * back, and is not in what a former writer left.
 */
static void
remember_link(struct exporting *export, const struct tour_item *item, bool is_stored)
{
	const struct stat *stat = &item->stat;
	uint64_t key[2] = {stat->st_dev, stat->st_ino};
	size_t size = export->path.length + 1;
	bool is_sure = is_stored || stat->st_ctim.tv_sec < export->job->begun;
	if (stat->st_nlink < 2 || !is_sure || export->link_bytes + size > MOST_LINK_BYTES)
		return;
	if (map_find(export->links, key, sizeof(key)))
		return;
	map_put(export->links, key, sizeof(key), memory_copy(str_text(&export->path), size));
	export->link_bytes += size;
}

static const char *
find_link(const struct exporting *export, const struct stat *stat)
{
	uint64_t key[2] = {stat->st_dev, stat->st_ino};
	return stat->st_nlink > 1 ? map_find(export->links, key, sizeof(key)) : NULL;
}

/*
 * The item is held by a descriptor that names it, and is opened through that:
 * whatever the owner puts in its place meanwhile is not what is read.
 */
static int
store_file(struct exporting *export, const struct tour_item *item)
{
	char name[64];
	const char *same = find_link(export, &item->stat);
	if (same) {
		struct archive_entry *entry = new_entry(export, &item->stat);
		archive_entry_copy_hardlink(entry, same);
		return store_plain(export, entry);
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", item->fd);
	auto_fd int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat stat;
	if (fd < 0 || fstat(fd, &stat))
		return note_left_out(export, str_text(&export->path), strerror(errno));
	uint64_t before = export->point.entries;
	int status = store_open_file(export, fd, &stat);
	if (!status && export->point.entries > before)
		remember_link(export, item, true);
	return status;
}

static int
store_symlink(struct exporting *export, const struct tour_item *item)
{
	char target[8192];
	ssize_t length = readlinkat(item->fd, "", target, sizeof(target) - 1);
	if (length < 0)
		return note_left_out(export, str_text(&export->path), strerror(errno));
	target[length] = '\0';
	struct archive_entry *entry = new_entry(export, &item->stat);
	archive_entry_copy_symlink(entry, target);
	return store_plain(export, entry);
}

static const char *
why_not(const struct tour_item *item)
{
	if (item->status == -EXDEV)
		return "something is mounted there";
	if (item->status == -ESTALE)
		return "it was moved away while it was read";
	if (item->status == -ENAMETOOLONG)
		return "too deep";
	return strerror(-item->status);
}

static int
store_item(struct exporting *export, const struct tour_item *item)
{
	const char *path = str_text(&export->path);
	if (item->status)
		return note_left_out(export, path, why_not(item));
	switch (item->stat.st_mode & S_IFMT) {
	case S_IFREG:
		return store_file(export, item);
	case S_IFDIR:
		return store_plain(export, new_entry(export, &item->stat));
	case S_IFLNK:
		return store_symlink(export, item);
	case S_IFIFO:
		return note_left_out(export, path, "a pipe");
	case S_IFSOCK:
		return note_left_out(export, path, "a socket");
	default:
		return note_left_out(export, path, "a device");
	}
}

/* Whether a former writer has dealt with it. */
static bool
is_past(const struct exporting *export)
{
	const char *position = export->job->from->position;
	return *position && tour_compare(str_text(&export->path), position) <= 0;
}

static void
set_path(struct exporting *export, const char *folder, const char *name, const char *ending)
{
	str_clear(&export->path);
	str_addf(&export->path, "%s/", folder);
	str_add(&export->path, name);
	str_add(&export->path, ending);
}

static int
store_next(struct exporting *export, const struct tour_item *item)
{
	set_path(export, "files", item->path, "");
	if (!is_past(export)) {
		int status = store_item(export, item);
		pass(export);
		/* That a directory cannot be read is said after it: no point in between. */
		bool is_whole = item->status || !S_ISDIR(item->stat.st_mode);
		return !status && is_whole ? point_if_due(export) : status;
	}
	if (!item->status && S_ISREG(item->stat.st_mode))
		remember_link(export, item, false);
	return 0;
}

static int
store_files(struct exporting *export)
{
	struct tour_item item;
	set_path(export, "files", "", "");
	if (export->job->top < 0)
		return note_left_out(export, "files", "there is no home that can be read");
	struct tour *walk = tour_new(export->job->top);
	int status = 0;
	while (!status && !(status = tour_next(walk, &item)))
		status = store_next(export, &item);
	tour_free(walk);
	return status == -ENODATA ? 0 : status;
}

/* Made by us, for entries that are no file of the owner's. */
static struct stat
made_up_stat(int64_t size, int64_t time)
{
	struct stat stat = {.st_mode = S_IFREG | 0600, .st_size = size, .st_nlink = 1};
	stat.st_mtim.tv_sec = time;
	return stat;
}

static int
store_schema(struct exporting *export, const struct export_schema *schema)
{
	struct stat stat;
	set_path(export, "databases", schema->name, ".sql");
	if (is_past(export))
		return 0;
	if (schema->fd < 0 || fstat(schema->fd, &stat))
		return note_left_out(export, str_text(&export->path),
		    schema->fd < 0 ? schema->why : strerror(errno));
	stat = made_up_stat(stat.st_size, export->job->begun);
	int status = store_open_file(export, schema->fd, &stat);
	pass(export);
	return status ? status : point_if_due(export);
}

static int
store_list(struct exporting *export)
{
	struct stat stat = made_up_stat(0, export->job->begun);
	str_clear(&export->path);
	str_add(&export->path, "left-out.txt");
	if (fstat(export->job->list, &stat))
		return -errno;
	struct stat shown = made_up_stat(stat.st_size, export->job->begun);
	struct extent whole = {0, stat.st_size};
	bool changed = false;
	int status = pack_entry(export->pack, new_entry(export, &shown));
	status = status ? status : copy_extent(export, export->job->list, whole, &changed);
	return status ? status : pack_entry_end(export->pack);
}

static int
export_all(struct exporting *export, struct export_result *ret_result)
{
	const struct export_job *job = export->job;
	int64_t length = 0;
	int status = 0;
	if (ftruncate(job->list, job->from->list_kept) || lseek(job->list, 0, SEEK_END) < 0)
		return -errno;
	for (size_t i = 0; i < job->schema_count && !status; i++)
		status = store_schema(export, &job->schemas[i]);
	status = status ? status : store_files(export);
	status = status ? status : make_point(export);
	status = status ? status : store_list(export);
	status = status ? status : pack_end(export->pack, &length, &ret_result->digest);
	if (status)
		return status;
	ret_result->end = export->point;
	ret_result->end.kept = length;
	return 0;
}

int
export_run(const struct export_job *job, struct export_result *ret_result)
{
	struct exporting *export = memory_new(1, sizeof(*export));
	export->job = job;
	export->point = *job->from;
	int status = pack_open(job->archive, job->from->kept, job->from->raw, &export->pack);
	export->entry = archive_entry_new();
	export->links = map_new();
	export->buffer = memory_new(1, BUFFER);
	if (!status)
		status = export->entry ? export_all(export, ret_result) : -ENOMEM;
	if (export->pack)
		pack_free(export->pack);
	char *path;
	for (size_t at = 0; (path = map_next(export->links, &at));)
		free(path);
	map_free(export->links);
	archive_entry_free(export->entry);
	free(export->buffer);
	str_done(&export->path);
	free(export);
	return status;
}
