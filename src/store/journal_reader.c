/* SPDX-License-Identifier: Apache-2.0 */
#include "store/journal_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/segment.h"

struct journal_reader {
	int directory;
	uint64_t from;
	struct line_reader lines;
	struct line place; /* of the line at hand; its text is not kept */
	uint32_t segment;
	uint64_t sequence; /* of the last line read */
	struct digest hash;
	struct str trouble; /* not empty: broken for good */
};

/* The place in the present segment that trouble is told of: where the next line begins. */
static void
set_place(struct journal_reader *reader)
{
	reader->place = (struct line){
	    .offset = reader->lines.offset,
	    .number = reader->lines.number,
	};
}

/* Notes what is wrong at the place, and that nothing behind it is read. */
static int printf_like(2, 3) broken(struct journal_reader *reader, const char *format, ...)
{
	char name[SEGMENT_NAME_SIZE], words[256];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	segment_name(reader->segment, name);
	str_addf(&reader->trouble, "%s:%" PRIu64 " (byte %" PRIu64 "): %s", name,
	    reader->place.number, reader->place.offset, words);
	reader->lines.offset = reader->place.offset;
	return -EUCLEAN;
}

/* Opens a segment and reads its header; 0, -EUCLEAN, -errno. */
static int
open_segment(struct journal_reader *reader, uint32_t number, struct segment_header *ret_header)
{
	char name[SEGMENT_NAME_SIZE];
	struct line line;
	segment_name(number, name);
	line_reader_done(&reader->lines);
	reader->segment = number;
	int status = line_reader_init(&reader->lines, reader->directory, name);
	set_place(reader);
	if (status == -ENOENT)
		return broken(reader, "this segment is missing");
	if (status)
		return status;
	status = line_next(&reader->lines, &line);
	if (status == 0 || status == -EFBIG)
		return broken(reader, "this segment has no header");
	if (status < 0)
		return status;
	if (segment_header_parse(line.text, line.length, ret_header) ||
	    ret_header->number != number)
		return broken(reader, "this is not the header of this segment");
	return 0;
}

/* Begins in the last segment whose first record is not behind `from`. */
static int
begin(struct journal_reader *reader)
{
	uint32_t lowest, highest;
	struct segment_header header;
	int status = segment_range(reader->directory, &lowest, &highest);
	if (status || !highest)
		return status;
	uint32_t number = reader->from <= 1 ? lowest : highest;
	for (; number >= lowest && number; number--) {
		status = open_segment(reader, number, &header);
		if (status)
			return status;
		reader->sequence = header.first - 1;
		reader->hash = header.before;
		if (header.first <= reader->from)
			break;
	}
	return 0;
}

int
journal_reader_new(int directory, uint64_t from, struct journal_reader **ret_reader)
{
	auto_journal_reader struct journal_reader *reader = memory_new(1, sizeof(*reader));
	reader->directory = directory;
	reader->from = from;
	reader->lines.fd = -1;
	reader->hash = digest_zero();
	int status = begin(reader);
	if (status && status != -EUCLEAN)
		return status;
	/* A broken beginning is told by the first read, with its place. */
	*ret_reader = take(reader);
	return 0;
}

void
journal_reader_free(struct journal_reader *reader)
{
	if (!reader)
		return;
	line_reader_done(&reader->lines);
	str_done(&reader->trouble);
	free(reader);
}

void
journal_reader_cleanup(struct journal_reader **reader)
{
	journal_reader_free(*reader);
}

/* The number in {"sequence":NUMBER, with which every record begins; 0 if there is none. */
static uint64_t
sequence_of(const char *json, size_t length)
{
	static const char start[] = "{\"sequence\":";
	uint64_t sequence = 0;
	size_t at = strlen(start);
	if (length <= at || memcmp(json, start, at) != 0)
		return 0;
	for (; at < length && json[at] >= '0' && json[at] <= '9'; at++)
		if (__builtin_mul_overflow(sequence, 10, &sequence) ||
		    __builtin_add_overflow(sequence, (uint64_t)(json[at] - '0'), &sequence))
			return 0;
	return sequence;
}

