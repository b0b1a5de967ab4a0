/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database fails: the Nth call of SQLite's gives one of the errors that it
 * can give, or the Nth allocation inside SQLite fails, for every N that the
 * scenario reaches. The journal is not touched by it, and as soon as SQLite
 * works again the rows are those of a database made anew.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "scratch.h"
#include "store/database.h"

enum { RECORDS = 60, BATCH = 25 };

/* Calls, or allocations, until one fails; negative: none does. */
static struct {
	int calls;
	int allocations;
	int code;
	bool happened;
} fault = {.calls = -1, .allocations = -1};

static bool
fails(int *countdown)
{
	if (*countdown < 0)
		return false;
	bool now = (*countdown)-- == 0;
	fault.happened |= now;
	return now;
}

int __real_sqlite3_step(sqlite3_stmt *statement);
int __real_sqlite3_reset(sqlite3_stmt *statement);
int __real_sqlite3_finalize(sqlite3_stmt *statement);
int __real_sqlite3_exec(sqlite3 *connection, const char *sql,
    int (*row)(void *, int, char **, char **), void *context, char **error);
int __real_sqlite3_prepare_v2(sqlite3 *connection, const char *sql, int length,
    sqlite3_stmt **statement, const char **tail);
int __real_sqlite3_open_v2(
    const char *path, sqlite3 **connection, int flags, const char *file_system);
int __wrap_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_reset(sqlite3_stmt *statement);
int __wrap_sqlite3_finalize(sqlite3_stmt *statement);
int __wrap_sqlite3_exec(sqlite3 *connection, const char *sql,
    int (*row)(void *, int, char **, char **), void *context, char **error);
int __wrap_sqlite3_prepare_v2(sqlite3 *connection, const char *sql, int length,
    sqlite3_stmt **statement, const char **tail);
int __wrap_sqlite3_open_v2(
    const char *path, sqlite3 **connection, int flags, const char *file_system);

/* A step that fails is told again by the reset or the finalization behind it. */
static int step_failed;

int
__wrap_sqlite3_step(sqlite3_stmt *statement)
{
	if (!fails(&fault.calls))
		return __real_sqlite3_step(statement);
	step_failed = fault.code;
	return fault.code;
}

static int
told_again(int code)
{
	int failed = step_failed;
	step_failed = 0;
	return failed ? failed : code;
}

int
__wrap_sqlite3_reset(sqlite3_stmt *statement)
{
	return told_again(__real_sqlite3_reset(statement));
}

int
__wrap_sqlite3_finalize(sqlite3_stmt *statement)
{
	return told_again(__real_sqlite3_finalize(statement));
}

int
__wrap_sqlite3_exec(sqlite3 *connection, const char *sql,
    int (*row)(void *, int, char **, char **), void *context, char **error)
{
	return fails(&fault.calls) ? fault.code
				   : __real_sqlite3_exec(connection, sql, row, context, error);
}

int
__wrap_sqlite3_prepare_v2(sqlite3 *connection, const char *sql, int length,
    sqlite3_stmt **statement, const char **tail)
{
	*statement = NULL;
	return fails(&fault.calls)
		   ? fault.code
		   : __real_sqlite3_prepare_v2(connection, sql, length, statement, tail);
}

int
__wrap_sqlite3_open_v2(
    const char *path, sqlite3 **connection, int flags, const char *file_system)
{
	return fails(&fault.calls)
		   ? fault.code
		   : __real_sqlite3_open_v2(path, connection, flags, file_system);
}

/* SQLite's own allocations, through the allocator that it came with. */
static sqlite3_mem_methods real_memory;

static void *
failing_malloc(int size)
{
	return fails(&fault.allocations) ? NULL : real_memory.xMalloc(size);
}

static void *
failing_realloc(void *memory, int size)
{
	return fails(&fault.allocations) ? NULL : real_memory.xRealloc(memory, size);
}

static void
install_allocator(void)
{
	assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory), SQLITE_OK);
	sqlite3_mem_methods failing = real_memory;
	failing.xMalloc = failing_malloc;
	failing.xRealloc = failing_realloc;
	assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &failing), SQLITE_OK);
}

static void
heal(void)
{
	fault.calls = fault.allocations = -1;
	step_failed = 0;
}

static void
check_status(int status)
{
	static const int expected[] = {
	    0, -ENOSPC, -EIO, -ENOMEM, -EBADF, -EBUSY, -EROFS, -EACCES, -ENOENT};
	for (size_t i = 0; i < array_length(expected); i++)
		if (status == expected[i])
			return;
	fail_msg("an unexpected status: %d", status);
}

/* What the keeper does, once over, however it goes. */
static void
use(const struct store_place *place)
{
	auto_str said = {0}, out = {0};
	auto_database struct database *database = NULL;
	const struct history_query query = {.case_number = 2, .most = 5};
	uint64_t last = 0;
	uint32_t account, generation;
	size_t count = BATCH;
	int status = database_open(place, &said, &database);
	check_status(status);
	while (!status && count == BATCH) {
		status = database_follow(database, BATCH, &said, &count);
		check_status(status);
	}
	if (status)
		return;
	check_status(database_history(database, &query, &out, &last));
	check_status(database_case_owner(database, 2, &account, &generation));
}

static void
check_rows(const struct store_place *place)
{
	auto_str said = {0}, followed = {0}, rebuilt = {0};
	auto_database struct database *database = NULL;
	size_t count;
	uint64_t last;
	assert_int_equal(database_open(place, &said, &database), 0);
	assert_int_equal(database_follow(database, 2 * RECORDS, &said, &count), 0);
	assert_int_equal(database_applied(database).sequence, RECORDS);
	database_free(take(database));
	scratch_dump(place, &followed);
	assert_int_equal(database_rebuild(place, &said, &last), 0);
	scratch_dump(place, &rebuilt);
	assert_string_equal(str_text(&followed), str_text(&rebuilt));
}

/* Every N, from `first` in steps; gives how many there were. */
static int
try_every(int *countdown, int code, int stride)
{
	int tried = 0;
	bool happened = true;
	for (int n = 0; happened; n += stride, tried++) {
		struct scratch scratch = scratch_make();
		const struct store_place place = {scratch.path, scratch.directory};
		scratch_fill(&scratch, 1 << 20, RECORDS);
		fault.happened = false;
		fault.code = code;
		*countdown = n;
		use(&place);
		happened = fault.happened;
		heal();
		check_rows(&place);
		scratch_remove(&scratch);
	}
	return tried;
}

static void
test_calls_fail(void **state)
{
	static const int codes[] = {SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM, SQLITE_CORRUPT,
	    SQLITE_BUSY, SQLITE_READONLY};
	(void)state;
	for (size_t i = 0; i < array_length(codes); i++) {
		int tried = try_every(&fault.calls, codes[i], 17);
		assert_true(tried > 10);
	}
}

static void
test_allocations_fail(void **state)
{
	(void)state;
	int tried = try_every(&fault.allocations, SQLITE_NOMEM, 29);
	assert_true(tried > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_calls_fail),
	    cmocka_unit_test(test_allocations_fail),
	};
	install_allocator();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
