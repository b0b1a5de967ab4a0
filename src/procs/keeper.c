/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's life. The order matters in three places:
 *
 * Nothing is acknowledged that is not synced, and the database comes after the
 * acknowledgement: people wait for actions, nobody waits for rows.
 *
 * When the engine goes, what it had said is committed, or else forgotten: a
 * new engine is restored to what is durable and writes its own history on.
 *
 * A record whose sequence is taken must be the one that stands there. Another
 * would be a second history; its sender is dropped and restored anew.
 */
#include "procs/keeper.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/crash.h"
#include "base/log.h"
#include "base/memory.h"
#include "procs/roles.h"
#include "store/checkpoint.h"
#include "store/dialogue.h"

enum {
	FOLLOW_RECORDS = 500, /* in one turn of the loop: some milliseconds */
	MOST_PENDING = 64 * 1024 * 1024,
};

static const struct timeval at_once = {0};
static const struct timeval soon = {.tv_usec = 50 * 1000};
static const struct timeval retry = {.tv_sec = 1};
static const struct timeval retry_database = {.tv_sec = 5};

void
keeper_tell(const struct str *said)
{
	const char *at = str_text(said);
	while (*at) {
		size_t length = strcspn(at, "\n");
		log_warning("%.*s", (int)length, at);
		at += length + (at[length] == '\n');
	}
}

/* The journal. */

static void
acknowledge(struct keeper *keeper, int status)
{
	auto_str bytes = {0};
	const struct ack ack = {journal_durable(keeper->journal).sequence, status};
	ack_encode(&ack, &bytes);
	status = process_send(
	    keeper->frame, PROCESS_ENGINE, MESSAGE_ACK, bytes.data, bytes.length, -1);
	/* An engine that is gone asks again when it is back; one that is behind gets the next.
	 */
	if (status && status != -ENOTCONN && status != -EPIPE)
		log_warning("cannot acknowledge: %s", strerror(-status));
}

static void
tell_journal(struct keeper *keeper, int status)
{
	if (status == keeper->journal_status)
		return;
	keeper->journal_status = status;
	if (status) {
		log_error("cannot write the journal: %s; until it can be, nothing is acted on",
		    strerror(-status));
		process_ready(keeper->frame, "cannot write the journal: %s", strerror(-status));
		return;
	}
	log_info("the journal is written again");
	process_ready(keeper->frame, "keeping");
}

void
keeper_commit(struct keeper *keeper)
{
	if (!journal_pending(keeper->journal))
		return;
	int status = journal_commit(keeper->journal);
	tell_journal(keeper, status);
	acknowledge(keeper, status);
	crash_point(CRASH_KEEPER_ACKED);
	if (status)
		event_add(keeper->commit, &retry);
	else
		event_add(keeper->follow, &soon);
}

/* Records that are durable already are held against what stands there. */
static int
compare_durable(struct keeper *keeper, const struct record *records, size_t count)
{
	auto_journal_reader struct journal_reader *reader = NULL;
	int status = journal_reader_new(keeper->place.directory, records[0].sequence, &reader);
	for (size_t i = 0; i < count && !status; i++) {
		auto_str json = {0};
		struct journal_line line;
		record_print(&records[i], &json);
		status = journal_read(reader, &line);
		if (status > 0)
			status = line.length == json.length &&
					 memcmp(line.json, json.data, json.length) == 0
				     ? 0
				     : -EBADMSG;
		else
			status = status ? status : -EBADMSG;
	}
	if (status == -EBADMSG)
		log_error("the engine says again a record between %" PRIu64 " and %" PRIu64
			  ", and says it otherwise",
		    records[0].sequence, records[count - 1].sequence);
	return status;
}

/* How many of the batch are durable already; the rest is to be added. */
static size_t
count_durable(const struct keeper *keeper, const struct record *records, size_t count)
{
	uint64_t durable = journal_durable(keeper->journal).sequence;
	if (records[0].sequence > durable)
		return 0;
	uint64_t known = durable - records[0].sequence + 1;
	return known < count ? (size_t)known : count;
}

