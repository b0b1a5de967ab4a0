/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store alone, killed by kill -9 at each of its crash points and at seeded
 * random instants, again and again in the same directory. A child writes,
 * projects and saves checkpoints, and says what it believes durable; after its
 * death everything it said must be there, once, and everything else must fit.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/crash.h"
#include "scratch.h"
#include "store/checkpoint.h"
#include "store/journal.h"
#include "store/journal_reader.h"
#include "store/journal_verify.h"

enum { SMALL_SEGMENT = 8000, MOST_BATCH = 12, ROUNDS_OF_CHILD = 60 };

struct life {
	struct store_place place;
	struct journal *journal;
	struct database *database;
	int pipe;
};

static void
child_must(int status)
{
	if (status)
		_exit(100);
}

static void
open_database(struct life *life)
{
	auto_str said = {0};
	child_must(database_open(&life->place, &said, &life->database));
}

static void
commit_batch(struct life *life, uint64_t count)
{
	while (count--) {
		struct record record = sample_record(journal_next(life->journal));
		child_must(journal_add(life->journal, &record));
	}
	child_must(journal_commit(life->journal));
	uint64_t durable = journal_durable(life->journal).sequence;
	child_must(write(life->pipe, &durable, sizeof(durable)) != sizeof(durable));
	crash_point(CRASH_KEEPER_ACKED);
}

static void
save_checkpoint(struct life *life)
{
	char bytes[32];
	uint64_t durable = journal_durable(life->journal).sequence;
	snprintf(bytes, sizeof(bytes), "as of %llu", (unsigned long long)durable);
	child_must(checkpoint_save(life->place.directory, durable, bytes, strlen(bytes)));
}

static void
live(const struct scratch *scratch, int pipe)
{
	struct life life = {.place = {scratch->path, scratch->directory}, .pipe = pipe};
	auto_str said = {0};
	uint64_t rebuilt;
	size_t count;
	child_must(crash_allow());
	child_must(journal_open(scratch->directory, SMALL_SEGMENT, &said, &life.journal));
	open_database(&life);
	for (uint64_t round = 1; round <= ROUNDS_OF_CHILD; round++) {
		commit_batch(&life, 1 + journal_next(life.journal) * 7 % MOST_BATCH);
		if (round % 3 == 0)
			child_must(database_follow(life.database, 50, &said, &count));
		if (round % 5 == 0)
			save_checkpoint(&life);
		if (round % 20)
			continue;
		database_free(life.database);
		child_must(database_rebuild(&life.place, &said, &rebuilt));
		open_database(&life);
	}
	_exit(0);
}

/* Lets a child live; delay: µs until it is killed, -1: it dies by itself. Gives the last
 * durable sequence it told, or 0; *ret_killed: it did not come to its end. */
static uint64_t
let_live(const struct scratch *scratch, long delay, bool *ret_killed)
{
	int fds[2], status;
	uint64_t told, last = 0;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		live(scratch, fds[1]);
	close(fds[1]);
	if (delay >= 0) {
		nanosleep(&(struct timespec){.tv_nsec = delay * 1000}, NULL);
		kill(child, SIGKILL);
	}
	while (read(fds[0], &told, sizeof(told)) == sizeof(told))
		last = told;
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	*ret_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	if (!*ret_killed && status)
		fail_msg("the child failed by itself: status %d", status);
	return last;
}

static void
must(int status, const struct str *said)
{
	if (status)
		fail_msg("%s: %s", strerror(-status), str_text(said));
}

static uint64_t
check_journal(const struct scratch *scratch, uint64_t told)
{
	auto_str said = {0};
	auto_journal struct journal *journal = NULL;
	auto_journal_reader struct journal_reader *reader = NULL;
	struct journal_verdict verdict;
	struct record record;
	must(journal_open(scratch->directory, SMALL_SEGMENT, &said, &journal), &said);
	uint64_t last = journal_durable(journal).sequence;
	assert_true(last >= told);
	must(journal_verify(scratch->directory, NULL, 0, &said, &verdict), &said);
	assert_int_equal(verdict.records, last);
	must(journal_reader_new(scratch->directory, 0, &reader), &said);
	for (uint64_t sequence = 1; sequence <= last; sequence++) {
		struct record expected = sample_record(sequence);
		assert_int_equal(journal_read_record(reader, &record), 1);
		assert_memory_equal(&record, &expected, sizeof(record));
	}
	return last;
}

