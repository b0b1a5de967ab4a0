/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the disks' time was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensors/disk_time.h"

enum { ALICE = 1001, BOB = 1002, SCRIPT = 77, MS = 1000000, MIB = 1 << 20, PAGE = 4096 };

static const uint64_t second = UINT64_C(1000) * MS;

/* What moved in one second of one uid, and perhaps of its script. */
struct mover {
	uint32_t uid;
	uint64_t script;
	int64_t read, written;
};

/* Hundredths of a percent of the second that each row has, in the order in which it is asked.
 */
static uint64_t
share(struct rows *rows, uint32_t uid, uint64_t script)
{
	return rows_get(rows, uid, script)->io_ns * 10000 / second;
}

static struct rows *
pass(struct disk_time *time, const struct mover *movers, size_t count,
    const struct disks_use *use)
{
	struct rows *rows = rows_new();
	for (size_t i = 0; i < count; i++) {
		struct frame_row *row = rows_get(rows, movers[i].uid, movers[i].script);
		row->read_bytes += (uint64_t)movers[i].read;
		row->written_bytes += (uint64_t)movers[i].written;
	}
	disk_time_charge(time, rows, use, second);
	return rows;
}

static void
is_between(uint64_t value, uint64_t least, uint64_t most)
{
	assert_in_range(value, least, most);
}

/* Four fifths of what keeps the disk busy half the time, in operations of one size. */
static void
test_part_of_busy_time(void **state)
{
	(void)state;
	struct disk_time *time = disk_time_new();
	const struct mover movers[] = {{ALICE, 0, 8000 * PAGE, 0}, {BOB, 0, 2000 * PAGE, 0}};
	const struct disks_use use = {500 * MS, UINT64_C(10000) * PAGE, 0, 10000};
	struct rows *rows = pass(time, movers, 2, &use);
	is_between(share(rows, ALICE, 0), 3990, 4000);
	is_between(share(rows, BOB, 0), 990, 1000);
	rows_free(rows);
	disk_time_free(time);
}

/* An idle disk gives everybody nearly nothing, and what the page cache had gives nothing. */
static void
test_idle(void **state)
{
	(void)state;
	struct disk_time *time = disk_time_new();
	const struct mover movers[] = {{ALICE, 0, 100 * MIB, 0}, {BOB, 0, 0, 0}};
	const struct disks_use use = {20 * MS, 100 * MIB, 0, 800};
	struct rows *rows = pass(time, movers, 2, &use);
	is_between(share(rows, ALICE, 0), 100, 200);
	assert_int_equal(share(rows, BOB, 0), 0);
	rows_free(rows);
	disk_time_free(time);
}

/* The host's own work is in what the disks moved, and in nobody's row. */
static void
test_work_of_the_host(void **state)
{
	(void)state;
	struct disk_time *time = disk_time_new();
	const struct mover movers[] = {{ALICE, 0, MIB, 0}};
	const struct disks_use use = {1000 * MS, UINT64_C(100) * MIB, 0, 900};
	struct rows *rows = pass(time, movers, 1, &use);
	is_between(share(rows, ALICE, 0), 0, 100);
	rows_free(rows);
	disk_time_free(time);
}

/* 1 MiB/s in large pieces beside 200 small reads a second that take the disk: not hers. */
static void
test_does_not_pay_for_seeks(void **state)
{
	(void)state;
	struct disk_time *time = disk_time_new();
	const struct mover movers[] = {{ALICE, 0, MIB, 0}, {BOB, 0, 200 * PAGE, 0}};
	const struct disks_use use = {1000 * MS, MIB + 200 * PAGE, 0, 208};
	struct rows *rows = pass(time, movers, 2, &use);
	is_between(share(rows, ALICE, 0), 500, 1500);
	rows_free(rows);
	/* Alone he pays for nearly all of it. */
	const struct mover alone[] = {{BOB, 0, 200 * PAGE, 0}};
	const struct disks_use his = {1000 * MS, 200 * PAGE, 0, 200};
	rows = pass(time, alone, 1, &his);
	is_between(share(rows, BOB, 0), 9900, 10000);
	rows_free(rows);
	disk_time_free(time);
}

/* Written back later, by the kernel, while somebody else is at work: still whose it was. */
static void
test_writes_are_owed(void **state)
{
	(void)state;
	struct disk_time *time = disk_time_new();
	const struct mover dirtying[] = {{ALICE, 0, 0, 64 * MIB}, {ALICE, SCRIPT, 0, 48 * MIB}};
	const struct disks_use idle = {0};
	struct rows *rows = pass(time, dirtying, 2, &idle);
	assert_int_equal(share(rows, ALICE, 0), 0);
	assert_int_equal(rows_get(rows, ALICE, 0)->written_bytes, 64 * MIB);
	rows_free(rows);
	const struct mover other[] = {{BOB, 0, MIB, 0}};
	const struct disks_use flushing = {800 * MS, MIB, 60 * MIB, 61};
	rows = pass(time, other, 1, &flushing);
	is_between(share(rows, ALICE, 0), 6500, 8000);
	is_between(share(rows, ALICE, SCRIPT), 4800, 6100);
	is_between(share(rows, BOB, 0), 0, 200);
	rows_free(rows);
	disk_time_free(time);
}

/* A file that is gone before it was written costs nothing, and no disk is owed for ever. */
static void
test_what_is_never_written(void **state)
{
	(void)state;
	struct disk_time *time = disk_time_new();
	const struct disks_use idle = {0}, flushing = {800 * MS, 0, 60 * MIB, 60};
	const struct mover written[] = {{ALICE, 0, 0, 64 * MIB}};
	const struct mover thrown_away[] = {{ALICE, 0, 0, -64 * MIB}};
	rows_free(pass(time, written, 1, &idle));
	struct rows *rows = pass(time, thrown_away, 1, &flushing);
	assert_int_equal(share(rows, ALICE, 0), 0);
	assert_int_equal(rows_get(rows, ALICE, 0)->written_bytes, 0);
	rows_free(rows);
	rows_free(pass(time, written, 1, &idle));
	for (int i = 0; i < 400; i++)
		rows_free(pass(time, NULL, 0, &idle));
	rows = pass(time, NULL, 0, &flushing);
	is_between(share(rows, ALICE, 0), 0, 50);
	rows_free(rows);
	disk_time_free(time);
}

/* Together never more than the disks worked, whatever is claimed. */
static void
test_sum(void **state)
{
	(void)state;
	struct disk_time *time = disk_time_new();
	const struct mover movers[] = {{ALICE, 0, INT64_MAX / 4, 0}, {BOB, 0, 900 * MIB, 0},
	    {BOB, SCRIPT, 900 * MIB, 0}, {3, 0, -5, INT64_MIN / 2}};
	const struct disks_use use = {1000 * MS, MIB, MIB, 2};
	struct rows *rows = pass(time, movers, 4, &use);
	uint64_t sum = share(rows, ALICE, 0) + share(rows, BOB, 0) + share(rows, 3, 0);
	is_between(sum, 0, 10000);
	assert_true(share(rows, BOB, SCRIPT) <= share(rows, BOB, 0));
	rows_free(rows);
	disk_time_free(time);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_part_of_busy_time),
	    cmocka_unit_test(test_idle),
	    cmocka_unit_test(test_work_of_the_host),
	    cmocka_unit_test(test_does_not_pay_for_seeks),
	    cmocka_unit_test(test_writes_are_owed),
	    cmocka_unit_test(test_what_is_never_written),
	    cmocka_unit_test(test_sum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