static int
add_records(struct keeper *keeper, const struct record *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (journal_add(keeper->journal, &records[i]) == 0)
			continue;
		log_error("the engine says record %" PRIu64 ", record %" PRIu64 " is next",
		    records[i].sequence, journal_next(keeper->journal));
		return -EBADMSG;
	}
	return 0;
}

static int
take_records(struct keeper *keeper, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	const struct record *records;
	size_t count;
	int status = records_decode(bytes, length, arena, &records, &count);
	if (status)
		return status;
	/* Said again: what waits is made durable first, so that it can be compared. */
	if (records[0].sequence < journal_next(keeper->journal))
		keeper_commit(keeper);
	size_t known = count_durable(keeper, records, count);
	status = known ? compare_durable(keeper, records, known) : 0;
	if (!status)
		status = add_records(keeper, records + known, count - known);
	if (!status && known == count)
		acknowledge(keeper, 0);
	if (journal_pending(keeper->journal) > MOST_PENDING)
		fatal("%zu bytes of records cannot be written; the engine will say them again",
		    journal_pending(keeper->journal));
	if (!keeper->journal_status)
		event_add(keeper->commit, &at_once);
	return status;
}

static int
take_checkpoint(struct keeper *keeper, const void *bytes, size_t length)
{
	uint64_t sequence;
	const void *blob;
	size_t size;
	int status = checkpoint_decode(bytes, length, &sequence, &blob, &size);
	if (status)
		return status;
	keeper_commit(keeper);
	/* It may hold what is not durable: then the next one will do. */
	if (sequence > journal_durable(keeper->journal).sequence)
		return 0;
	status = checkpoint_save(keeper->place.directory, sequence, blob, size);
	if (status)
		log_warning("cannot save a checkpoint: %s", strerror(-status));
	return 0;
}

/* The database. */

static void
tell_database(struct keeper *keeper, int status, const struct str *said)
{
	if (status == keeper->database_status)
		return;
	keeper->database_status = status;
	keeper_tell(said);
	if (status)
		log_warning("the database cannot follow the journal: %s", strerror(-status));
	else
		log_info("the database follows the journal again");
}

static int
follow(struct keeper *keeper, struct str *said, size_t *ret_count)
{
	int status = 0;
	if (!keeper->database)
		status = database_open(&keeper->place, said, &keeper->database);
	if (!status)
		status = database_follow(keeper->database, FOLLOW_RECORDS, said, ret_count);
	/* Damaged: opening it again puts it aside and begins a new one. */
	if (status == -EBADF)
		database_free(take(keeper->database));
	return status;
}

void
keeper_follow(struct keeper *keeper)
{
	auto_str said = {0};
	size_t count = 0;
	int status = follow(keeper, &said, &count);
	tell_database(keeper, status, &said);
	if (status)
		event_add(keeper->follow, &retry_database);
	else if (count == FOLLOW_RECORDS)
		event_add(keeper->follow, &at_once);
}

/* Birth and end. */

static void
on_commit(evutil_socket_t unused_fd, short unused_what, void *context)
{
	(void)unused_fd;
	(void)unused_what;
	keeper_commit(context);
}

static void
on_follow(evutil_socket_t unused_fd, short unused_what, void *context)
{
	(void)unused_fd;
	(void)unused_what;
	keeper_follow(context);
}

static void
on_restore(evutil_socket_t unused_fd, short unused_what, void *context)
{
	struct keeper *keeper = context;
	(void)unused_fd;
	(void)unused_what;
	if (keeper->restoring)
		keeper_restore_on(keeper);
}

static struct event *
new_timer(struct keeper *keeper, event_callback_fn callback)
{
	struct event *timer = evtimer_new(keeper->frame->loop, callback, keeper);
	if (!timer)
		panic("cannot make a timer");
	return timer;
}

