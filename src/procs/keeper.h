/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper, for its own files. It owns the journal and the database, and
 * decides nothing:
 *
 *     RECORDS -> added -> committed (one sync for all that came meanwhile) -> ACK
 *                                                       later -> the database
 *     CHECKPOINT -> saved        HISTORY -> asked of the database -> HISTORY_REPLY
 *     the engine is there -> RESTORE ...
 */
#ifndef PROCS_KEEPER_H
#define PROCS_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/request.h"
#include "procs/process.h"
#include "store/database.h"
#include "store/journal.h"
#include "store/journal_reader.h"

struct event;

struct keeper {
	struct process_frame *frame;
	struct store_place place;
	struct journal *journal;
	struct database *database; /* NULL: it cannot be opened just now */
	struct event *commit;  /* as soon as what came is taken in, or again after a failure */
	struct event *follow;  /* the database goes after the journal */
	struct event *restore; /* the next part of a restoration */
	struct journal_reader *restoring; /* NULL: no restoration is going on */
	uint64_t restored;		  /* last record sent in it */
	int journal_status;		  /* of the last commit; told when it changes */
	int database_status;		  /* of the last step of following; likewise */
};

/* Logs each line of what the store said. */
void keeper_tell(const struct str *said);

/* Commits what was added, acknowledges, and sees to what must follow. */
void keeper_commit(struct keeper *keeper);

/* Lets the database take some further records; schedules itself while there are more. */
void keeper_follow(struct keeper *keeper);

/* The engine is there: begins to send it the checkpoint and the records since. */
void keeper_restore(struct keeper *keeper);

/* The engine cannot use the checkpoint: begins again, with the first record. */
void keeper_restore_all(struct keeper *keeper);

/* Sends a further part of the restoration. */
void keeper_restore_on(struct keeper *keeper);

/* Answers the payload of a HISTORY; -EBADMSG if it is none. */
int keeper_history(struct keeper *keeper, const void *bytes, size_t length) must_use;

/* keeper_review.c */

/* Keeps a list of scripts, and says so to the engine; -EBADMSG. */
int keeper_take_inventory(struct keeper *keeper, const void *bytes, size_t length) must_use;

/* Keeps evidence, and says so to the engine; -EBADMSG. */
int keeper_take_evidence(struct keeper *keeper, const void *bytes, size_t length) must_use;

/* Answers ASK_INVENTORY: a list, script by script, and how it stands to the one signed off. */
void keeper_answer_inventory(
    struct keeper *keeper, const struct request *request, struct str *reply);

#endif
