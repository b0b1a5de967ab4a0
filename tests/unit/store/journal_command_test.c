/* SPDX-License-Identifier: Apache-2.0 */
/* hayward journal, as somebody at a terminal has it: what it prints, and its exit status. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/file.h"
#include "main/hayward/journal_view.h"
#include "scratch.h"
#include "store/journal.h"

enum { MOST_WORDS = 8 };

static const char *hayward; /* the program */
static struct str printed;  /* by the last run, both outputs */

/* Runs `hayward journal --state DIRECTORY` with further words; gives the exit status. */
static int
run(const char *directory, ...)
{
	int fds[2], status;
	char *words[MOST_WORDS + 5] = {
	    strdup(hayward), strdup("journal"), strdup("--state"), strdup(directory)};
	size_t count = 4;
	va_list arguments;
	va_start(arguments, directory);
	for (const char *word; (word = va_arg(arguments, const char *)) && count < MOST_WORDS;)
		words[count++] = strdup(word);
	va_end(arguments);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		execv(hayward, words);
		_exit(127);
	}
	close(fds[1]);
	str_clear(&printed);
	assert_int_equal(file_read_fd(fds[0], 1 << 20, &printed), 0);
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	while (count)
		free(words[--count]);
	return WEXITSTATUS(status);
}

static size_t
lines_printed(void)
{
	size_t lines = 0;
	for (const char *at = str_text(&printed); *at; at++)
		lines += *at == '\n';
	return lines;
}

static void
assert_says(const char *words)
{
	if (!strstr(str_text(&printed), words))
		fail_msg("'%s' is not in: %s", words, str_text(&printed));
}

static int
setup(void **state)
{
	struct scratch *scratch = malloc(sizeof(*scratch));
	*scratch = scratch_make();
	scratch_fill(scratch, 5000, 60);
	*state = scratch;
	return 0;
}

static int
teardown(void **state)
{
	scratch_remove(*state);
	free(*state);
	str_done(&printed);
	return 0;
}

static void
test_shows(void **state)
{
	const struct scratch *scratch = *state;
	assert_int_equal(run(scratch->path, NULL), 0);
	assert_int_equal(lines_printed(), 60);
	assert_null(strchr(str_text(&printed), '\xff'));
	assert_says("case 2 user5 A12 throttle /home/\"12\"\\x0a\\xff: record 12\n");
	assert_int_equal(run(scratch->path, "--case", "3", NULL), 0);
	assert_int_equal(lines_printed(), 10);
	assert_int_equal(run(scratch->path, "--account", "user3", "--case=3", NULL), 0);
	assert_int_equal(lines_printed(), 1);
	assert_int_equal(run(scratch->path, "--since", "2027-01-15T08:00:50Z", NULL), 0);
	assert_int_equal(lines_printed(), 11);
}

static void
test_json_is_the_journal(void **state)
{
	const struct scratch *scratch = *state;
	struct record record, expected = sample_record(7);
	assert_int_equal(run(scratch->path, "--json", NULL), 0);
	const char *line = str_text(&printed);
	for (int i = 0; i < 7; i++)
		line = strchr(line, '\n') + 1;
	/* Each but the last ends with a comma. */
	assert_int_equal(record_parse(line, strcspn(line, "\n") - 1, &record), 0);
	assert_memory_equal(&record, &expected, sizeof(record));
	json_t *json = json_loads(str_text(&printed), 0, NULL);
	assert_int_equal(json_array_size(json_object_get(json, "records")), 60);
	json_decref(json);
}