/* A database that knows of what the journal does not have is a witness, not a lagging copy. */
static int
check_witness(struct keeper *keeper, struct str *said)
{
	size_t count;
	int status = database_open(&keeper->place, said, &keeper->database);
	if (!status)
		status = database_follow(keeper->database, 0, said, &count);
	if (status == -EUCLEAN)
		return status;
	if (status) {
		log_warning("the database cannot follow the journal: %s", strerror(-status));
		database_free(take(keeper->database));
	}
	keeper->database_status = status;
	return 0;
}

static void
keeper_free(struct keeper *keeper)
{
	struct event *timers[] = {keeper->commit, keeper->follow, keeper->restore};
	for (size_t i = 0; i < array_length(timers); i++)
		if (timers[i])
			event_free(timers[i]);
	journal_reader_free(keeper->restoring);
	database_free(keeper->database);
	journal_free(keeper->journal);
	free(keeper);
}

/* Opens both; what cannot be trusted is not opened. */
static int
open_store(struct keeper *keeper)
{
	auto_str said = {0};
	int status =
	    journal_open(keeper->place.directory, SEGMENT_SIZE, &said, &keeper->journal);
	if (!status)
		status = check_witness(keeper, &said);
	keeper_tell(&said);
	if (status == -EUCLEAN)
		log_error("the journal is not written to until somebody has looked at it; see "
			  "'hayward journal verify'");
	else if (status == -EWOULDBLOCK)
		log_error("another process has the journal in '%s'", keeper->place.path);
	else if (status)
		log_error("cannot open the journal: %s", strerror(-status));
	return status;
}

static int
keeper_start(struct process_frame *frame)
{
	struct keeper *keeper = memory_new(1, sizeof(*keeper));
	keeper->frame = frame;
	keeper->place = (struct store_place){frame->options->state, frame->directory};
	int status = open_store(keeper);
	if (status) {
		keeper_free(keeper);
		return status;
	}
	frame->state = keeper;
	keeper->commit = new_timer(keeper, on_commit);
	keeper->follow = new_timer(keeper, on_follow);
	keeper->restore = new_timer(keeper, on_restore);
	event_add(keeper->follow, &at_once);
	process_ready(frame, "keeping");
	if (process_has_peer(frame, PROCESS_ENGINE))
		keeper_restore(keeper);
	return 0;
}

static void
keeper_peer(struct process_frame *frame, enum process peer, bool connected)
{
	struct keeper *keeper = frame->state;
	if (!keeper || peer != PROCESS_ENGINE)
		return;
	keeper_commit(keeper);
	journal_discard(keeper->journal);
	if (connected)
		keeper_restore(keeper);
	else
		journal_reader_free(take(keeper->restoring));
}

static int
keeper_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	struct keeper *keeper = frame->state;
	(void)from;
	(void)fd;
	if (!keeper)
		return -EBADMSG;
	if (message == MESSAGE_RECORDS)
		return take_records(keeper, bytes, length);
	if (message == MESSAGE_CHECKPOINT)
		return take_checkpoint(keeper, bytes, length);
	if (message == MESSAGE_RESTORE_ALL) {
		keeper_restore_all(keeper);
		return 0;
	}
	if (message == MESSAGE_INVENTORY)
		return keeper_take_inventory(keeper, bytes, length);
	if (message == MESSAGE_EVIDENCE)
		return keeper_take_evidence(keeper, bytes, length);
	if (message == MESSAGE_HISTORY)
		return keeper_history(keeper, bytes, length);
	return -EBADMSG;
}

static void
keeper_quit(struct process_frame *frame)
{
	struct keeper *keeper = frame->state;
	keeper_commit(keeper);
	keeper_follow(keeper);
	keeper_free(keeper);
	frame->state = NULL;
}

const struct process_handlers *
keeper_role(void)
{
	static const struct process_handlers handlers = {
	    .start = keeper_start,
	    .peer = keeper_peer,
	    .message = keeper_message,
	    .quit = keeper_quit,
	};
	return &handlers;
}
