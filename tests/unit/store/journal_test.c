/* SPDX-License-Identifier: Apache-2.0 */
/* The journal keeps what was committed, cuts off what was not, and tells what somebody did to
 * it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "store/journal.h"
#include "store/journal_reader.h"
#include "store/journal_verify.h"

static const char first_segment[] = "journal-000001.log";

static int
setup(void **state)
{
	struct scratch *scratch = malloc(sizeof(*scratch));
	*scratch = scratch_make();
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

static int
verify(const struct scratch *scratch, struct str *words, struct journal_verdict *verdict)
{
	str_clear(words);
	*verdict = (struct journal_verdict){0};
	return journal_verify(scratch->directory, NULL, 0, words, verdict);
}

static void
assert_holds(const struct scratch *scratch, uint64_t last)
{
	auto_str words = {0};
	struct journal_verdict verdict;
	int status = verify(scratch, &words, &verdict);
	if (status)
		fail_msg("%d: %s", status, str_text(&words));
	assert_int_equal(verdict.last.sequence, last);
	assert_int_equal(verdict.records, last);
	assert_false(verdict.unfinished);
	auto_journal_reader struct journal_reader *reader = NULL;
	struct record record;
	assert_int_equal(journal_reader_new(scratch->directory, 0, &reader), 0);
	for (uint64_t sequence = 1; sequence <= last; sequence++) {
		struct record expected = sample_record(sequence);
		assert_int_equal(journal_read_record(reader, &record), 1);
		assert_memory_equal(&record, &expected, sizeof(record));
	}
	assert_int_equal(journal_read_record(reader, &record), 0);
}

static int
open_status(const struct scratch *scratch, struct str *said)
{
	auto_journal struct journal *journal = NULL;
	str_clear(said);
	return journal_open(scratch->directory, SEGMENT_SIZE, said, &journal);
}

static void
test_begins_and_goes_on(void **state)
{
	const struct scratch *scratch = *state;
	assert_holds((scratch_fill(scratch, SEGMENT_SIZE, 0), scratch), 0);
	scratch_fill(scratch, SEGMENT_SIZE, 1);
	scratch_fill(scratch, SEGMENT_SIZE, 40);
	scratch_fill(scratch, SEGMENT_SIZE, 100);
	assert_holds(scratch, 100);
}

static void
test_rotates(void **state)
{
	const struct scratch *scratch = *state;
	for (uint64_t last = 7; last <= 70; last += 7)
		scratch_fill(scratch, 1000, last);
	assert_int_equal(faccessat(scratch->directory, "journal-000009.log", F_OK, 0), 0);
	assert_holds(scratch, 70);
	auto_journal_reader struct journal_reader *reader = NULL;
	struct journal_line line;
	assert_int_equal(journal_reader_new(scratch->directory, 51, &reader), 0);
	assert_int_equal(journal_read(reader, &line), 1);
	assert_int_equal(line.sequence, 51);
}

/* A reader that has come to the end sees what is committed later, over a seam too. */
static void
test_reader_follows(void **state)
{
	const struct scratch *scratch = *state;
	auto_journal_reader struct journal_reader *reader = NULL;
	struct record record;
	assert_int_equal(journal_reader_new(scratch->directory, 0, &reader), 0);
	assert_int_equal(journal_read_record(reader, &record), 0);
	for (uint64_t sequence = 1; sequence <= 30; sequence++) {
		scratch_fill(scratch, 1000, sequence);
		assert_int_equal(journal_read_record(reader, &record), 1);
		assert_int_equal(record.sequence, sequence);
		assert_int_equal(journal_read_record(reader, &record), 0);
	}
}

static void
test_refuses_gaps(void **state)
{
	const struct scratch *scratch = *state;
	auto_str said = {0};
	auto_journal struct journal *journal = NULL;
	assert_int_equal(journal_open(scratch->directory, SEGMENT_SIZE, &said, &journal), 0);
	struct record second = sample_record(2), first = sample_record(1);
	assert_int_equal(journal_add(journal, &second), -EINVAL);
	assert_int_equal(journal_add(journal, &first), 0);
	assert_int_equal(journal_add(journal, &first), -EINVAL);
	assert_int_equal(journal_durable(journal).sequence, 0);
	assert_int_equal(journal_commit(journal), 0);
	assert_int_equal(journal_durable(journal).sequence, 1);
}

