/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/memory.h"
#include "store/journal_reader.h"
#include "store/projection.h"
#include "store/schema.h"
#include "store/segment.h"

static const char database_name[] = "database";
static const char new_name[] = "database.new";

struct database {
	const struct store_place *place;
	sqlite3 *connection;
	struct projection *projection;
	struct journal_reader *reader; /* stands behind `applied`; NULL: not opened yet */
	struct journal_anchor applied;
};

static int
connect_to(
    const struct store_place *place, const char *name, int flags, sqlite3 **ret_connection)
{
	auto_str path = {0};
	sqlite3 *connection = NULL;
	str_addf(&path, "%s/%s", place->path, name);
	int code = sqlite3_open_v2(str_text(&path), &connection, flags, NULL);
	if (code != SQLITE_OK) {
		sqlite3_close(connection);
		return code;
	}
	sqlite3_busy_timeout(connection, 2000);
	*ret_connection = connection;
	return SQLITE_OK;
}

static int
get_applied(sqlite3 *connection, struct journal_anchor *ret_anchor)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(connection,
	    "SELECT applied_sequence, journal_hash FROM meta WHERE id = 1", -1, &statement,
	    NULL);
	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		const char *hash = (const char *)sqlite3_column_text(statement, 1);
		int length = sqlite3_column_bytes(statement, 1);
		ret_anchor->sequence = (uint64_t)sqlite3_column_int64(statement, 0);
		if (hash && is_digest(hash, (size_t)length))
			memcpy(ret_anchor->hash.text, hash, DIGEST_TEXT_SIZE - 1);
	}
	int end = sqlite3_finalize(statement);
	return code == SQLITE_ROW ? SQLITE_OK : code == SQLITE_DONE ? SQLITE_CORRUPT : end;
}

/* A new one is not for everybody to read: SQLite would make it so, and gives its log the mode.
 */
static int
create_file(const struct store_place *place, const char *name)
{
	auto_fd int fd = openat(
	    place->directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	return fd < 0 && errno != EEXIST ? -errno : 0;
}

/*
 * An open database in its present shape. The log need not be synced at every
 * commit (synchronous=NORMAL): what a loss of power takes is in the journal.
 */
static int
open_file(const struct store_place *place, const char *name, struct database **ret_database)
{
	auto_database struct database *database = memory_new(1, sizeof(*database));
	database->place = place;
	int status = create_file(place, name);
	if (status)
		return status;
	int code = connect_to(place, name, SQLITE_OPEN_READWRITE, &database->connection);
	if (code == SQLITE_OK)
		code = schema_run(database->connection,
		    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		    "PRAGMA trusted_schema = OFF");
	if (code == SQLITE_OK)
		code = schema_migrate(database->connection);
	if (code == SQLITE_OK)
		code = get_applied(database->connection, &database->applied);
	if (code == SQLITE_OK)
		code = projection_new(database->connection, &database->projection);
	if (code == SQLITE_OK)
		*ret_database = take(database);
	return status_of_sqlite(code);
}

/* Removes a database; its log first would leave a file that may need it. */
static int
remove_files(int directory, const char *name)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	for (size_t i = 0; i < array_length(endings); i++) {
		auto_str file = {0};
		str_addf(&file, "%s%s", name, endings[i]);
		if (unlinkat(directory, str_text(&file), 0) && errno != ENOENT)
			return -errno;
	}
	return 0;
}

static int
put_aside(int directory)
{
	if (renameat(directory, database_name, directory, "database.damaged"))
		return -errno;
	return remove_files(directory, database_name);
}

int
database_open(
    const struct store_place *place, struct str *ret_said, struct database **ret_database)
{
	int status = open_file(place, database_name, ret_database);
	if (status != -EBADF)
		return status;
	status = put_aside(place->directory);
	if (status)
		return status;
	str_add(ret_said,
	    "the database cannot be used; it is now 'database.damaged', and is made "
	    "anew from the journal\n");
	return open_file(place, database_name, ret_database);
}

void
database_free(struct database *database)
{
	if (!database)
		return;
	projection_free(database->projection);
	journal_reader_free(database->reader);
	sqlite3_close(database->connection);
	free(database);
}

