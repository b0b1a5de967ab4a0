/* SPDX-License-Identifier: Apache-2.0 */
/* The same journal makes the same rows, by whatever way and over whatever accident. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <sqlite3.h>

#include "scratch.h"
#include "store/database.h"
#include "store/journal.h"

static const char *const migrations[] = {
#define MIGRATION(number, what, sql) sql,
#include "store/migrations.def"
#undef MIGRATION
};

enum { RECORDS = 500 };

static int
setup(void **state)
{
	struct scratch *scratch = malloc(sizeof(*scratch));
	*scratch = scratch_make();
	scratch_fill(scratch, 20000, RECORDS);
	*state = scratch;
	return 0;
}

static int
teardown(void **state)
{
	scratch_remove(*state);
	free(*state);
	return 0;
}

static void
must(int status, const struct str *said)
{
	if (status)
		fail_msg("%s: %s", strerror(-status), str_text(said));
}

static void
follow_to_the_end(const struct store_place *place, size_t batch)
{
	auto_str said = {0};
	auto_database struct database *database = NULL;
	size_t count = batch;
	must(database_open(place, &said, &database), &said);
	while (count == batch)
		must(database_follow(database, batch, &said, &count), &said);
}

/* The database itself, not the library's idea of it. */
static sqlite3 *
connect_to(const struct store_place *place)
{
	auto_str path = {0};
	sqlite3 *connection;
	str_addf(&path, "%s/database", place->path);
	assert_int_equal(sqlite3_open(str_text(&path), &connection), SQLITE_OK);
	return connection;
}

static void
run(const struct store_place *place, const char *sql)
{
	sqlite3 *connection = connect_to(place);
	char *error = NULL;
	if (sqlite3_exec(connection, sql, NULL, NULL, &error))
		fail_msg("%s", error);
	sqlite3_close(connection);
}

static void
assert_as_rebuilt(const struct store_place *place)
{
	auto_str incremental = {0}, rebuilt = {0}, said = {0};
	uint64_t count;
	scratch_dump(place, &incremental);
	must(database_rebuild(place, &said, &count), &said);
	assert_int_equal(count, RECORDS);
	scratch_dump(place, &rebuilt);
	assert_string_equal(str_text(&incremental), str_text(&rebuilt));
	/* That it says something at all: */
	assert_non_null(strstr(str_text(&rebuilt), "-- action ORDER BY id\nid="));
	assert_non_null(strstr(str_text(&rebuilt), "-- notice ORDER BY id\nid="));
	assert_non_null(
	    strstr(str_text(&rebuilt), "-- exception ORDER BY sequence\nsequence="));
	assert_non_null(strstr(str_text(&rebuilt), "|is_open=0|"));
}

static struct store_place
place_of(void **state)
{
	const struct scratch *scratch = *state;
	return (struct store_place){scratch->path, scratch->directory};
}

static void
test_rebuilt_is_the_same(void **state)
{
	const struct store_place place = place_of(state);
	follow_to_the_end(&place, 7);
	assert_as_rebuilt(&place);
}

/* It holds what customers did: not for every user of the host. */
static void
test_private(void **state)
{
	const struct store_place place = place_of(state);
	auto_str said = {0};
	auto_database struct database *database = NULL;
	struct stat file;
	size_t count;
	must(database_open(&place, &said, &database), &said);
	must(database_follow(database, 10, &said, &count), &said);
	const char *const names[] = {"database", "database-wal", "database-shm"};
	for (size_t i = 0; i < array_length(names); i++) {
		assert_int_equal(fstatat(place.directory, names[i], &file, 0), 0);
		assert_int_equal(file.st_mode & 07007, 0);
	}
}

static void
test_nothing_is_applied_twice(void **state)
{
	const struct store_place place = place_of(state);
	auto_str once = {0}, twice = {0};
	follow_to_the_end(&place, 100);
	scratch_dump(&place, &once);
	follow_to_the_end(&place, 100);
	scratch_dump(&place, &twice);
	assert_string_equal(str_text(&once), str_text(&twice));
}

/* A database of each earlier shape, with rows in it, is brought forward. */
static void
test_every_migration(void **state)
{
	const struct store_place place = place_of(state);
	for (size_t version = 0; version < array_length(migrations); version++) {
		auto_str sql = {0};
		for (size_t i = 0; i < version; i++)
			str_add(&sql, migrations[i]);
		if (version)
			str_addf(&sql,
			    "INSERT INTO meta VALUES (1, 17, '%064d');"
			    "INSERT INTO record VALUES (17, 'opened', 1, 2, 3, 'A1', 0, 4, 5, "
			    "'x', '{}');",
			    17);
		str_addf(&sql, "PRAGMA user_version = %d", (int)version);
		unlinkat(place.directory, "database", 0);
		run(&place, str_text(&sql));
		follow_to_the_end(&place, 100);
		assert_as_rebuilt(&place);
		assert_int_not_equal(
		    faccessat(place.directory, "database.damaged", F_OK, 0), 0);
	}
}

