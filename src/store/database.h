/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database: the journal as rows, for asking. It is a projection and never
 * the truth: it may lag, and one that is missing, damaged or of a later
 * hayward is put aside and made again from the journal.
 *
 * SQLite with a write-ahead log. A loss of power may take its last
 * transactions; they are in the journal, and are applied again.
 */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/journal_head.h"

struct database;

/* Where a database and its journal are: the same directory, as a path and opened. */
struct store_place {
	const char *path;
	int directory;
};

/*
 * Opens the database of the journal in that place (borrowed), makes it if it
 * is missing, brings it forward if it is old. One that cannot be used is put
 * aside as 'database.damaged', and ret_said says so. 0 or -errno.
 */
int database_open(const struct store_place *place, struct str *ret_said,
    struct database **ret_database) must_use;
void database_free(struct database *database);

/* The last record that is in it; sequence 0 if none is. */
struct journal_anchor database_applied(const struct database *database);

/*
 * Applies up to `most` further records of the journal, all or none of them,
 * and gives how many there were: fewer than `most` at the journal's end.
 * -EUCLEAN: the journal is broken, or is not the one this was made from, see
 * ret_said. -EBADF: the database is damaged: free and open it again, which
 * makes a new one. -ENOSPC, -EIO ...: nothing was applied; try again later.
 */
int database_follow(
    struct database *database, size_t most, struct str *ret_said, size_t *ret_count) must_use;

/*
 * Makes a new database from the whole journal beside the present one, and puts
 * it in its place. Nobody else may have the journal. ret_count: records.
 */
int database_rebuild(
    const struct store_place *place, struct str *ret_said, uint64_t *ret_count) must_use;

/*
 * What the database in that place knows of the journal, without changing
 * anything. -ENOENT: there is none. -EBADF: it is damaged or not of this hayward.
 */
int database_witness(
    const struct store_place *place, struct journal_anchor *ret_anchor) must_use;

/* Which records are asked for; what is 0 or NULL does not choose. */
struct history_query {
	uint64_t case_number;
	const char *account; /* login name */
	int64_t since;	     /* wall ms: not before */
	uint64_t after;	     /* only later sequences: the next page */
	size_t most;
};

/*
 * Appends the records, oldest first, as a JSON array of what record_print()
 * makes; ret_last is the sequence of the last, 0 if none. 0, -EBADF or -errno.
 */
int database_history(struct database *database, const struct history_query *query,
    struct str *out, uint64_t *ret_last) must_use;

/* Whose a case is; -ENOENT: there is no such case here (yet). */
int database_case_owner(struct database *database, uint64_t case_number, uint32_t *ret_account,
    uint32_t *ret_generation) must_use;

#define auto_database __attribute__((cleanup(database_cleanup)))
void database_cleanup(struct database **database);

#endif