static void
test_one_writer(void **state)
{
	const struct scratch *scratch = *state;
	auto_str said = {0};
	auto_journal struct journal *journal = NULL;
	assert_int_equal(journal_open(scratch->directory, SEGMENT_SIZE, &said, &journal), 0);
	assert_int_equal(open_status(scratch, &said), -EWOULDBLOCK);
}

/* The head is put back to where it was before the last record: that was not acknowledged. */
static void
fill_with_unacknowledged(const struct scratch *scratch, struct str *before, struct str *after)
{
	auto_str head = {0};
	scratch_fill(scratch, SEGMENT_SIZE, 3);
	scratch_read(scratch, "journal.head", &head);
	scratch_read(scratch, first_segment, before);
	scratch_fill(scratch, SEGMENT_SIZE, 4);
	scratch_read(scratch, first_segment, after);
	scratch_write(scratch, "journal.head", head.data, head.length);
}

static void
test_torn_at_every_byte(void **state)
{
	const struct scratch *scratch = *state;
	auto_str before = {0}, after = {0}, said = {0}, aside = {0};
	char torn[64];
	fill_with_unacknowledged(scratch, &before, &after);
	snprintf(torn, sizeof(torn), "journal.torn-000001-%zu", before.length);
	for (size_t length = before.length + 1; length < after.length; length++) {
		scratch_write(scratch, first_segment, after.data, length);
		assert_int_equal(open_status(scratch, &said), 0);
		assert_non_null(strstr(str_text(&said), torn));
		scratch_read(scratch, torn, &aside);
		assert_int_equal(aside.length, length - before.length);
		assert_memory_equal(aside.data, after.data + before.length, aside.length);
		assert_holds(scratch, 3);
	}
	scratch_fill(scratch, SEGMENT_SIZE, 5);
	assert_holds(scratch, 5);
}

/* Blocks that never reached the disk read as zeroes, with or without the rest of the line. */
static void
test_zeroed_tail(void **state)
{
	const struct scratch *scratch = *state;
	auto_str before = {0}, after = {0}, said = {0};
	fill_with_unacknowledged(scratch, &before, &after);
	memset(after.data + before.length + 20, 0, 100);
	scratch_write(scratch, first_segment, after.data, after.length);
	assert_int_equal(open_status(scratch, &said), 0);
	assert_holds(scratch, 3);
	str_add_fill(&before, '\0', 200000);
	scratch_write(scratch, first_segment, before.data, before.length);
	assert_int_equal(open_status(scratch, &said), 0);
	assert_holds(scratch, 3);
}

/* Any changed bit is found at its line, by verify and by the keeper, and nothing is touched. */
static void
test_every_changed_byte_is_found(void **state)
{
	const struct scratch *scratch = *state;
	auto_str good = {0}, bad = {0}, words = {0};
	scratch_fill(scratch, SEGMENT_SIZE, 4);
	scratch_read(scratch, first_segment, &good);
	/* The header's hash is missed only by the line after it. */
	const size_t header_hash = strlen("hayward-journal 1 000001 1 ");
	int line = 1;
	for (size_t i = 0; i < good.length; i++) {
		line += i == header_hash;
		char place[64];
		struct journal_verdict verdict;
		good.data[i] ^= 1;
		scratch_write(scratch, first_segment, good.data, good.length);
		assert_int_equal(verify(scratch, &words, &verdict), -EUCLEAN);
		snprintf(place, sizeof(place), "journal-000001.log:%d (", line);
		bool is_newline = good.data[i] == ('\n' ^ 1);
		if (!is_newline && !strstr(str_text(&words), place))
			fail_msg("byte %zu: not at line %d: %s", i, line, str_text(&words));
		assert_int_equal(open_status(scratch, &words), -EUCLEAN);
		scratch_read(scratch, first_segment, &bad);
		assert_int_equal(bad.length, good.length);
		assert_memory_equal(bad.data, good.data, good.length);
		good.data[i] ^= 1;
		line += good.data[i] == '\n' && i > header_hash + 64;
	}
}

