/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way down is a list of levels. Of the deepest ones the descriptors are
 * kept; further up a directory is reached again by "..", and believed only if
 * it is the very one (device and inode) that the walk came through, or else by
 * its names from the top.
 *
 * Of each directory a batch of names is held, the first ones after the last
 * that was given out; when it is used up, the directory is read again.
 */
#include "actions/tour.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/memory.h"
#include "base/str.h"

enum {
	MOST_OPEN = 32,	      /* directories */
	BATCH = 65536,	      /* names of one directory held at a time */
	MOST_HELD = 4 * BATCH /* names of all directories */
};

struct names {
	char **items;
	size_t count;
	size_t capacity;
	size_t next; /* to be given out */
	bool more;   /* there are others after these */
};

struct level {
	dev_t device;
	ino_t inode;
	int fd; /* O_PATH; -1: closed for now */
	size_t path_length;
	char *last; /* the name given out last: that of the level below, while there is one */
	struct names names;
	bool read;
};

struct tour {
	struct level *levels;
	size_t count;
	size_t capacity;
	size_t held; /* names in all batches */
	struct str path;
	int fd;	    /* of the item given last; -1: none */
	bool down;  /* it is a directory that is to be entered */
	int failed; /* why the level that the walk came back to is lost; 0: it is not */
	struct stat stat;
};

int
tour_compare(const char *one, const char *other)
{
	while (*one && *one == *other) {
		one++;
		other++;
	}
	/* What is in a directory comes right after it, before names that go on otherwise. */
	int left = !*one ? 0 : *one == '/' ? 1 : (unsigned char)*one + 1;
	int right = !*other ? 0 : *other == '/' ? 1 : (unsigned char)*other + 1;
	return left - right;
}

static int
compare_names(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

static void
names_clear(struct tour *walk, struct names *names)
{
	for (size_t i = names->next; i < names->count; i++)
		free(names->items[i]);
	walk->held -= names->count - names->next;
	free(names->items);
	*names = (struct names){0};
}

/* Keeps the first ones. */
static void
names_cut(struct tour *walk, struct names *names)
{
	qsort(names->items, names->count, sizeof(*names->items), compare_names);
	if (names->count <= BATCH)
		return;
	for (size_t i = BATCH; i < names->count; i++)
		free(names->items[i]);
	walk->held -= names->count - BATCH;
	names->count = BATCH;
	names->more = true;
}

static void
names_add(struct tour *walk, struct names *names, const char *name)
{
	memory_grow(&names->items, names->count, &names->capacity, sizeof(*names->items));
	names->items[names->count++] = memory_copy_text(name);
	walk->held++;
	if (names->count >= (size_t)2 * BATCH)
		names_cut(walk, names);
}

/* The names after level->last. */
static int
read_names(struct tour *walk, struct level *level)
{
	int fd = openat(level->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory) {
		int status = -errno;
		if (fd >= 0)
			close(fd);
		return status;
	}
	names_clear(walk, &level->names);
	errno = 0;
	for (struct dirent *entry; (entry = readdir(directory)); errno = 0)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    (!level->last || strcmp(entry->d_name, level->last) > 0))
			names_add(walk, &level->names, entry->d_name);
	int status = -errno;
	closedir(directory);
	names_cut(walk, &level->names);
	return status;
}

static bool
is_level(const struct level *level, int fd)
{
	struct stat stat;
	return !fstat(fd, &stat) && stat.st_dev == level->device && stat.st_ino == level->inode;
}

/* What the walk holds of outer directories is given up when it is too much. */
static void
hold_less(struct tour *walk)
{
	for (size_t i = 0; i + 1 < walk->count && walk->held > MOST_HELD; i++)
		if (walk->levels[i].names.count) {
			names_clear(walk, &walk->levels[i].names);
			walk->levels[i].read = false;
		}
}

static void
push(struct tour *walk, int fd, const struct stat *stat)
{
	memory_grow(&walk->levels, walk->count, &walk->capacity, sizeof(*walk->levels));
	walk->levels[walk->count++] = (struct level){.device = stat->st_dev,
	    .inode = stat->st_ino,
	    .fd = fd,
	    .path_length = walk->path.length};
	if (walk->count > MOST_OPEN + 1) {
		struct level *outer = &walk->levels[walk->count - 1 - MOST_OPEN];
		if (outer->fd >= 0)
			close(outer->fd);
		outer->fd = -1;
	}
	hold_less(walk);
}

