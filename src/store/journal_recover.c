/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crash can leave the last write unfinished: bytes behind the last whole
 * line that nobody was told are durable. Those are cut off and kept aside.
 * Anything else that does not fit was not done by a crash of ours; then
 * somebody must look, and we touch nothing:
 *
 *     what stands behind the last good line          what it is
 *     nothing                                        fine
 *     a piece without newline                        torn
 *     one last line with NULs in it                  torn: blocks that never reached the disk
 *     anything else                                  broken
 *     (and) fewer records than the head knows of     cut off
 *     (and) another hash than the head knows of      rewritten
 */
#include "store/journal_recover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/journal_reader.h"
#include "store/segment.h"

enum { LONGEST_TAIL = 256 * 1024 * 1024 };

static int
begin_journal(int directory)
{
	const struct journal_anchor nothing = {.hash = digest_zero()};
	struct segment_header first = {.number = 1, .first = 1, .before = digest_zero()};
	int status = journal_head_create(directory, &nothing);
	return status ? status : segment_create(directory, &first);
}

/* Reads to the end of what is good; 0, -EUCLEAN or -errno. */
static int
read_good(struct journal_reader *reader, const struct journal_anchor *head, bool *ret_rewritten)
{
	struct journal_line line;
	int status;
	bool rewritten = false;
	while ((status = journal_read(reader, &line)) > 0)
		if (line.sequence == head->sequence)
			rewritten |=
			    strncmp(line.hash, head->hash.text, strlen(head->hash.text)) != 0;
	*ret_rewritten = rewritten;
	return status;
}

/* Whether the bytes behind the good part are the rest of a write that a crash interrupted. */
static bool
is_torn(const struct str *tail)
{
	const char *newline = memchr(tail->data, '\n', tail->length);
	if (!newline)
		return true;
	bool is_last = newline == tail->data + tail->length - 1;
	return is_last && memchr(tail->data, '\0', tail->length);
}

static int
put_aside(int directory, uint32_t segment, uint64_t offset, struct str *ret_said)
{
	char name[SEGMENT_NAME_SIZE];
	auto_str tail = {0}, aside = {0};
	segment_name(segment, name);
	auto_fd int fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || lseek(fd, (off_t)offset, SEEK_SET) < 0)
		return -errno;
	int status = file_read_fd(fd, LONGEST_TAIL, &tail);
	if (status || !tail.length)
		return status;
	if (!is_torn(&tail))
		return -EUCLEAN;
	str_addf(&aside, "journal.torn-%06" PRIu32 "-%" PRIu64, segment, offset);
	status = file_replace(directory, str_text(&aside), 0640, tail.data, tail.length);
	if (status)
		return status;
	if (ftruncate(fd, (off_t)offset) || fsync(fd))
		return -errno;
	str_addf(ret_said,
	    "a write to %s was interrupted: its %zu bytes, which nobody relied on, are now in "
	    "'%s'\n",
	    name, tail.length, str_text(&aside));
	return 0;
}

static int
refuse_rewritten(const struct journal_reader *reader, const struct journal_anchor *head,
    struct str *ret_said)
{
	uint64_t last = journal_reader_sequence(reader);
	if (last < head->sequence)
		str_addf(ret_said,
		    "the journal ends at record %" PRIu64 ", but record %" PRIu64
		    " was durable: its end was cut off\n",
		    last, head->sequence);
	else
		str_addf(ret_said,
		    "record %" PRIu64
		    " is not the one that was made durable: the journal was rewritten\n",
		    head->sequence);
	return -EUCLEAN;
}

/* Everything since the head's record: what is good is kept, a torn end put aside. */
static int
recover_end(int directory, uint32_t segment, const struct journal_anchor *head,
    struct str *ret_said, struct journal_anchor *ret_last)
{
	auto_journal_reader struct journal_reader *reader = NULL;
	bool rewritten = false;
	int status = journal_reader_new(directory, head->sequence, &reader);
	if (!status)
		status = read_good(reader, head, &rewritten);
	if (status && status != -EUCLEAN)
		return status;
	struct journal_anchor last = {
	    journal_reader_sequence(reader), journal_reader_hash(reader)};
	bool in_records = journal_reader_segment(reader) == segment &&
			  journal_reader_offset(reader) > 0 && last.sequence >= head->sequence;
	if (in_records && !rewritten)
		status = put_aside(directory, segment, journal_reader_offset(reader), ret_said);
	if (status == -EUCLEAN)
		str_addf(
		    ret_said, "the journal is broken: %s\n", journal_reader_trouble(reader));
	else if (!status && (rewritten || !in_records))
		status = refuse_rewritten(reader, head, ret_said);
	if (!status)
		*ret_last = last;
	return status;
}

/* What the head knows; a missing one is told, and knows of nothing. */
static int
read_head(int directory, bool expected, struct str *ret_said, struct journal_anchor *ret_head)
{
	struct journal_anchor head = {.hash = digest_zero()};
	int status = journal_head_read(directory, &head);
	if (status == -EBADMSG) {
		str_add(ret_said, "the file 'journal.head' is damaged\n");
		return -EUCLEAN;
	}
	if (status && status != -ENOENT)
		return status;
	if (status && expected)
		str_add(ret_said,
		    "the file 'journal.head' is missing: whether the journal's end "
		    "was cut off cannot be told\n");
	*ret_head = head;
	return 0;
}

int
journal_recover(
    int directory, struct str *ret_said, uint32_t *ret_segment, struct journal_anchor *ret_last)
{
	struct journal_anchor head, last;
	uint32_t lowest, highest;
	int status = segment_range(directory, &lowest, &highest);
	if (!status)
		status = read_head(directory, highest > 0, ret_said, &head);
	if (!status && !highest && !head.sequence) {
		highest = 1;
		status = begin_journal(directory);
	}
	if (!status)
		status = recover_end(directory, highest, &head, ret_said, &last);
	if (!status && last.sequence != head.sequence)
		status = journal_head_create(directory, &last);
	if (status)
		return status;
	*ret_segment = highest;
	*ret_last = last;
	return 0;
}
