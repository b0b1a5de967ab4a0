/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of the journal, for those in this folder that read and write them.
 * The journal is cut into segments, journal-000001.log and on. A segment's
 * first line is its header; every other line is a record:
 *
 *     hayward-journal 1 <number> <first sequence> <hash before it>
 *     <hash> <record as JSON>
 *
 * where <hash> is SHA-256 of the hash before it (as 64 hexadecimal digits)
 * followed by the JSON. Before the first record of all stand 64 zeroes.
 */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/digest.h"
#include "base/str.h"

enum { LONGEST_LINE = 64 * 1024, SEGMENT_NAME_SIZE = 32 };

struct segment_header {
	uint32_t number;
	uint64_t first;	      /* sequence of the first record that stands or will stand in it */
	struct digest before; /* hash of the record before that */
};

/* The hash before the first record of all. */
struct digest digest_zero(void);

/* Whether text starts with 64 lower-case hexadecimal digits. */
bool is_digest(const char *text, size_t length);

void segment_name(uint32_t number, char name[SEGMENT_NAME_SIZE]);

/* Lowest and highest number in the directory, 0 and 0 if there is none. 0 or -errno. */
int segment_range(int directory, uint32_t *ret_lowest, uint32_t *ret_highest) must_use;

/* Makes an empty segment, durably. */
int segment_create(int directory, const struct segment_header *header) must_use;

/* Of a header line without its newline; -EBADMSG if it is none. */
int segment_header_parse(
    const char *line, size_t length, struct segment_header *ret_header) must_use;

/* Reads a file line by line; may be asked again at its end, when it has grown. */
struct line_reader {
	int fd;		 /* owned */
	uint64_t offset; /* of the next line in the file */
	uint64_t number; /* of the next line, from 1 */
	struct str buffer;
	size_t start; /* of the next line in the buffer */
};

struct line {
	const char *text; /* valid until the next call; without the newline */
	size_t length;
	uint64_t offset;
	uint64_t number;
};

/* Opens the file; -errno. line_reader_done() it. */
int line_reader_init(struct line_reader *reader, int directory, const char *name) must_use;
void line_reader_done(struct line_reader *reader);

/*
 * 1: a line; 0: no complete line (any more); -EFBIG: a line of more than
 * LONGEST_LINE bytes; else -errno. Only with 1 the reader moves on.
 */
int line_next(struct line_reader *reader, struct line *ret_line) must_use;

/* Takes back the line that was just read: the next call gives it again. */
void line_back(struct line_reader *reader, const struct line *line);

#endif