static void
test_verify(void **state)
{
	const struct scratch *scratch = *state;
	auto_str text = {0};
	assert_int_equal(run(scratch->path, "verify", NULL), 0);
	assert_says("60 records, the last is 60 ");
	assert_int_equal(run(scratch->path, "verify", "--json", NULL), 0);
	assert_says("\"holds\": true");
	assert_int_equal(run(scratch->path, "rebuild", NULL), 0);
	assert_says("from 60 records");

	/* The last segment and the head gone: only the database still knows. */
	scratch_read(scratch, "journal.head", &text);
	unlinkat(scratch->directory, "journal.head", 0);
	assert_int_equal(run(scratch->path, "verify", NULL), 2);
	assert_says("'journal.head' is missing");
	scratch_write(scratch, "journal.head", text.data, text.length);
	scratch_read(scratch, "journal-000001.log", &text);
	text.data[text.length / 2] ^= 1;
	scratch_write(scratch, "journal-000001.log", text.data, text.length);
	assert_int_equal(run(scratch->path, "verify", NULL), 2);
	assert_says("journal-000001.log:");
	assert_int_equal(run(scratch->path, "rebuild", NULL), 2);
	assert_int_equal(run(scratch->path, NULL), 2);
}

static void
test_rebuild_waits_for_the_daemon(void **state)
{
	const struct scratch *scratch = *state;
	auto_str said = {0};
	auto_journal struct journal *journal = NULL;
	assert_int_equal(journal_open(scratch->directory, 5000, &said, &journal), 0);
	assert_int_equal(run(scratch->path, "rebuild", NULL), 4);
	assert_int_equal(run(scratch->path, "verify", NULL), 0);
}

/* Run by root, it leaves files that the directory's owner can use. */
static void
test_leaves_files_to_the_owner(void **state)
{
	const struct scratch *scratch = *state;
	struct stat database;
	if (geteuid() != 0)
		skip();
	const char *const files[] = {".", "journal-000001.log", "journal.head", "journal.lock"};
	for (size_t i = 0; i < array_length(files); i++)
		assert_int_equal(fchownat(scratch->directory, files[i], 12345, 12345, 0), 0);
	/* The leak checker of instrumented builds cannot look into a process that changed its
	 * user. */
	setenv("LSAN_OPTIONS", "detect_leaks=0", 1);
	assert_int_equal(run(scratch->path, "--case", "3", NULL), 0);
	for (int number = 2; number < 9; number++) {
		char name[32];
		snprintf(name, sizeof(name), "journal-%06d.log", number);
		(void)!fchownat(scratch->directory, name, 12345, 12345, 0);
	}
	assert_int_equal(run(scratch->path, "rebuild", NULL), 0);
	assert_int_equal(fstatat(scratch->directory, "database", &database, 0), 0);
	assert_int_equal(database.st_uid, 12345);
	unsetenv("LSAN_OPTIONS");
}

static void
test_refuses_words(void **state)
{
	const struct scratch *scratch = *state;
	assert_int_equal(run(scratch->path, "mend", NULL), 1);
	assert_int_equal(run(scratch->path, "--since", "yesterday", NULL), 1);
	assert_int_equal(run(scratch->path, "--case", "x", NULL), 1);
	assert_int_equal(run("/nonexistent", NULL), 3);
}

static void
test_since(void **state)
{
	(void)state;
	const int64_t now = INT64_C(1800000000000);
	int64_t wall;
	assert_int_equal(since_parse("2027-01-15", now, &wall), 0);
	assert_int_equal(wall, INT64_C(1799971200000));
	assert_int_equal(since_parse("2027-01-15T08:00:00Z", now, &wall), 0);
	assert_int_equal(wall, now);
	assert_int_equal(since_parse("2h", now, &wall), 0);
	assert_int_equal(wall, now - 7200000);
	const char *const wrong[] = {
	    "", "2", "h", "-2h", "2 h", "99999999999999999d", "2027-13-01"};
	for (size_t i = 0; i < array_length(wrong); i++)
		assert_int_equal(since_parse(wrong[i], now, &wall), -EINVAL);
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: journal_command_test HAYWARD\n");
		return 1;
	}
	hayward = argv[1];
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_shows),
	    TEST(test_json_is_the_journal),
	    TEST(test_verify),
	    TEST(test_rebuild_waits_for_the_daemon),
	    TEST(test_leaves_files_to_the_owner),
	    TEST(test_refuses_words),
	    cmocka_unit_test(test_since),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
