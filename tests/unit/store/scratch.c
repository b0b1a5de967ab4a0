/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/file.h"
#include "store/journal.h"

struct scratch
scratch_make(void)
{
	/* In memory where that can be: these tests sync by the thousand, and lose no power. */
	struct scratch scratch = {0};
	bool memory = access("/dev/shm", W_OK) == 0;
	snprintf(scratch.path, sizeof(scratch.path), "%s/hayward-store-XXXXXX",
	    memory ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(scratch.path));
	scratch.directory = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(scratch.directory >= 0);
	return scratch;
}

void
scratch_remove(struct scratch *scratch)
{
	DIR *listing = opendir(scratch->path);
	assert_non_null(listing);
	for (struct dirent *entry; (entry = readdir(listing));)
		unlinkat(scratch->directory, entry->d_name, 0);
	closedir(listing);
	close(scratch->directory);
	assert_int_equal(rmdir(scratch->path), 0);
}

void
scratch_read(const struct scratch *scratch, const char *name, struct str *out)
{
	str_clear(out);
	assert_int_equal(file_read(scratch->directory, name, 1 << 30, out), 0);
}

void
scratch_write(const struct scratch *scratch, const char *name, const void *bytes, size_t length)
{
	auto_fd int fd =
	    openat(scratch->directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, bytes, length), 0);
}

struct record
sample_record(uint64_t sequence)
{
	struct record record;
	memset(&record, 0, sizeof(record));
	record.sequence = sequence;
	record.kind = (enum record_kind)(sequence % RECORD_COUNT);
	record.at = (int64_t)sequence * 1000;
	record.wall = INT64_C(1800000000000) + (int64_t)sequence * 1000;
	record.case_number = 1 + sequence / 10;
	record.account = (uint32_t)(1 + sequence % 7);
	record.generation = 1;
	record.action = 0xabc0000000000000u + sequence / 5;
	record.subject_kind = KIND_SCRIPT;
	record.subject_key = sequence * 0x9e3779b97f4a7c15u;
	snprintf(record.clause, sizeof(record.clause), "A%d", (int)(sequence % 18));
	snprintf(
	    record.account_name, sizeof(record.account_name), "user%d", (int)(sequence % 7));
	snprintf(
	    record.verb_name, sizeof(record.verb_name), sequence / 5 % 2 ? "warn" : "throttle");
	snprintf(record.label, sizeof(record.label), "/home/\"%d\"\n\xff", (int)sequence);
	snprintf(record.text, sizeof(record.text), "record %d", (int)sequence);
	return record;
}

void
scratch_fill(const struct scratch *scratch, uint64_t segment_size, uint64_t last)
{
	auto_str said = {0};
	auto_journal struct journal *journal = NULL;
	assert_int_equal(journal_open(scratch->directory, segment_size, &said, &journal), 0);
	while (journal_next(journal) <= last) {
		struct record record = sample_record(journal_next(journal));
		assert_int_equal(journal_add(journal, &record), 0);
	}
	assert_int_equal(journal_commit(journal), 0);
}

static int
add_row(void *context, int count, char **values, char **names)
{
	for (int i = 0; i < count; i++)
		str_addf(context, "%s=%s|", names[i], values[i] ? values[i] : "(null)");
	str_add_char(context, '\n');
	return 0;
}

void
scratch_dump(const struct store_place *place, struct str *out)
{
	static const char *const tables[] = {"sqlite_schema ORDER BY name", "meta",
	    "record ORDER BY sequence", "casefile ORDER BY number", "action ORDER BY id",
	    "notice ORDER BY id", "exception ORDER BY sequence"};
	auto_str path = {0};
	sqlite3 *connection;
	str_addf(&path, "%s/database", place->path);
	assert_int_equal(sqlite3_open(str_text(&path), &connection), SQLITE_OK);
	for (size_t i = 0; i < array_length(tables); i++) {
		auto_str sql = {0};
		str_addf(&sql, "SELECT * FROM %s", tables[i]);
		str_addf(out, "-- %s\n", tables[i]);
		assert_int_equal(
		    sqlite3_exec(connection, str_text(&sql), add_row, out, NULL), SQLITE_OK);
	}
	sqlite3_close(connection);
	/* Where pages lie is no matter of ours. */
	for (char *at = out->data; (at = strstr(at, "rootpage="));)
		for (at += strlen("rootpage="); *at != '|'; at++)
			*at = '#';
}