void
database_cleanup(struct database **database)
{
	database_free(*database);
}

struct journal_anchor
database_applied(const struct database *database)
{
	return database->applied;
}

/* Puts the reader behind the last record applied, which has to be the journal's. */
static int
find_place(struct database *database, struct str *ret_said)
{
	auto_journal_reader struct journal_reader *reader = NULL;
	struct journal_line line;
	const struct journal_anchor *applied = &database->applied;
	int status = journal_reader_new(database->place->directory, applied->sequence, &reader);
	if (!status && applied->sequence) {
		status = journal_read(reader, &line);
		if (status == 0 || (status > 0 && line.sequence != applied->sequence) ||
		    (status > 0 &&
			strncmp(line.hash, applied->hash.text, DIGEST_TEXT_SIZE - 1))) {
			str_addf(ret_said,
			    "record %" PRIu64
			    ", which is in the database, is not in the journal\n",
			    applied->sequence);
			return -EUCLEAN;
		}
	}
	if (status == -EUCLEAN)
		str_addf(
		    ret_said, "the journal is broken: %s\n", journal_reader_trouble(reader));
	if (status < 0)
		return status;
	database->reader = take(reader);
	return 0;
}

/* Applies one record; 1, 0 at the end of the journal, or -errno. */
static int
apply_next(struct database *database, struct journal_anchor *anchor, struct str *ret_said)
{
	struct journal_line line;
	struct record record;
	int status = journal_read(database->reader, &line);
	if (status == -EUCLEAN)
		str_addf(ret_said, "the journal is broken: %s\n",
		    journal_reader_trouble(database->reader));
	if (status <= 0)
		return status;
	if (record_parse(line.json, line.length, &record)) {
		str_addf(ret_said, "record %" PRIu64 " cannot be read\n", line.sequence);
		return -EUCLEAN;
	}
	status = status_of_sqlite(projection_apply(database->projection, &record, &line));
	anchor->sequence = line.sequence;
	anchor->hash = journal_reader_hash(database->reader);
	return status ? status : 1;
}

static int
set_applied(sqlite3 *connection, const struct journal_anchor *anchor)
{
	auto_str sql = {0};
	str_addf(&sql,
	    "UPDATE meta SET applied_sequence = %" PRIu64 ", journal_hash = '%s' WHERE id = 1",
	    anchor->sequence, anchor->hash.text);
	return status_of_sqlite(schema_run(connection, str_text(&sql)));
}

static int
apply_batch(struct database *database, size_t most, struct str *ret_said, size_t *ret_count)
{
	struct journal_anchor anchor = database->applied;
	size_t count = 0;
	int status = 1;
	while (count < most && (status = apply_next(database, &anchor, ret_said)) > 0)
		count++;
	if (status >= 0 && count)
		status = set_applied(database->connection, &anchor);
	crash_point(CRASH_DATABASE_APPLIED);
	if (status >= 0)
		status = status_of_sqlite(schema_run(database->connection, "COMMIT"));
	if (status)
		return status;
	crash_point(CRASH_DATABASE_COMMITTED);
	database->applied = anchor;
	*ret_count = count;
	return 0;
}

int
database_follow(struct database *database, size_t most, struct str *ret_said, size_t *ret_count)
{
	int status = database->reader ? 0 : find_place(database, ret_said);
	if (!status)
		status = status_of_sqlite(schema_run(database->connection, "BEGIN IMMEDIATE"));
	if (!status)
		status = apply_batch(database, most, ret_said, ret_count);
	if (!status)
		return 0;
	if (!sqlite3_get_autocommit(database->connection))
		(void)!schema_run(database->connection, "ROLLBACK");
	/* It has read on; the next attempt begins again behind what is applied. */
	journal_reader_free(take(database->reader));
	return status;
}

/* Everything in the journal, into an empty database of another name. */
static int
build(const struct store_place *place, struct str *ret_said, uint64_t *ret_count)
{
	enum { BATCH = 10000 };
	auto_database struct database *database = NULL;
	size_t count = BATCH;
	int status = remove_files(place->directory, new_name);
	if (!status)
		status = open_file(place, new_name, &database);
	while (!status && count == BATCH)
		status = database_follow(database, BATCH, ret_said, &count);
	if (!status)
		status = status_of_sqlite(schema_run(database->connection,
		    "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL"));
	if (!status)
		*ret_count = database->applied.sequence;
	return status;
}

