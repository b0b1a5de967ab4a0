/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "sensors/follow_open.h"

enum {
	READ_SIZE = 64 * 1024, /* more than a line */
	MARK_SIZE = 256,
	FURTHEST_BEHIND = 64 * 1024 * 1024,
	LOOK_AGAIN = 30 * 1000,	     /* for a log that is not there */
	LONGEST_SILENCE = 60 * 1000, /* then a renamed log is taken for finished */
	SAY_AGAIN = 10 * 60 * 1000,
};

/* A file that is being read. */
struct tail {
	int fd; /* -1: none */
	dev_t device;
	ino_t inode;
	off_t offset;		 /* the first byte that was not given; a line begins there */
	bool skipping;		 /* rather in the middle of one that is passed over */
	int64_t grew;		 /* boot ms */
	struct timespec written; /* by the file's own time, when it was looked at */
	size_t marked;		 /* bytes before the offset that the mark is of */
	uint64_t mark;		 /* by which a file that was cut and has grown since shows */
};

struct follow {
	char *path;
	size_t trusted;
	struct tail now;
	struct tail before; /* what was renamed away */
	bool met;	    /* it has been looked for */
	int64_t look;	    /* boot ms: not before then */
	int said;	    /* the error that was told of last */
	uint64_t overlong;
	uint64_t passed_over; /* bytes */
	int64_t say;	      /* boot ms: not before then */
};

struct follow *
follow_new(const char *path, size_t trusted)
{
	struct follow *follow = memory_new(1, sizeof(*follow));
	follow->path = memory_copy_text(path);
	follow->trusted = trusted;
	follow->now.fd = follow->before.fd = -1;
	return follow;
}

static void
close_tail(struct tail *tail)
{
	cleanup_fd(&tail->fd);
	*tail = (struct tail){.fd = -1};
}

void
follow_free(struct follow *follow)
{
	if (!follow)
		return;
	close_tail(&follow->now);
	close_tail(&follow->before);
	free(follow->path);
	free(follow);
}

const char *
follow_path(const struct follow *follow)
{
	return follow->path;
}

bool
follow_is_open(const struct follow *follow)
{
	return follow->now.fd >= 0;
}

uint64_t
follow_overlong(const struct follow *follow)
{
	return follow->overlong;
}

/* Reading one file. */

static void
set_mark(struct tail *tail, const char *bytes, size_t length)
{
	tail->marked = length < MARK_SIZE ? length : MARK_SIZE;
	tail->mark = map_hash(bytes + length - tail->marked, tail->marked);
}

/* The end of a file may lie in a line that is still being written. */
static void
go_to(struct tail *tail, off_t offset)
{
	char bytes[MARK_SIZE];
	size_t length = offset < MARK_SIZE ? (size_t)offset : MARK_SIZE;
	bool is_read =
	    pread(tail->fd, bytes, length, offset - (off_t)length) == (ssize_t)length;
	tail->offset = offset;
	tail->skipping = offset > 0 && (!is_read || bytes[length - 1] != '\n');
	set_mark(tail, bytes, is_read ? length : 0);
}

/* Cut and grown to the offset or past it: then what stands before it is something else. */
static bool
is_another(const struct tail *tail)
{
	char bytes[MARK_SIZE];
	if (!tail->marked)
		return false;
	ssize_t got = pread(tail->fd, bytes, tail->marked, tail->offset - (off_t)tail->marked);
	return got == (ssize_t)tail->marked && map_hash(bytes, tail->marked) != tail->mark;
}

static void
give_line(struct follow *follow, struct tail *tail, const struct follow_sink *sink,
    const char *line, size_t length)
{
	if (tail->skipping)
		tail->skipping = false;
	else if (length > LONGEST_ACCESS_LINE)
		follow->overlong++;
	else
		sink->give(sink->context, line, length);
}

/* Gives the whole lines; how many bytes are done with. */
static size_t
give_lines(struct follow *follow, struct tail *tail, const struct follow_sink *sink,
    const char *bytes, size_t length)
{
	size_t at = 0;
	for (const char *end; (end = memchr(bytes + at, '\n', length - at));
	     at = (size_t)(end - bytes) + 1)
		give_line(follow, tail, sink, bytes + at, (size_t)(end - bytes) - at);
	if (length - at <= LONGEST_ACCESS_LINE && !tail->skipping)
		return at;
	follow->overlong += !tail->skipping;
	tail->skipping = true;
	return length;
}