static void
assert_made_anew(const struct store_place *place)
{
	auto_str said = {0};
	auto_database struct database *database = NULL;
	size_t count;
	must(database_open(place, &said, &database), &said);
	assert_non_null(strstr(str_text(&said), "database.damaged"));
	assert_int_equal(database_applied(database).sequence, 0);
	must(database_follow(database, RECORDS, &said, &count), &said);
	assert_int_equal(count, RECORDS);
	database_free(take(database));
	assert_as_rebuilt(place);
}

static void
test_unusable_is_made_anew(void **state)
{
	const struct scratch *scratch = *state;
	const struct store_place place = place_of(state);
	follow_to_the_end(&place, 100);
	scratch_write(scratch, "database", "this is no database, however long it is", 39);
	assert_made_anew(&place);
	run(&place, "PRAGMA user_version = 1000");
	assert_made_anew(&place);
	run(&place, "DROP TABLE casefile");
	assert_made_anew(&place);
	run(&place, "DELETE FROM meta");
	assert_made_anew(&place);
}

/* Damage deep inside shows when it is met, and then too. */
static void
test_damaged_pages(void **state)
{
	const struct scratch *scratch = *state;
	const struct store_place place = place_of(state);
	auto_str bytes = {0}, said = {0}, out = {0};
	auto_database struct database *database = NULL;
	uint64_t last;
	follow_to_the_end(&place, 100);
	run(&place, "PRAGMA journal_mode = DELETE");
	scratch_read(scratch, "database", &bytes);
	memset(bytes.data + 8192, 0x5a, bytes.length - 8192);
	scratch_write(scratch, "database", bytes.data, bytes.length);
	int status = database_open(&place, &said, &database);
	if (!status && database_applied(database).sequence) {
		const struct history_query query = {.most = RECORDS};
		status = database_history(database, &query, &out, &last);
		assert_int_equal(status, -EBADF);
	}
}

static void
test_another_journal_is_told(void **state)
{
	const struct store_place place = place_of(state);
	auto_str said = {0};
	auto_database struct database *database = NULL;
	size_t count;
	follow_to_the_end(&place, 100);
	run(&place,
	    "UPDATE meta SET journal_hash = CASE substr(journal_hash, 1, 1) WHEN '0' THEN "
	    "'1' ELSE '0' END || substr(journal_hash, 2)");
	must(database_open(&place, &said, &database), &said);
	assert_int_equal(database_follow(database, 1, &said, &count), -EUCLEAN);
	assert_non_null(strstr(str_text(&said), "record 500"));
}

static size_t
count_history(struct database *database, struct history_query query)
{
	auto_str out = {0}, said = {0};
	uint64_t last;
	must(database_history(database, &query, &out, &last), &said);
	json_t *json = json_loadb(out.data, out.length, 0, NULL);
	assert_non_null(json);
	size_t count = json_array_size(json);
	json_t *end = json_array_get(json, count - 1);
	assert_int_equal(json_integer_value(json_object_get(end, "sequence")), last);
	json_decref(json);
	return count;
}

static void
test_history(void **state)
{
	const struct store_place place = place_of(state);
	auto_str said = {0};
	auto_database struct database *database = NULL;
	follow_to_the_end(&place, RECORDS);
	must(database_open(&place, &said, &database), &said);
	struct record sample = sample_record(100);
	assert_int_equal(
	    count_history(database, (struct history_query){.most = 1000}), RECORDS);
	assert_int_equal(count_history(database, (struct history_query){.most = 30}), 30);
	assert_int_equal(
	    count_history(database, (struct history_query){.most = 1000, .after = 490}), 10);
	assert_int_equal(
	    count_history(database, (struct history_query){.most = 1000, .case_number = 3}),
	    10);
	assert_int_equal(
	    count_history(database, (struct history_query){.most = 1000, .since = sample.wall}),
	    RECORDS - 99);
	assert_int_equal(
	    count_history(database, (struct history_query){.most = 1000, .account = "user3"}),
	    72);
	assert_int_equal(
	    count_history(database, (struct history_query){.most = 1000, .account = "' OR 1"}),
	    0);
}

static void
test_case_owner(void **state)
{
	const struct store_place place = place_of(state);
	auto_str said = {0};
	auto_database struct database *database = NULL;
	uint32_t account, generation;
	follow_to_the_end(&place, RECORDS);
	must(database_open(&place, &said, &database), &said);
	uint64_t opened = RECORD_OPENED + RECORD_COUNT;
	struct record sample = sample_record(opened);
	assert_int_equal(
	    database_case_owner(database, sample.case_number, &account, &generation), 0);
	assert_int_equal(account, sample.account);
	assert_int_equal(generation, 1);
	assert_int_equal(database_case_owner(database, 99999, &account, &generation), -ENOENT);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_rebuilt_is_the_same),
	    TEST(test_nothing_is_applied_twice),
	    TEST(test_private),
	    TEST(test_every_migration),
	    TEST(test_unusable_is_made_anew),
	    TEST(test_damaged_pages),
	    TEST(test_another_journal_is_told),
	    TEST(test_history),
	    TEST(test_case_owner),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
