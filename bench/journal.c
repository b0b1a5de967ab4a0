/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What durability costs: commits of the journal, beside a bare write and
 * fdatasync of the same number of bytes to a file of its own, turn by turn on
 * the same disk. Their difference is what JSON, hashes and the head cost.
 *
 * usage: bench-journal [DIRECTORY]
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/journal.h"

enum { COMMITS = 400, LARGEST_BATCH = 256 };

struct series {
	int64_t took[COMMITS]; /* ns */
	int64_t total;
};

static int
by_length(const void *left, const void *right)
{
	const int64_t *one = left, *other = right;
	return *one < *other ? -1 : *one > *other;
}

static void
series_add(struct series *series, size_t turn, int64_t began)
{
	series->took[turn] = clock_monotonic_ns() - began;
	series->total += series->took[turn];
}

static void
series_print(struct series *series, const char *name, size_t batch)
{
	qsort(series->took, COMMITS, sizeof(series->took[0]), by_length);
	printf("  %-16s %8.0f records/s   p50 %7.0f us   p99 %7.0f us\n", name,
	    (double)(COMMITS * batch) * 1e9 / (double)series->total,
	    (double)series->took[COMMITS / 2] / 1e3,
	    (double)series->took[COMMITS * 99 / 100] / 1e3);
}

static struct record
typical_record(uint64_t sequence)
{
	struct record record = {.sequence = sequence,
	    .kind = RECORD_ACTION,
	    .at = (int64_t)sequence * 10,
	    .wall = INT64_C(1800000000000) + (int64_t)sequence * 10,
	    .case_number = sequence / 8 + 1,
	    .clause = "A10",
	    .account_name = "alice",
	    .account = 7,
	    .generation = 1,
	    .subject_kind = KIND_SCRIPT,
	    .subject_key = sequence * 0x9e3779b97f4a7c15u,
	    .label = "/home/alice/public_html/cgi-bin/report.pl",
	    .action = sequence * 0xc2b2ae3d27d4eb4fu,
	    .verb_name = "throttle",
	    .measure_name = "cpu.share",
	    .value = 1400,
	    .limit = 1000,
	    .text = "14 % of the host's processor time against 10 %"};
	return record;
}

/* Adds a batch; gives its size in bytes. */
static size_t
add_batch(struct journal *journal, size_t batch)
{
	for (size_t i = 0; i < batch; i++) {
		struct record record = typical_record(journal_next(journal));
		if (journal_add(journal, &record))
			panic("the journal refuses its next record");
	}
	return journal_pending(journal);
}

static void
measure(struct journal *journal, int bare, size_t batch)
{
	auto_free struct series *ours = memory_new(1, sizeof(*ours));
	auto_free struct series *peer = memory_new(1, sizeof(*peer));
	auto_free char *bytes = memory_new(LARGEST_BATCH, 1024);
	memset(bytes, 'x', LARGEST_BATCH * 1024);
	for (size_t turn = 0; turn < COMMITS; turn++) {
		int64_t began = clock_monotonic_ns();
		size_t size = add_batch(journal, batch);
		if (journal_commit(journal))
			fatal("cannot commit: %s", strerror(errno));
		series_add(ours, turn, began);
		began = clock_monotonic_ns();
		if (file_write_all(bare, bytes, size) || fdatasync(bare))
			fatal("cannot write: %s", strerror(errno));
		series_add(peer, turn, began);
	}
	printf("%zu records a commit\n", batch);
	series_print(ours, "journal", batch);
	series_print(peer, "write+fdatasync", batch);
}

static void
remove_all(int directory)
{
	static const char *const files[] = {
	    "journal-000001.log", "journal-000002.log", "journal.head", "journal.lock", "bare"};
	for (size_t i = 0; i < array_length(files); i++)
		unlinkat(directory, files[i], 0);
}

int
main(int argc, char **argv)
{
	auto_str path = {0}, said = {0};
	auto_journal struct journal *journal = NULL;
	str_addf(&path, "%s/hayward-bench-XXXXXX", argc > 1 ? argv[1] : "/var/tmp");
	if (!mkdtemp(path.data))
		fatal("cannot make a directory in '%s'", argc > 1 ? argv[1] : "/var/tmp");
	auto_fd int directory = open(path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int bare =
	    openat(directory, "bare", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (bare < 0 || journal_open(directory, SEGMENT_SIZE, &said, &journal))
		fatal("cannot begin a journal in '%s'", path.data);
	for (size_t batch = 1; batch <= LARGEST_BATCH; batch *= 16)
		measure(journal, bare, batch);
	remove_all(directory);
	return rmdir(path.data) ? 1 : 0;
}
