/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the journal, from any record on, and believes nothing: every line's
 * hash, every sequence and every seam between two segments is checked on the
 * way. It needs no lock and may read while the keeper writes: a last line that
 * is not finished is not there yet.
 */
#ifndef STORE_JOURNAL_READER_H
#define STORE_JOURNAL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/str.h"
#include "model/record.h"

struct journal_reader;

/* One record as it stands in the journal; valid until the next call of the reader. */
struct journal_line {
	uint64_t sequence;
	const char *hash; /* 64 digits, not NUL-terminated */
	const char *json; /* not NUL-terminated */
	size_t length;
};

/*
 * A reader that will give the records from this sequence on (0 and 1: all).
 * directory is borrowed. Records before the first segment that is there are
 * not given. -EUCLEAN: the journal is damaged where reading begins; -errno.
 */
int journal_reader_new(
    int directory, uint64_t from, struct journal_reader **ret_reader) must_use;
void journal_reader_free(struct journal_reader *reader);

/*
 * 1: the next record. 0: there is no more now; ask again when there may be.
 * -EUCLEAN: the chain is broken here, and stays so; -errno.
 */
int journal_read(struct journal_reader *reader, struct journal_line *ret_line) must_use;

/* As journal_read(), into a record; a line that is no record is -EUCLEAN too. */
int journal_read_record(struct journal_reader *reader, struct record *ret_record) must_use;

/* The last record read, skipped ones included: 0 and the hash before it all, if none was. */
uint64_t journal_reader_sequence(const struct journal_reader *reader);
struct digest journal_reader_hash(const struct journal_reader *reader);

/* The segment that is being read, and where in it the next line begins. */
uint32_t journal_reader_segment(const struct journal_reader *reader);
uint64_t journal_reader_offset(const struct journal_reader *reader);

/* Whether part of a line stands behind the last whole one: being written, or torn. */
bool journal_reader_unfinished(const struct journal_reader *reader);

/* After -EUCLEAN: "journal-000001.log:17 (byte 4242): the hash is not that of the line". */
const char *journal_reader_trouble(const struct journal_reader *reader);

#define auto_journal_reader __attribute__((cleanup(journal_reader_cleanup)))
void journal_reader_cleanup(struct journal_reader **reader);

#endif
