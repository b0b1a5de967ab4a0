/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing. The order of one commit is the whole of the promise:
 *
 *     cut back what a failed commit left  ->  write  ->  fdatasync  ->  head
 *
 * A failed fdatasync leaves the kernel free to forget which pages were dirty
 * (Rebello et al., "Can Applications Recover from fsync Failures?", 2020), so
 * it is never simply repeated: the bytes are cut off and written again.
 */
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/file.h"
#include "base/memory.h"
#include "store/journal_recover.h"
#include "store/segment.h"

struct journal {
	int directory;
	int lock;
	int fd;	  /* of the present segment; -1: it could not be opened yet */
	int head; /* of the head */
	uint64_t segment_size;
	uint32_t segment;
	uint64_t length; /* of the durable part of the present segment */
	bool dirty;	 /* behind it may stand something that does not count */
	struct journal_anchor durable;
	struct journal_anchor added;
	struct str pending;
};

static int
take_lock(int directory)
{
	auto_fd int fd =
	    openat(directory, "journal.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
		return -errno;
	return take_fd(fd);
}

static int
open_segment(struct journal *journal)
{
	char name[SEGMENT_NAME_SIZE];
	segment_name(journal->segment, name);
	int fd = openat(journal->directory, name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	journal->fd = fd;
	off_t end = lseek(fd, 0, SEEK_END);
	journal->length = (uint64_t)end;
	return end < 0 ? -errno : 0;
}

int
journal_open(
    int directory, uint64_t segment_size, struct str *ret_said, struct journal **ret_journal)
{
	auto_journal struct journal *journal = memory_new(1, sizeof(*journal));
	journal->directory = directory;
	journal->segment_size = segment_size;
	journal->fd = journal->head = -1;
	int status = journal->lock = take_lock(directory);
	if (status >= 0)
		status =
		    journal_recover(directory, ret_said, &journal->segment, &journal->durable);
	if (!status)
		status = open_segment(journal);
	if (!status)
		status = journal->head = journal_head_open(directory);
	if (status < 0)
		return status;
	journal->added = journal->durable;
	*ret_journal = take(journal);
	return 0;
}

void
journal_free(struct journal *journal)
{
	if (!journal)
		return;
	cleanup_fd(&journal->fd);
	cleanup_fd(&journal->head);
	cleanup_fd(&journal->lock);
	str_done(&journal->pending);
	free(journal);
}

void
journal_cleanup(struct journal **journal)
{
	journal_free(*journal);
}

uint64_t
journal_next(const struct journal *journal)
{
	return journal->added.sequence + 1;
}

int
journal_add(struct journal *journal, const struct record *record)
{
	if (record->sequence != journal_next(journal))
		return -EINVAL;
	auto_str json = {0};
	record_print(record, &json);
	journal->added.sequence++;
	journal->added.hash =
	    digest_of(journal->added.hash.text, DIGEST_TEXT_SIZE - 1, json.data, json.length);
	str_add(&journal->pending, journal->added.hash.text);
	str_add_char(&journal->pending, ' ');
	str_add_bytes(&journal->pending, json.data, json.length);
	str_add_char(&journal->pending, '\n');
	return 0;
}

size_t
journal_pending(const struct journal *journal)
{
	return journal->pending.length;
}

void
journal_discard(struct journal *journal)
{
	str_clear(&journal->pending);
	journal->added = journal->durable;
}

/* Cuts off what a failed commit may have left. */
static int
cut_back(struct journal *journal)
{
	if (!journal->dirty)
		return 0;
	if (ftruncate(journal->fd, (off_t)journal->length) || fdatasync(journal->fd))
		return -errno;
	journal->dirty = false;
	return 0;
}

/* Begins the next segment if this one is full, or opens the one that a failure left unopened.
 */
static int
rotate(struct journal *journal)
{
	if (journal->fd >= 0 && journal->length < journal->segment_size)
		return 0;
	if (journal->fd >= 0) {
		struct segment_header header = {.number = journal->segment + 1,
		    .first = journal->durable.sequence + 1,
		    .before = journal->durable.hash};
		int status = segment_create(journal->directory, &header);
		if (status)
			return status;
		journal->segment++;
		cleanup_fd(&journal->fd);
		journal->fd = -1;
		crash_point(CRASH_JOURNAL_ROTATED);
	}
	return open_segment(journal);
}

static int
write_pending(struct journal *journal)
{
	size_t half = journal->pending.length / 2;
	crash_point(CRASH_JOURNAL_BEFORE_WRITE);
	journal->dirty = true;
	/* In two, so that a test can have it die between them. */
	int status = file_write_all(journal->fd, journal->pending.data, half);
	crash_point(CRASH_JOURNAL_HALF_WRITTEN);
	if (!status)
		status = file_write_all(
		    journal->fd, journal->pending.data + half, journal->pending.length - half);
	crash_point(CRASH_JOURNAL_WRITTEN);
	if (!status && fdatasync(journal->fd))
		status = -errno;
	crash_point(CRASH_JOURNAL_SYNCED);
	return status;
}

int
journal_commit(struct journal *journal)
{
	if (!journal->pending.length)
		return 0;
	int status = cut_back(journal);
	if (!status)
		status = rotate(journal);
	if (!status)
		status = write_pending(journal);
	if (status)
		return status;
	journal->dirty = false;
	journal->length += journal->pending.length;
	journal->durable = journal->added;
	str_clear(&journal->pending);
	/* A head that lags detects less; it is no reason to call durable records lost. */
	(void)!journal_head_write(journal->head, &journal->durable);
	crash_point(CRASH_JOURNAL_HEAD);
	return 0;
}

struct journal_anchor
journal_durable(const struct journal *journal)
{
	return journal->durable;
}
