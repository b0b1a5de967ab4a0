/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk fails: the Nth write, sync, rename or cut fails with each of the
 * errors that disks give, once or from then on, for every N that the scenario
 * reaches. What was acknowledged stays; what was not may be tried again; and
 * nothing is there twice.
 *
 * A sync that fails loses what it should have written, as ext4 and XFS may:
 * the bytes since the last good sync are overwritten with zeroes. A commit
 * that only repeats the sync would then acknowledge zeroes.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "store/checkpoint.h"
#include "store/journal.h"
#include "store/journal_reader.h"
#include "store/journal_verify.h"

enum { SMALL_SEGMENT = 3000, BATCHES = 12, BATCH = 3, MOST_FDS = 64 };

/* The calls that can be made to fail; the linker leads our libraries' calls here. */
static struct {
	int countdown; /* the call at which it becomes 0 fails; negative: none */
	int error;
	bool lasting; /* and so do all after it */
	bool happened;
	off_t synced[MOST_FDS]; /* size of the file at its last good sync */
} fault;

static bool
fails(void)
{
	bool now =
	    fault.countdown == 0 || (fault.lasting && fault.countdown < 0 && fault.happened);
	if (fault.countdown >= 0)
		fault.countdown--;
	fault.happened |= now;
	if (now)
		errno = fault.error;
	return now;
}

ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t length, off_t offset);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_ftruncate64(int fd, off_t length);
int __real_renameat(int from_directory, const char *from, int to_directory, const char *to);
ssize_t __wrap_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t length, off_t offset);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_ftruncate64(int fd, off_t length);
int __wrap_renameat(int from_directory, const char *from, int to_directory, const char *to);

/* A full disk takes the first half. */
ssize_t
__wrap_write(int fd, const void *bytes, size_t length)
{
	if (!fails())
		return __real_write(fd, bytes, length);
	if (length > 1 && fault.error == ENOSPC && !fault.lasting) {
		/* The rest is refused. */
		fault.countdown = 0;
		return __real_write(fd, bytes, length / 2);
	}
	errno = fault.error;
	return -1;
}

ssize_t
__wrap_pwrite64(int fd, const void *bytes, size_t length, off_t offset)
{
	return fails() ? -1 : __real_pwrite64(fd, bytes, length, offset);
}

static void
lose_unsynced(int fd)
{
	char path[64];
	struct stat status;
	static const char zeroes[64 * 1024];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int again = open(path, O_WRONLY | O_CLOEXEC);
	if (again >= 0 && fd < MOST_FDS && fstat(fd, &status) == 0 &&
	    status.st_size > fault.synced[fd])
		__real_pwrite64(again, zeroes, (size_t)(status.st_size - fault.synced[fd]),
		    fault.synced[fd]);
	close(again);
	errno = fault.error;
}

static int
sync_or_lose(int fd, int (*real)(int))
{
	struct stat status;
	if (fails()) {
		lose_unsynced(fd);
		return -1;
	}
	if (fd < MOST_FDS && fstat(fd, &status) == 0)
		fault.synced[fd] = status.st_size;
	return real(fd);
}

int
__wrap_fsync(int fd)
{
	return sync_or_lose(fd, __real_fsync);
}

int
__wrap_fdatasync(int fd)
{
	return sync_or_lose(fd, __real_fdatasync);
}

int
__wrap_ftruncate64(int fd, off_t length)
{
	int status = fails() ? -1 : __real_ftruncate64(fd, length);
	if (!status && fd < MOST_FDS && fault.synced[fd] > length)
		fault.synced[fd] = length;
	return status;
}

int
__wrap_renameat(int from_directory, const char *from, int to_directory, const char *to)
{
	return fails() ? -1 : __real_renameat(from_directory, from, to_directory, to);
}

static void
set_fault(int countdown, int error, bool lasting)
{
	memset(&fault, 0, sizeof(fault));
	fault.countdown = countdown;
	fault.error = error;
	fault.lasting = lasting;
}

static void
heal(void)
{
	fault.countdown = -1;
	fault.lasting = false;
}

/* A file that is opened has its present size on disk already. */
static int
open_journal(const struct scratch *scratch, struct journal **ret_journal)
{
	auto_str said = {0};
	memset(fault.synced, 0, sizeof(fault.synced));
	for (int fd = 0; fd < MOST_FDS; fd++)
		fault.synced[fd] = 1 << 30;
	int status = journal_open(scratch->directory, SMALL_SEGMENT, &said, ret_journal);
	if (status == -EUCLEAN)
		fail_msg("a fault of the disk is taken for damage: %s", str_text(&said));
	struct stat file;
	for (int fd = 0; fd < MOST_FDS; fd++)
		fault.synced[fd] = fstat(fd, &file) == 0 ? file.st_size : 0;
	return status;
}

