/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of the database, and SQLite's errors as ours; for database*.c only. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <sqlite3.h>

#include "base/attributes.h"

/* The -errno of an SQLite code: -EBADF: damaged, or not a database of ours. */
int status_of_sqlite(int code);

/* Runs statements that give no rows; an SQLite code. */
int schema_run(sqlite3 *connection, const char *sql) must_use;

/*
 * Applies the migrations that are missing, all or none. One that was brought
 * forward is empty afterwards. SQLITE_NOTADB: it is of a later hayward.
 */
int schema_migrate(sqlite3 *connection) must_use;

/* The connection of an open database, for asking only; database.c. */
struct database;
sqlite3 *database_connection(struct database *database);

#endif
