/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a frame, and tasks put together to processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensors/living.h"

static const struct frame_row *
row_of(const struct frame *frame, uint32_t uid, uint64_t script)
{
	for (uint32_t i = 0; i < frame->row_count; i++)
		if (frame->rows[i].uid == uid && frame->rows[i].script == script)
			return &frame->rows[i];
	return NULL;
}

/* Threads are one process; a shared address space is counted once; the busiest stands for all.
 */
static void
test_processes(void **state)
{
	(void)state;
	struct living_set *set = living_set_new();
	struct rows *rows = rows_new();
	auto_arena struct arena *arena = arena_new();
	struct frame frame = {0};
	const struct living tasks[] = {
	    {.pid = 5,
		.uid = 1,
		.script = 9,
		.start = 50,
		.cpu_ns = 1,
		.space = 7,
		.memory = 100,
		.leader = 1},
	    {.pid = 5,
		.uid = 1,
		.script = 9,
		.start = 50,
		.cpu_ns = 4,
		.space = 7,
		.memory = 100},
	    {.pid = 6,
		.uid = 1,
		.script = 9,
		.start = 60,
		.cpu_ns = 3,
		.space = 7,
		.memory = 100,
		.leader = 1}, /* a child that vfork() left in its parent's space */
	    {.pid = 7, .uid = 1, .start = 70, .space = 8, .memory = 30, .leader = 1},
	};
	for (size_t i = 0; i < array_length(tasks); i++)
		living_set_add(set, &tasks[i]);
	living_set_give(set, rows);
	rows_give(rows, arena, &frame);
	const struct frame_row *total = row_of(&frame, 1, 0);
	const struct frame_row *script = row_of(&frame, 1, 9);
	assert_int_equal(total->processes, 3);
	assert_int_equal(total->memory, 130);
	assert_int_equal(total->pid, 5);
	assert_int_equal(total->pid_start, 50);
	assert_int_equal(script->processes, 2);
	assert_int_equal(script->memory, 100);
	assert_int_equal(script->pid, 5);
	assert_int_equal(script->other_count, 1);
	assert_int_equal(script->others[0].pid, 6);
	assert_int_equal(script->others[0].start, 60);
	assert_int_equal(total->other_count, 0);
	rows_free(rows);
	living_set_free(set);
}

static void
test_fold(void **state)
{
	(void)state;
	struct rows *rows = rows_new();
	auto_arena struct arena *arena = arena_new();
	struct frame frame = {0};
	rows_add_process(
	    rows, &(struct process_use){
		      .pid = 5, .uid = 1, .start = 2, .script = 9, .cpu_ns = 3, .memory = 4});
	rows_get(rows, 1, 9)->cpu_ns = 3;
	rows_get(rows, 1, OTHER_SCRIPTS)->runs = 2;
	rows_get(rows, 2, 9)->runs = 1;
	rows_get(rows, 3, 0);
	rows_fold(rows, 1, 9);
	rows_give(rows, arena, &frame);
	assert_null(row_of(&frame, 1, 9));
	assert_null(row_of(&frame, 3, 0)); /* says nothing */
	assert_int_equal(row_of(&frame, 2, 9)->runs, 1);
	const struct frame_row *other = row_of(&frame, 1, OTHER_SCRIPTS);
	assert_int_equal(other->runs, 2);
	assert_int_equal(other->cpu_ns, 3);
	assert_int_equal(other->memory, 4);
	assert_int_equal(other->pid, 5);
	rows_free(rows);
}

/* By most of the processor time; totals and what many left over have no starter. */
static void
test_starters(void **state)
{
	(void)state;
	struct rows *rows = rows_new();
	auto_arena struct arena *arena = arena_new();
	struct frame frame = {0};
	rows_add_cpu(rows, 1, 9, STARTER_CRON, 50);
	rows_add_cpu(rows, 1, 9, STARTER_WEB, 40);
	rows_add_cpu(rows, 1, 8, STARTER_UNKNOWN, 5);
	rows_add_cpu(rows, 1, 8, STARTER_MAIL, 4);
	rows_add_cpu(rows, 1, 0, STARTER_WEB, 90);
	rows_add_cpu(rows, 1, 0, STARTER_UNKNOWN, 10);
	rows_add_cpu(rows, 2, 9, STARTER_WEB, 30);
	rows_fold(rows, 2, 9);
	rows_give(rows, arena, &frame);
	assert_int_equal(row_of(&frame, 1, 9)->starter, STARTER_CRON);
	assert_int_equal(row_of(&frame, 1, 9)->cpu_ns, 90);
	assert_int_equal(row_of(&frame, 1, 9)->web_cpu_ns, 40);
	assert_int_equal(row_of(&frame, 1, 8)->starter, STARTER_UNKNOWN);
	assert_int_equal(row_of(&frame, 1, 0)->starter, STARTER_UNKNOWN);
	assert_int_equal(row_of(&frame, 1, 0)->web_cpu_ns, 90);
	assert_int_equal(row_of(&frame, 2, OTHER_SCRIPTS)->starter, STARTER_UNKNOWN);
	assert_int_equal(row_of(&frame, 2, OTHER_SCRIPTS)->web_cpu_ns, 30);
	rows_free(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_processes),
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_starters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
