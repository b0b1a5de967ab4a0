/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database_review.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "store/schema.h"

#define COLUMNS "account, generation, coalesce(list, ''), coalesce(reviewed_list, '')"

static void
copy_digest(char *digest, sqlite3_stmt *statement, int column)
{
	const void *text = sqlite3_column_text(statement, column);
	size_t length = (size_t)sqlite3_column_bytes(statement, column);
	memset(digest, 0, DIGEST_TEXT_SIZE);
	if (text && length == DIGEST_TEXT_SIZE - 1)
		memcpy(digest, text, length);
}

/* Runs a statement that gives one row or none, and ends it. */
static int
read_review(sqlite3_stmt *statement, struct database_review *ret_review)
{
	int code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		ret_review->account = (uint32_t)sqlite3_column_int64(statement, 0);
		ret_review->generation = (uint32_t)sqlite3_column_int64(statement, 1);
		copy_digest(ret_review->list, statement, 2);
		copy_digest(ret_review->reviewed_list, statement, 3);
	}
	int end = sqlite3_finalize(statement);
	if (code == SQLITE_ROW)
		return 0;
	return code == SQLITE_DONE ? -ENOENT : status_of_sqlite(end);
}

int
database_review_of(struct database *database, uint32_t account, uint32_t generation,
    struct database_review *ret_review)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(database_connection(database),
	    "SELECT " COLUMNS " FROM review WHERE account = ?1 AND generation = ?2", -1,
	    &statement, NULL);
	if (code != SQLITE_OK)
		return status_of_sqlite(code);
	sqlite3_bind_int64(statement, 1, account);
	sqlite3_bind_int64(statement, 2, generation);
	return read_review(statement, ret_review);
}

int
database_review_named(struct database *database, const char *account, const char *list,
    struct database_review *ret_review)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(database_connection(database),
	    "SELECT " COLUMNS " FROM review WHERE account_name = ?1 AND list = ?2"
	    " ORDER BY generation DESC LIMIT 1",
	    -1, &statement, NULL);
	if (code != SQLITE_OK)
		return status_of_sqlite(code);
	sqlite3_bind_text(statement, 1, account, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, list, -1, SQLITE_STATIC);
	return read_review(statement, ret_review);
}

bool
database_is_held(struct database *database, uint32_t account, uint32_t generation)
{
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v2(database_connection(database),
		"SELECT 1 FROM legal_hold WHERE account = ?1 AND generation = ?2", -1,
		&statement, NULL) != SQLITE_OK)
		return true;
	sqlite3_bind_int64(statement, 1, account);
	sqlite3_bind_int64(statement, 2, generation);
	bool held = sqlite3_step(statement) != SQLITE_DONE;
	sqlite3_finalize(statement);
	return held;
}
