/* SPDX-License-Identifier: Apache-2.0 */
/* Processes as a tree: each has one place, whatever they say of each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "base/str.h"
#include "model/evidence_order.h"

/* As "1 .2 ..3": numbers in order, with a point for each level. */
static void
assert_order(struct evidence_process *processes, uint32_t count, const char *expected)
{
	auto_arena struct arena *arena = arena_new();
	auto_str text = {0};
	struct evidence_tree tree = {.total = count, .count = count, .processes = processes};
	const struct evidence_place *places = evidence_order(&tree, arena);
	for (uint32_t i = 0; i < count; i++) {
		str_add(&text, i ? " " : "");
		str_add_fill(&text, '.', places[i].depth);
		str_addf(&text, "%u", processes[places[i].index].pid);
	}
	assert_string_equal(str_text(&text), expected);
}

static void
test_children_follow_their_parent(void **state)
{
	(void)state;
	struct evidence_process processes[] = {
	    {.pid = 5, .parent = 30, .start = 50}, /* of a number that came round */
	    {.pid = 10, .parent = 1, .start = 10},
	    {.pid = 12, .parent = 10, .start = 40},
	    {.pid = 20, .parent = 1, .start = 5},
	    {.pid = 30, .parent = 10, .start = 30},
	};
	assert_order(processes, array_length(processes), "20 10 .30 ..5 .12");
	assert_order(processes, 0, "");
}

/* The parent has ended, and its number was given to one that began later. */
static void
test_nobody_is_older_than_his_parent(void **state)
{
	(void)state;
	struct evidence_process processes[] = {
	    {.pid = 10, .parent = 20, .start = 10},
	    {.pid = 20, .parent = 10, .start = 11},
	    {.pid = 21, .parent = 21, .start = 12},
	};
	assert_order(processes, array_length(processes), "10 .20 21");
}

/* Within one tick, where the times do not tell. */
static void
test_cycles(void **state)
{
	(void)state;
	struct evidence_process two[] = {
	    {.pid = 1, .parent = 2}, {.pid = 2, .parent = 1}, {.pid = 3, .parent = 2}};
	assert_order(two, array_length(two), "2 .1 .3");
	struct evidence_process twins[] = {
	    {.pid = 7, .parent = 7}, {.pid = 7, .parent = 7}, {.pid = 7, .parent = 1}};
	auto_arena struct arena *arena = arena_new();
	struct evidence_tree tree = {.count = 3, .processes = twins};
	const struct evidence_place *places = evidence_order(&tree, arena);
	unsigned seen = 0;
	for (size_t i = 0; i < array_length(twins); i++)
		seen |= 1U << places[i].index;
	assert_int_equal(seen, 7);
}

/* Random parents among few numbers, all of one tick: every process is there, once. */
static void
test_nothing_is_lost(void **state)
{
	(void)state;
	enum { MANY = 400, ROUNDS = 50, NUMBERS = 60 };
	uint32_t random = 2463534242;
	for (int round = 0; round < ROUNDS; round++) {
		auto_arena struct arena *arena = arena_new();
		struct evidence_process processes[MANY];
		bool seen[MANY] = {false};
		for (size_t i = 0; i < MANY; i++) {
			random ^= random << 13, random ^= random >> 17, random ^= random << 5;
			processes[i] = (struct evidence_process){.pid = random % NUMBERS,
			    .parent = random / NUMBERS % NUMBERS,
			    .start = random >> 30};
		}
		struct evidence_tree tree = {.count = MANY, .processes = processes};
		const struct evidence_place *places = evidence_order(&tree, arena);
		for (size_t i = 0; i < MANY; i++) {
			assert_false(seen[places[i].index]);
			seen[places[i].index] = true;
			assert_true(places[i].depth <= (i ? places[i - 1].depth + 1 : 0));
		}
	}
}

/* What no stack would bear if each level took some of it, and no square would end. */
static void
test_any_shape(void **state)
{
	(void)state;
	enum { MANY = 200000 };
	auto_arena struct arena *arena = arena_new();
	struct evidence_process *processes = memory_new(MANY, sizeof(*processes));
	struct evidence_tree tree = {.count = MANY, .processes = processes};
	for (uint32_t i = 0; i < MANY; i++)
		processes[i] = (struct evidence_process){.pid = i + 1, .parent = i, .start = i};
	assert_int_equal(evidence_order(&tree, arena)[MANY - 1].depth, MANY - 1);
	for (uint32_t i = 1; i < MANY; i++)
		processes[i].parent = 1;
	assert_int_equal(evidence_order(&tree, arena)[MANY - 1].depth, 1);
	assert_int_equal(evidence_order(&tree, arena)[MANY - 1].index, MANY - 1);
	free(processes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_children_follow_their_parent),
	    cmocka_unit_test(test_nobody_is_older_than_his_parent),
	    cmocka_unit_test(test_cycles),
	    cmocka_unit_test(test_nothing_is_lost),
	    cmocka_unit_test(test_any_shape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