static int
sync_file(int directory, const char *name, int flags)
{
	auto_fd int fd = openat(directory, name, flags | O_CLOEXEC);
	return fd < 0 || fsync(fd) ? -errno : 0;
}

int
database_rebuild(const struct store_place *place, struct str *ret_said, uint64_t *ret_count)
{
	int status = build(place, ret_said, ret_count);
	if (!status)
		status = sync_file(place->directory, new_name, O_RDONLY);
	crash_point(CRASH_DATABASE_BUILT);
	/* The old log must be gone before the new file stands where it would be applied to it.
	 */
	if (!status)
		status = remove_files(place->directory, database_name);
	if (!status && renameat(place->directory, new_name, place->directory, database_name))
		status = -errno;
	return status ? status : sync_file(place->directory, ".", O_RDONLY | O_DIRECTORY);
}

int
database_witness(const struct store_place *place, struct journal_anchor *ret_anchor)
{
	sqlite3 *connection = NULL;
	if (faccessat(place->directory, database_name, F_OK, 0))
		return -errno;
	int code = connect_to(place, database_name, SQLITE_OPEN_READONLY, &connection);
	if (code == SQLITE_OK)
		code = get_applied(connection, ret_anchor);
	sqlite3_close(connection);
	return status_of_sqlite(code);
}

static void
add_line(sqlite3_stmt *statement, struct str *out)
{
	if (out->data[out->length - 1] != '[')
		str_add_char(out, ',');
	str_add_bytes(
	    out, sqlite3_column_text(statement, 1), (size_t)sqlite3_column_bytes(statement, 1));
}

int
database_history(struct database *database, const struct history_query *query, struct str *out,
    uint64_t *ret_last)
{
	auto_str sql = {0};
	sqlite3_stmt *statement;
	uint64_t last = 0;
	str_add(&sql, "SELECT sequence, line FROM record WHERE sequence > ?1");
	str_add(&sql, query->case_number ? " AND case_number = ?2" : "");
	str_add(&sql, query->account ? " AND account_name = ?3" : "");
	str_add(&sql, query->since ? " AND wall >= ?4" : "");
	str_add(&sql, " ORDER BY sequence LIMIT ?5");
	int code =
	    sqlite3_prepare_v2(database->connection, str_text(&sql), -1, &statement, NULL);
	if (code != SQLITE_OK)
		return status_of_sqlite(code);
	sqlite3_bind_int64(statement, 1, (int64_t)query->after);
	sqlite3_bind_int64(statement, 2, (int64_t)query->case_number);
	sqlite3_bind_text(statement, 3, query->account, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 4, query->since);
	sqlite3_bind_int64(statement, 5, (int64_t)query->most);
	str_add_char(out, '[');
	while (sqlite3_step(statement) == SQLITE_ROW) {
		add_line(statement, out);
		last = (uint64_t)sqlite3_column_int64(statement, 0);
	}
	str_add_char(out, ']');
	int status = status_of_sqlite(sqlite3_finalize(statement));
	if (!status)
		*ret_last = last;
	return status;
}

sqlite3 *
database_connection(struct database *database)
{
	return database->connection;
}

int
database_case_owner(struct database *database, uint64_t case_number, uint32_t *ret_account,
    uint32_t *ret_generation)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(database->connection,
	    "SELECT account, generation FROM casefile WHERE number = ?1", -1, &statement, NULL);
	if (code != SQLITE_OK)
		return status_of_sqlite(code);
	sqlite3_bind_int64(statement, 1, (int64_t)case_number);
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		*ret_account = (uint32_t)sqlite3_column_int64(statement, 0);
		*ret_generation = (uint32_t)sqlite3_column_int64(statement, 1);
	}
	int end = sqlite3_finalize(statement);
	if (code == SQLITE_ROW)
		return 0;
	return code == SQLITE_DONE ? -ENOENT : status_of_sqlite(end);
}
