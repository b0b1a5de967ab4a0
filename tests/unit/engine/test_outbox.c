/* SPDX-License-Identifier: Apache-2.0 */
/* Many warnings that wait for their turn, and what that costs those who have nothing to do with
 * them: the gate waits for the engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "cases/cases.h"
#include "flow/stored.h"
#include "stage.h"

enum {
	WAITING = 20000,
	LIST = 400,
	MESSAGES = 1000,
	MOST_MS = 2000, /* for all of those messages; a hundred times what they take */
};

static const char terms[] =
    "plan basic { quota 1000B }\n"
    "terms \"t\" revision \"1\" grace 3d\n"
    "clause A13 \"Large mails\" for each message { when message.size > 251KiB and message.age "
    "> 23d then warn; after 7d remove }\n";

static void
observe(struct stage *stage, const struct subject *subject, enum measure measure, int64_t value)
{
	struct observation observation = {.measure = measure,
	    .subject = *subject,
	    .at = stage->now.boot,
	    .value = value,
	    .label = "a mail"};
	flow_observe(stage->flow, &observation, stage->now);
}

/* Past the bound of what is heard of stored mail: the engine must stand more than that. */
static void
see_mails(struct stage *stage)
{
	for (uint32_t i = 1; i <= WAITING; i++) {
		struct stored_place place = {.user = "info@alice.example", .uid = i};
		struct subject subject =
		    stored_subject(stage->alice->id, stage->alice->generation, &place);
		observe(stage, &subject, MEASURE_MESSAGE_SIZE, 1 << 20);
		observe(stage, &subject, MEASURE_MESSAGE_AGE, 24 * 24 * (int64_t)HOUR);
	}
}

static void
make_durable(struct stage *stage)
{
	flow_handed_over(stage->flow);
	flow_durable(stage->flow, flow_sequence(stage->flow));
}

static double
milliseconds(clock_t since)
{
	return (double)(clock() - since) * 1000 / CLOCKS_PER_SEC;
}

static void
deliver_one_list(struct stage *stage, struct arena *arena)
{
	struct notice notice;
	clock_t began = clock();
	assert_true(flow_next_notice(stage->flow, arena, &notice));
	struct delivery delivery = {.notice = notice.id, .text = "sent"};
	flow_delivery(stage->flow, &delivery, stage->now);
	print_message("[ figure   ] a list of %d of %d, written and delivered: %.1f ms\n", LIST,
	    WAITING, milliseconds(began));
	make_durable(stage);
}

/* What the engine does after whatever message of whomever, see procs/engine_release.c. */
static void
hear_something(struct stage *stage, struct arena *arena)
{
	struct action action;
	struct notice notice;
	struct subject alice = {KIND_ACCOUNT, stage->alice->id, stage->alice->generation, 0};
	stage->now.boot++;
	stage->now.policy++;
	stage->now.wall++;
	observe(stage, &alice, MEASURE_CPU_SHARE, 1);
	assert_false(flow_next_action(stage->flow, &action));
	assert_false(flow_next_notice(stage->flow, arena, &notice));
}

static void
test_waiting_slows_nobody(void **state)
{
	(void)state;
	struct stage stage;
	auto_arena struct arena *arena = arena_new();
	stage_begin(&stage, terms);
	see_mails(&stage);
	make_durable(&stage);
	deliver_one_list(&stage, arena);
	int heard = 0;
	clock_t began = clock();
	for (; heard < MESSAGES && milliseconds(began) < MOST_MS; heard++)
		hear_something(&stage, arena);
	print_message("[ figure   ] a message while %d warnings wait: %.3f ms\n",
	    WAITING - LIST, milliseconds(began) / heard);
	assert_int_equal(heard, MESSAGES);
	stage_end(&stage);
}

/* A list every twelve hours, for as long as there are mails. */
static void
test_the_rest_keeps_its_turn(void **state)
{
	(void)state;
	struct stage stage;
	auto_arena struct arena *arena = arena_new();
	struct notice notice;
	stage_begin(&stage, terms);
	see_mails(&stage);
	make_durable(&stage);
	size_t lists = 0;
	for (int hours = 0; hours <= 48; hours += 12) {
		deliver_one_list(&stage, arena);
		lists++;
		assert_false(flow_next_notice(stage.flow, arena, &notice));
		stage.now.boot += 12 * (int64_t)HOUR;
		stage.now.policy += 12 * (int64_t)HOUR;
		stage.now.wall += 12 * (int64_t)HOUR;
		struct subject alice = {
		    KIND_ACCOUNT, stage.alice->id, stage.alice->generation, 0};
		observe(&stage, &alice, MEASURE_CPU_SHARE, 1);
	}
	size_t position = 0, told = 0;
	uint64_t last = 0;
	const struct casefile *casefile;
	while ((casefile = cases_next(flow_cases(stage.flow), &position)))
		if (casefile->told != INT64_MIN) {
			told++;
			last = casefile->number;
		}
	/* The first come first, and none is left out. */
	assert_int_equal(told, lists * LIST);
	assert_int_equal(last, lists * LIST);
	stage_end(&stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_waiting_slows_nobody),
	    cmocka_unit_test(test_the_rest_keeps_its_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
