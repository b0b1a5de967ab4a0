/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine needs to go on where it was: the newest sound checkpoint,
 * then all records since, in parts, so that neither side holds a long history
 * in memory. An engine that lived on while the keeper was gone ignores it.
 */
#include "procs/keeper.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/checkpoint.h"
#include "store/dialogue.h"

enum { RECORDS_OF_PART = 128, MOST_PARTS_WAITING = 16, PAUSE_MICROSECONDS = 2000 };

static int
send_part(struct keeper *keeper, const struct restore *restore)
{
	auto_str bytes = {0};
	restore_encode(restore, &bytes);
	return process_send(
	    keeper->frame, PROCESS_ENGINE, MESSAGE_RESTORE, bytes.data, bytes.length, -1);
}

/* The checkpoint, if one can be used; the sequence up to which it reaches. */
static int
send_checkpoint(struct keeper *keeper, uint64_t *ret_sequence)
{
	auto_str said = {0};
	struct checkpoint checkpoint = {0};
	uint64_t last = journal_durable(keeper->journal).sequence;
	*ret_sequence = 0;
	int status = checkpoint_load(keeper->place.directory, last, &said, &checkpoint);
	keeper_tell(&said);
	if (status)
		return 0;
	struct restore restore = {.part = RESTORE_CHECKPOINT,
	    .sequence = checkpoint.sequence,
	    .bytes = checkpoint.bytes.data,
	    .length = checkpoint.bytes.length};
	status = send_part(keeper, &restore);
	*ret_sequence = checkpoint.sequence;
	checkpoint_done(&checkpoint);
	return status;
}

static int
send_end(struct keeper *keeper)
{
	struct restore restore = {.part = RESTORE_END, .sequence = keeper->restored};
	journal_reader_free(take(keeper->restoring));
	log_info("the engine is restored to record %" PRIu64, keeper->restored);
	return send_part(keeper, &restore);
}

/* One part of records, or the end. */
static int
send_records(struct keeper *keeper)
{
	auto_free struct record *records = memory_new(RECORDS_OF_PART, sizeof(*records));
	size_t count = 0;
	int status = 1;
	/* What is written but not synced may be read, and is not durable: it is not sent. */
	while (count < RECORDS_OF_PART && status > 0 &&
	       keeper->restored + count < journal_durable(keeper->journal).sequence) {
		status = journal_read_record(keeper->restoring, &records[count]);
		count += status > 0;
	}
	if (status < 0)
		return status;
	if (!count && keeper->restored < journal_durable(keeper->journal).sequence)
		return -ENODATA;
	if (!count)
		return send_end(keeper);
	struct restore restore = {.part = RESTORE_RECORDS, .records = records, .count = count};
	keeper->restored = records[count - 1].sequence;
	return send_part(keeper, &restore);
}

static void
stop(struct keeper *keeper, int status)
{
	log_error("cannot restore the engine: %s",
	    status == -EUCLEAN ? journal_reader_trouble(keeper->restoring) : strerror(-status));
	journal_reader_free(take(keeper->restoring));
	/* An engine that does not know its past must not act; the parent begins again. */
	if (status != -ENOTCONN && status != -EPIPE)
		process_finish(keeper->frame, 1);
}

void
keeper_restore_on(struct keeper *keeper)
{
	const struct timeval pause = {.tv_usec = PAUSE_MICROSECONDS};
	int status = 0;
	while (!status && keeper->restoring &&
	       process_queued(keeper->frame, PROCESS_ENGINE) < MOST_PARTS_WAITING)
		status = send_records(keeper);
	if (status)
		stop(keeper, status);
	else if (keeper->restoring)
		event_add(keeper->restore, &pause);
}

static void
restore_after(struct keeper *keeper, uint64_t sequence)
{
	keeper->restored = sequence;
	int status =
	    journal_reader_new(keeper->place.directory, sequence + 1, &keeper->restoring);
	if (status)
		stop(keeper, status);
	else
		keeper_restore_on(keeper);
}

void
keeper_restore(struct keeper *keeper)
{
	uint64_t sequence = 0;
	journal_reader_free(take(keeper->restoring));
	int status = send_checkpoint(keeper, &sequence);
	if (status)
		stop(keeper, status);
	else
		restore_after(keeper, sequence);
}

void
keeper_restore_all(struct keeper *keeper)
{
	journal_reader_free(take(keeper->restoring));
	restore_after(keeper, 0);
}