static int
commit_batch(struct journal *journal)
{
	for (int i = 0; i < BATCH; i++) {
		struct record record = sample_record(journal_next(journal));
		assert_int_equal(journal_add(journal, &record), 0);
	}
	return journal_commit(journal);
}

/* Writes until it is done, or until the disk has failed; gives what is acknowledged. */
static uint64_t
write_until_fault(const struct scratch *scratch, bool try_again)
{
	struct journal *journal = NULL;
	uint64_t acknowledged = 0;
	int status = open_journal(scratch, &journal);
	if (status && try_again) {
		heal();
		assert_int_equal(open_journal(scratch, &journal), 0);
	}
	for (int i = 0; i < BATCHES && journal; i++) {
		status = commit_batch(journal);
		if (status && try_again) {
			assert_true(journal_pending(journal) > 0);
			heal();
			assert_int_equal(journal_commit(journal), 0);
		} else if (status) {
			break;
		}
		acknowledged = journal_durable(journal).sequence;
		assert_int_equal(acknowledged, (i + 1) * BATCH);
		if (i % 4 == 3)
			(void)!checkpoint_save(scratch->directory, acknowledged, "state", 5);
	}
	journal_free(journal);
	return acknowledged;
}

static void
check(const struct scratch *scratch, uint64_t acknowledged)
{
	struct journal *journal = NULL;
	struct journal_verdict verdict;
	struct record record;
	auto_str words = {0};
	auto_journal_reader struct journal_reader *reader = NULL;
	assert_int_equal(open_journal(scratch, &journal), 0);
	uint64_t last = journal_durable(journal).sequence;
	assert_true(last >= acknowledged && last <= BATCHES * BATCH);
	assert_int_equal(commit_batch(journal), 0);
	last = journal_durable(journal).sequence;
	journal_free(journal);
	int status = journal_verify(scratch->directory, NULL, 0, &words, &verdict);
	if (status)
		fail_msg("%s", str_text(&words));
	assert_int_equal(verdict.records, last);
	assert_int_equal(journal_reader_new(scratch->directory, 0, &reader), 0);
	for (uint64_t sequence = 1; sequence <= last; sequence++) {
		struct record expected = sample_record(sequence);
		assert_int_equal(journal_read_record(reader, &record), 1);
		assert_memory_equal(&record, &expected, sizeof(record));
	}
	struct checkpoint checkpoint = {0};
	if (checkpoint_load(scratch->directory, last, &words, &checkpoint) == 0)
		assert_string_equal(str_text(&checkpoint.bytes), "state");
	checkpoint_done(&checkpoint);
}

/* Every N until the scenario has no Nth call any more. */
static void
try_every_call(int error, bool lasting, bool try_again)
{
	bool happened = true;
	int n;
	for (n = 0; happened; n++) {
		struct scratch scratch = scratch_make();
		set_fault(n, error, lasting);
		uint64_t acknowledged = write_until_fault(&scratch, try_again);
		happened = fault.happened;
		heal();
		check(&scratch, acknowledged);
		scratch_remove(&scratch);
	}
	assert_true(n > BATCHES * 4);
}

static const int errors[] = {ENOSPC, EIO, EROFS};

static void
test_tried_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(errors); i++)
		try_every_call(errors[i], false, true);
}

static void
test_lasting_then_healed(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(errors); i++)
		try_every_call(errors[i], true, true);
}

static void
test_given_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(errors); i++)
		try_every_call(errors[i], false, false);
}

/* While the disk stays full every attempt fails alike, nothing grows, and nothing is lost. */
static void
test_full_for_long(void **state)
{
	(void)state;
	struct scratch scratch = scratch_make();
	struct journal *journal = NULL;
	struct stat file;
	set_fault(-1, ENOSPC, false);
	assert_int_equal(open_journal(&scratch, &journal), 0);
	assert_int_equal(commit_batch(journal), 0);
	fstatat(scratch.directory, "journal-000001.log", &file, 0);
	off_t size = file.st_size;
	set_fault(0, ENOSPC, true);
	assert_int_equal(commit_batch(journal), -ENOSPC);
	for (int i = 0; i < 20; i++)
		assert_int_equal(journal_commit(journal), -ENOSPC);
	assert_int_equal(journal_durable(journal).sequence, BATCH);
	heal();
	assert_int_equal(journal_commit(journal), 0);
	assert_int_equal(journal_durable(journal).sequence, 2 * BATCH);
	fstatat(scratch.directory, "journal-000001.log", &file, 0);
	assert_true(file.st_size < 3 * size);
	journal_free(journal);
	check(&scratch, 2 * BATCH);
	scratch_remove(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tried_again),
	    cmocka_unit_test(test_lasting_then_healed),
	    cmocka_unit_test(test_given_up),
	    cmocka_unit_test(test_full_for_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