/* Down again from the top, name by name, to the level of that index. */
static int
reach(struct tour *walk, size_t index)
{
	int fd = dup(walk->levels[0].fd);
	for (size_t i = 0; i < index && fd >= 0; i++) {
		int next =
		    beneath_try(fd, walk->levels[i].last, O_PATH | O_NOFOLLOW | O_DIRECTORY);
		close(fd);
		fd = next;
	}
	return fd;
}

/* Opens a level that was closed; -ESTALE: it is not where it was. */
static int
reopen(struct tour *walk, size_t index, int from)
{
	struct level *level = &walk->levels[index];
	int fd = openat(from, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && !is_level(level, fd)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		fd = reach(walk, index);
	if (fd < 0 || !is_level(level, fd)) {
		if (fd >= 0)
			close(fd);
		return -ESTALE;
	}
	level->fd = fd;
	return 0;
}

static void
pop(struct tour *walk)
{
	struct level *level = &walk->levels[--walk->count];
	names_clear(walk, &level->names);
	free(level->last);
	level->last = NULL;
	if (walk->count && walk->levels[walk->count - 1].fd < 0)
		walk->failed = reopen(walk, walk->count - 1, level->fd);
	if (level->fd >= 0)
		close(level->fd);
	if (walk->count)
		str_cut(&walk->path, walk->levels[walk->count - 1].path_length);
}

struct tour *
tour_new(int top)
{
	struct tour *walk = memory_new(1, sizeof(*walk));
	struct stat stat = {0};
	walk->fd = -1;
	int fd = dup(top);
	if (fd >= 0 && !fstat(fd, &stat))
		push(walk, fd, &stat);
	else if (fd >= 0)
		close(fd);
	return walk;
}

void
tour_free(struct tour *walk)
{
	if (!walk)
		return;
	if (walk->fd >= 0)
		close(walk->fd);
	while (walk->count) {
		struct level *level = &walk->levels[--walk->count];
		names_clear(walk, &level->names);
		free(level->last);
		if (level->fd >= 0)
			close(level->fd);
	}
	free(walk->levels);
	str_done(&walk->path);
	free(walk);
}

/* Something is wrong with the directory that the walk is in. */
static int
give_failure(struct tour *walk, int status, struct tour_item *ret_item)
{
	str_cut(&walk->path, walk->levels[walk->count - 1].path_length);
	*ret_item =
	    (struct tour_item){.path = str_text(&walk->path), .fd = -1, .status = status};
	return 0;
}

/* The item of that name, which the level owns from now on as its last. */
static int
give(struct tour *walk, char *name, struct tour_item *ret_item)
{
	struct level *level = &walk->levels[walk->count - 1];
	free(level->last);
	level->last = name;
	str_cut(&walk->path, level->path_length);
	if (walk->path.length)
		str_add_char(&walk->path, '/');
	str_add(&walk->path, name);
	*ret_item = (struct tour_item){.path = str_text(&walk->path), .fd = -1};
	if (walk->path.length > TOUR_LONGEST_PATH) {
		ret_item->status = -ENAMETOOLONG;
		return 0;
	}
	int fd = beneath_try(level->fd, name, O_PATH | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &ret_item->stat)) {
		ret_item->status = fd < 0 ? fd : -errno;
		if (fd >= 0)
			close(fd);
		return 0;
	}
	walk->fd = ret_item->fd = fd;
	walk->stat = ret_item->stat;
	walk->down = S_ISDIR(ret_item->stat.st_mode);
	return 0;
}

/* Whether the level has names to give, or there is a status to tell. */
static bool
fill(struct tour *walk, struct level *level, int *ret_status)
{
	*ret_status = 0;
	if (level->names.next < level->names.count)
		return true;
	if (level->read && !level->names.more)
		return false;
	level->read = true;
	*ret_status = read_names(walk, level);
	return level->names.count > 0;
}

int
tour_next(struct tour *walk, struct tour_item *ret_item)
{
	if (walk->down)
		push(walk, take_fd(walk->fd), &walk->stat);
	else if (walk->fd >= 0)
		close(take_fd(walk->fd));
	walk->down = false;
	while (walk->count) {
		struct level *level = &walk->levels[walk->count - 1];
		int status = walk->failed;
		walk->failed = 0;
		if (status) { /* the rest of its names cannot be reached any more */
			names_clear(walk, &level->names);
			level->read = true;
			return give_failure(walk, status, ret_item);
		}
		bool some = fill(walk, level, &status);
		if (status)
			return give_failure(walk, status, ret_item);
		if (some) {
			walk->held--;
			return give(walk, level->names.items[level->names.next++], ret_item);
		}
		pop(walk);
	}
	return -ENODATA;
}