static void
test_cut_end_is_found(void **state)
{
	const struct scratch *scratch = *state;
	auto_str three = {0}, words = {0};
	struct journal_verdict verdict;
	scratch_fill(scratch, SEGMENT_SIZE, 3);
	scratch_read(scratch, first_segment, &three);
	scratch_fill(scratch, SEGMENT_SIZE, 5);
	scratch_write(scratch, first_segment, three.data, three.length);
	assert_int_equal(verify(scratch, &words, &verdict), -EUCLEAN);
	assert_string_equal(str_text(&words),
	    "the journal ends at record 3, but journal.head knows of record 5: its end was cut "
	    "off\n");
	assert_int_equal(open_status(scratch, &words), -EUCLEAN);
	unlinkat(scratch->directory, first_segment, 0);
	assert_int_equal(open_status(scratch, &words), -EUCLEAN);
}

/* A forger who makes all hashes anew is found by who knows an old one. */
static void
test_rewritten_is_found(void **state)
{
	const struct scratch *scratch = *state;
	auto_str words = {0};
	struct journal_verdict verdict;
	scratch_fill(scratch, SEGMENT_SIZE, 5);
	assert_int_equal(verify(scratch, &words, &verdict), 0);
	struct journal_witness witness = {"the database", verdict.last};
	unlinkat(scratch->directory, first_segment, 0);
	unlinkat(scratch->directory, "journal.head", 0);
	auto_journal struct journal *journal = NULL;
	assert_int_equal(journal_open(scratch->directory, SEGMENT_SIZE, &words, &journal), 0);
	while (journal_next(journal) <= 6) {
		struct record forged = sample_record(journal_next(journal) + 100);
		forged.sequence = journal_next(journal);
		assert_int_equal(journal_add(journal, &forged), 0);
	}
	assert_int_equal(journal_commit(journal), 0);
	str_clear(&words);
	assert_int_equal(
	    journal_verify(scratch->directory, &witness, 1, &words, &verdict), -EUCLEAN);
	assert_string_equal(str_text(&words),
	    "record 5 is another than the database knows: the journal was rewritten\n");
}

static void
test_missing_segment_is_found(void **state)
{
	const struct scratch *scratch = *state;
	auto_str words = {0};
	struct journal_verdict verdict;
	for (uint64_t last = 7; last <= 28; last += 7)
		scratch_fill(scratch, 1000, last);
	unlinkat(scratch->directory, "journal-000002.log", 0);
	assert_int_equal(verify(scratch, &words, &verdict), -EUCLEAN);
	assert_int_equal(verdict.records, 7);
}

/* The loop of docs/journal.md, with nothing of ours. */
static void
test_standard_tools_agree(void **state)
{
	const struct scratch *scratch = *state;
	static const char loop[] =
	    "before=$(head -n 1 $1 | cut -d ' ' -f 5); tail -n +2 $1 | while read -r hash "
	    "json; do "
	    "before=$(printf %s%s $before \"$json\" | sha256sum | cut -d ' ' -f 1); "
	    "[ $before = $hash ] || exit 1; done";
	scratch_fill(scratch, SEGMENT_SIZE, 20);
	for (int damaged = 0; damaged < 2; damaged++) {
		pid_t child = fork();
		if (child == 0) {
			if (fchdir(scratch->directory) == 0)
				execl("/bin/bash", "bash", "-c", loop, "loop", first_segment,
				    NULL);
			_exit(127);
		}
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(WEXITSTATUS(status), damaged);
		auto_str text = {0};
		scratch_read(scratch, first_segment, &text);
		text.data[text.length - 10] ^= 1;
		scratch_write(scratch, first_segment, text.data, text.length);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_begins_and_goes_on),
	    TEST(test_rotates),
	    TEST(test_reader_follows),
	    TEST(test_refuses_gaps),
	    TEST(test_one_writer),
	    TEST(test_torn_at_every_byte),
	    TEST(test_zeroed_tail),
	    TEST(test_every_changed_byte_is_found),
	    TEST(test_cut_end_is_found),
	    TEST(test_rewritten_is_found),
	    TEST(test_missing_segment_is_found),
	    TEST(test_standard_tools_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
