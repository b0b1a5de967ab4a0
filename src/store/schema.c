/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"

static const struct {
	int number;
	const char *sql;
} migrations[] = {
#define MIGRATION(number_, what, sql_) {number_, sql_},
#include "store/migrations.def"
#undef MIGRATION
};

int
status_of_sqlite(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return -EACCES;
	case SQLITE_IOERR:
		return -EIO;
	default:
		/* Rows that contradict each other, or that are not there, too. */
		return -EBADF;
	}
}

int
schema_run(sqlite3 *connection, const char *sql)
{
	return sqlite3_exec(connection, sql, NULL, NULL, NULL);
}

static int
get_version(sqlite3 *connection, int *ret_version)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(connection, "PRAGMA user_version", -1, &statement, NULL);
	if (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		*ret_version = sqlite3_column_int(statement, 0);
	int end = sqlite3_finalize(statement);
	return code == SQLITE_OK ? end : code;
}

/* Empties all tables and begins to count anew. */
static int
forget(sqlite3 *connection)
{
	auto_str sql = {0};
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(connection,
	    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
	    -1, &statement, NULL);
	while (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		str_addf(
		    &sql, "DELETE FROM %s;", (const char *)sqlite3_column_text(statement, 0));
	int end = sqlite3_finalize(statement);
	if (code == SQLITE_OK)
		code = end;
	str_add(&sql, "INSERT INTO meta VALUES (1, 0, '");
	str_add_fill(&sql, '0', 64);
	str_add(&sql, "')");
	return code == SQLITE_OK ? schema_run(connection, str_text(&sql)) : code;
}

static int
migrate_from(sqlite3 *connection, int version)
{
	auto_str sql = {0};
	int code = SQLITE_OK;
	for (size_t i = 0; i < array_length(migrations) && code == SQLITE_OK; i++)
		if (migrations[i].number > version)
			code = schema_run(connection, migrations[i].sql);
	if (code == SQLITE_OK)
		code = forget(connection);
	str_addf(&sql, "PRAGMA user_version = %d", (int)array_length(migrations));
	return code == SQLITE_OK ? schema_run(connection, str_text(&sql)) : code;
}

int
schema_migrate(sqlite3 *connection)
{
	int version = 0;
	int code = get_version(connection, &version);
	if (code != SQLITE_OK || version == (int)array_length(migrations))
		return code;
	if (version < 0 || version > (int)array_length(migrations))
		return SQLITE_NOTADB;
	code = schema_run(connection, "BEGIN IMMEDIATE");
	if (code == SQLITE_OK)
		code = migrate_from(connection, version);
	if (code == SQLITE_OK)
		code = schema_run(connection, "COMMIT");
	if (code != SQLITE_OK && !sqlite3_get_autocommit(connection))
		(void)!schema_run(connection, "ROLLBACK");
	return code;
}