/* Holds a line against the chain; 1 or -EUCLEAN. */
static int
check_line(
    struct journal_reader *reader, const struct line *line, struct journal_line *ret_line)
{
	enum { DIGITS = DIGEST_TEXT_SIZE - 1 };
	if (!is_digest(line->text, line->length) || line->length < DIGITS + 2 ||
	    line->text[DIGITS] != ' ')
		return broken(reader, "this is not a line of the journal");
	const char *json = line->text + DIGITS + 1;
	size_t length = line->length - DIGITS - 1;
	struct digest hash = digest_of(reader->hash.text, DIGITS, json, length);
	if (memcmp(hash.text, line->text, DIGITS) != 0)
		return broken(reader, "the hash is not that of this line after the one before");
	uint64_t sequence = sequence_of(json, length);
	if (sequence != reader->sequence + 1)
		return broken(reader, "record %" PRIu64 " follows record %" PRIu64, sequence,
		    reader->sequence);
	reader->sequence = sequence;
	reader->hash = hash;
	*ret_line = (struct journal_line){sequence, line->text, json, length};
	return 1;
}

/* Goes over to the next segment; 1: read on, in it or in this one, which has grown; 0; -errno.
 */
static int
next_segment(struct journal_reader *reader)
{
	char name[SEGMENT_NAME_SIZE];
	struct segment_header header;
	struct line line;
	segment_name(reader->segment + 1, name);
	if (faccessat(reader->directory, name, F_OK, 0))
		return errno == ENOENT ? 0 : -errno;
	/* The keeper may have written here between our last look and the next segment. */
	int status = line_next(&reader->lines, &line);
	if (status > 0)
		line_back(&reader->lines, &line);
	if (status)
		return status;
	set_place(reader);
	if (journal_reader_unfinished(reader))
		return broken(reader, "the last line of this finished segment is torn");
	status = open_segment(reader, reader->segment + 1, &header);
	if (status)
		return status;
	if (header.first != reader->sequence + 1 ||
	    strcmp(header.before.text, reader->hash.text) != 0)
		return broken(reader, "this segment does not continue the one before");
	return 1;
}

static int
next_line(struct journal_reader *reader, struct line *ret_line)
{
	int status;
	do {
		set_place(reader);
		status = line_next(&reader->lines, ret_line);
		if (status == -EFBIG)
			return broken(reader, "a line longer than any record");
		if (status)
			return status;
		status = next_segment(reader);
	} while (status > 0);
	return status;
}

int
journal_read(struct journal_reader *reader, struct journal_line *ret_line)
{
	struct line line;
	if (reader->trouble.length)
		return -EUCLEAN;
	if (reader->lines.fd < 0) {
		int status = begin(reader);
		if (status || reader->lines.fd < 0)
			return status;
	}
	for (;;) {
		int status = next_line(reader, &line);
		if (status > 0)
			status = check_line(reader, &line, ret_line);
		if (status <= 0 || ret_line->sequence >= reader->from)
			return status;
	}
}

int
journal_read_record(struct journal_reader *reader, struct record *ret_record)
{
	struct journal_line line;
	int status = journal_read(reader, &line);
	if (status <= 0)
		return status;
	if (record_parse(line.json, line.length, ret_record))
		return broken(reader, "record %" PRIu64 " is none that this hayward knows",
		    line.sequence);
	return 1;
}

uint64_t
journal_reader_sequence(const struct journal_reader *reader)
{
	return reader->sequence;
}

struct digest
journal_reader_hash(const struct journal_reader *reader)
{
	return reader->hash;
}

uint32_t
journal_reader_segment(const struct journal_reader *reader)
{
	return reader->segment;
}

uint64_t
journal_reader_offset(const struct journal_reader *reader)
{
	return reader->lines.offset;
}

bool
journal_reader_unfinished(const struct journal_reader *reader)
{
	return reader->lines.buffer.length > reader->lines.start;
}

const char *
journal_reader_trouble(const struct journal_reader *reader)
{
	return str_text(&reader->trouble);
}