static size_t
read_on(struct follow *follow, struct tail *tail, size_t most, const struct follow_sink *sink)
{
	char bytes[READ_SIZE];
	size_t total = 0;
	while (total < most) {
		ssize_t got = pread(tail->fd, bytes, sizeof(bytes), tail->offset);
		size_t done = got > 0 ? give_lines(follow, tail, sink, bytes, (size_t)got) : 0;
		if (!done)
			break;
		tail->offset += (off_t)done;
		set_mark(tail, bytes, done);
		total += done;
	}
	return total;
}

static void
say_passed_over(struct follow *follow, int64_t now)
{
	if (!follow->passed_over || now < follow->say)
		return;
	follow->say = now + SAY_AGAIN;
	log_warning("'%s' grows faster than it can be read: %llu MiB were passed over",
	    follow->path, (unsigned long long)(follow->passed_over >> 20));
	follow->passed_over = 0;
}

/* Most logs are silent at most looks, and are not read for that. */
static bool
was_written(const struct tail *tail, const struct stat *facts)
{
	return facts->st_mtim.tv_sec != tail->written.tv_sec ||
	       facts->st_mtim.tv_nsec != tail->written.tv_nsec;
}

static size_t
read_tail(struct follow *follow, struct tail *tail, int64_t now, size_t most,
    const struct follow_sink *sink)
{
	struct stat facts;
	if (tail->fd < 0 || fstat(tail->fd, &facts))
		return 0;
	if (facts.st_size == tail->offset && !was_written(tail, &facts))
		return 0;
	tail->written = facts.st_mtim;
	if (facts.st_size < tail->offset || is_another(tail))
		go_to(tail, 0);
	size_t total = read_on(follow, tail, most, sink);
	if (total)
		tail->grew = now;
	if (facts.st_size - tail->offset > FURTHEST_BEHIND) {
		follow->passed_over += (uint64_t)(facts.st_size - tail->offset);
		go_to(tail, facts.st_size);
	}
	say_passed_over(follow, now);
	return total;
}

/* Which file it is. */

/* status: 0 if it is followed. */
static void
say_state(struct follow *follow, int status)
{
	if (status && status != follow->said && status != -ENOENT)
		log_warning("cannot follow '%s': %s", follow->path, follow_reason(status));
	follow->said = status;
}

/* Only a hint: what is opened is looked at by itself. */
static bool
is_still(const struct follow *follow)
{
	struct stat facts;
	return follow->now.fd >= 0 && !lstat(follow->path, &facts) &&
	       facts.st_dev == follow->now.device && facts.st_ino == follow->now.inode;
}

static void
begin(struct follow *follow, int fd, const struct stat *facts, int64_t now, bool at_end)
{
	if (follow->now.fd >= 0) {
		close_tail(&follow->before);
		follow->before = follow->now;
		follow->before.grew = now;
	}
	follow->now = (struct tail){
	    .fd = fd, .device = facts->st_dev, .inode = facts->st_ino, .grew = now};
	if (at_end)
		go_to(&follow->now, facts->st_size);
}

/*
 * Where to begin a file that was not read before. What customers may have
 * written once is passed over for ever. One that could not be read at first is
 * old; one that cannot be read yet, in place of one that was, is new.
 */
static bool
begins_at_end(const struct follow *follow)
{
	if (!follow->met)
		return true;
	if (follow->said == -EACCES)
		return follow->now.fd < 0;
	return follow->said && follow->said != -ENOENT;
}

static void
look(struct follow *follow, const struct follow_rules *rules, int64_t now)
{
	struct stat facts;
	if (now < follow->look || is_still(follow))
		return;
	bool at_end = begins_at_end(follow);
	int fd = follow_open(follow->path, follow->trusted, rules, &facts);
	say_state(follow, fd < 0 ? fd : 0);
	follow->met = true;
	if (fd >= 0)
		begin(follow, fd, &facts, now, at_end);
	else if (follow->now.fd < 0 || fd != -ENOENT)
		follow->look = now + LOOK_AGAIN;
}

size_t
follow_read(struct follow *follow, const struct follow_rules *rules, int64_t now, size_t most,
    const struct follow_sink *sink)
{
	look(follow, rules, now);
	size_t total = read_tail(follow, &follow->before, now, most, sink);
	if (follow->before.fd >= 0 && total < most &&
	    now - follow->before.grew > LONGEST_SILENCE)
		close_tail(&follow->before);
	if (total < most)
		total += read_tail(follow, &follow->now, now, most - total, sink);
	return total;
}
