/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What engine and keeper say to each other:
 *
 *     keeper -> engine   RESTORE ...    when the engine is there, before anything else:
 *                                       the checkpoint if there is one, the records
 *                                       since, the end
 *     engine -> keeper   RECORDS        a batch to make durable
 *     keeper -> engine   ACK            durable up to here; or not, and why
 *     engine -> keeper   CHECKPOINT     its state as of some record
 *
 * The engine sends again what was not acknowledged when the keeper is there
 * again. Records that are durable already are acknowledged if they are the
 * same; if they differ, two histories have been made, and the keeper refuses.
 */
#ifndef STORE_DIALOGUE_H
#define STORE_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/record.h"

enum restore_part {
	RESTORE_CHECKPOINT, /* at most one, and the first */
	RESTORE_RECORDS,    /* any number, in order */
	RESTORE_END,	    /* the last; `sequence` is the last durable record's, 0 if none */
	RESTORE_PART_COUNT
};

/* One message RESTORE. Only what belongs to its part is set. */
struct restore {
	enum restore_part part;
	uint64_t sequence; /* CHECKPOINT: the record as of which it was made */
	const void *bytes; /* CHECKPOINT: inside the message */
	size_t length;
	const struct record *records; /* RECORDS */
	size_t count;
};

void restore_encode(const struct restore *restore, struct str *out);
int restore_decode(const void *bytes, size_t length, struct arena *arena,
    struct restore *ret_restore) must_use;

/*
 * RECORDS: a batch whose sequences are continuous. records_decode() gives
 * -EBADMSG also for an empty batch and for one with a gap.
 */
void records_encode(const struct record *records, size_t count, struct str *out);
int records_decode(const void *bytes, size_t length, struct arena *arena,
    const struct record **ret_records, size_t *ret_count) must_use;

struct ack {
	uint64_t sequence; /* everything up to here is on disk */
	/*
	 * 0, or the -errno why the records beyond are not (-ENOSPC, -EIO ...).
	 * The keeper keeps them and tries again; nothing need be sent again.
	 */
	int64_t status;
};

void ack_encode(const struct ack *ack, struct str *out);
int ack_decode(const void *bytes, size_t length, struct ack *ret_ack) must_use;

/* CHECKPOINT: the bytes stay inside the message. */
void checkpoint_encode(uint64_t sequence, const void *bytes, size_t length, struct str *out);
int checkpoint_decode(const void *bytes, size_t length, uint64_t *ret_sequence,
    const void **ret_bytes, size_t *ret_length) must_use;

#endif