static void
check_database(const struct scratch *scratch, uint64_t last)
{
	const struct store_place place = {scratch->path, scratch->directory};
	auto_str said = {0}, followed = {0}, rebuilt = {0};
	struct database *database = NULL;
	size_t count;
	uint64_t sequence;
	must(database_open(&place, &said, &database), &said);
	must(database_follow(database, last + 1, &said, &count), &said);
	assert_int_equal(database_applied(database).sequence, last);
	database_free(database);
	/* It was brought forward, never made anew: */
	assert_string_equal(str_text(&said), "");
	scratch_dump(&place, &followed);
	must(database_rebuild(&place, &said, &sequence), &said);
	scratch_dump(&place, &rebuilt);
	assert_string_equal(str_text(&followed), str_text(&rebuilt));
}

static void
check_checkpoint(const struct scratch *scratch, uint64_t last, bool expected)
{
	auto_str said = {0};
	struct checkpoint checkpoint = {0};
	char bytes[32];
	int status = checkpoint_load(scratch->directory, last, &said, &checkpoint);
	assert_string_equal(str_text(&said), "");
	assert_int_equal(status, expected ? 0 : status);
	snprintf(bytes, sizeof(bytes), "as of %llu", (unsigned long long)checkpoint.sequence);
	if (!status)
		assert_string_equal(str_text(&checkpoint.bytes), bytes);
	checkpoint_done(&checkpoint);
}

static void
check_all(const struct scratch *scratch, uint64_t told)
{
	uint64_t last = check_journal(scratch, told);
	/* Later than two saves there is always one, whichever instant it was. */
	check_checkpoint(scratch, last, told > 2 * 5 * MOST_BATCH);
	check_database(scratch, last);
}

static void
visit_point(const char *name)
{
	struct scratch scratch = scratch_make();
	uint64_t told = 0;
	for (int turn = 1; turn <= 3; turn++) {
		char wanted[64];
		bool killed;
		snprintf(wanted, sizeof(wanted), "%s:%d", name, turn);
		setenv("HAYWARD_CRASH", wanted, 1);
		uint64_t last = let_live(&scratch, -1, &killed);
		told = last > told ? last : told;
		if (!killed)
			fail_msg("%s was not passed %d times", name, turn);
		check_all(&scratch, told);
	}
	unsetenv("HAYWARD_CRASH");
	scratch_remove(&scratch);
}

static void
test_every_crash_point(void **state)
{
	static const struct {
		const char *name;
		const char *process;
	} points[] = {
#define CRASH(symbol, name_, process_, what) {name_, process_},
#include "base/crash_points.def"
#undef CRASH
	};
	(void)state;
	size_t visited = 0;
	for (size_t i = 0; i < array_length(points); i++) {
		if (strcmp(points[i].process, "keeper") != 0)
			continue;
		visit_point(points[i].name);
		visited++;
	}
	assert_true(visited >= 10);
}

static void
test_random_instants(void **state)
{
	enum { ROUNDS = 100, ROUNDS_OF_DIRECTORY = 10 };
	(void)state;
	struct scratch scratch = scratch_make();
	uint64_t seed = 20261122, told = 0;
	size_t deaths = 0;
	for (int round = 1; round <= ROUNDS; round++) {
		bool killed;
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		uint64_t last = let_live(&scratch, (long)(seed >> 33) % 60000, &killed);
		told = last > told ? last : told;
		deaths += killed;
		check_all(&scratch, told);
		if (round % ROUNDS_OF_DIRECTORY)
			continue;
		scratch_remove(&scratch);
		scratch = scratch_make();
		told = 0;
	}
	scratch_remove(&scratch);
	assert_true(deaths > ROUNDS / 2);
}

/* Without a kill the same life comes to its end. */
static void
test_undisturbed(void **state)
{
	bool killed;
	(void)state;
	struct scratch scratch = scratch_make();
	uint64_t told = let_live(&scratch, -1, &killed);
	assert_false(killed);
	assert_true(told > ROUNDS_OF_CHILD);
	check_all(&scratch, told);
	scratch_remove(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_undisturbed),
	    cmocka_unit_test(test_every_crash_point),
	    cmocka_unit_test(test_random_instants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
