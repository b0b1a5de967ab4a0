/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks the engine about processes waits until the peeker has looked, but not for ever. */
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model/evidence.h"
#include "model/question.h"
#include "model/request.h"

#include "engine_stage.h"

static const struct asker alice_herself = {
    .uid = 61001, .account = 61001, .generation = 1, .name = "alice"};

static void
ask_for_tree(struct stage *stage, const struct asker *asker, uint64_t id)
{
	struct request request = {
	    .id = id, .ask = ASK_TREE, .asker = *asker, .account = "alice"};
	auto_str bytes = {0};
	request_encode(&request, &bytes);
	assert_int_equal(hear(stage, PROCESS_CONTROL, MESSAGE_REQUEST, &bytes), 0);
}

/* The question of either kind that the peeker was asked last; id 0: none. */
static struct question
last_question(const struct stage *stage)
{
	auto_arena struct arena *arena = arena_new();
	for (size_t i = stage->sent_count; i-- > 0;) {
		const struct sent *sent = &stage->sent[i];
		struct question question;
		if (sent->message != MESSAGE_QUESTION)
			continue;
		assert_int_equal(
		    question_decode(sent->bytes.data, sent->bytes.length, arena, &question), 0);
		if (question.kind == QUESTION_TREE || question.kind == QUESTION_NAMES)
			return (struct question){.id = question.id, .kind = question.kind};
	}
	return (struct question){0};
}

static void
tell_tree_of(struct stage *stage, uint64_t question, int32_t status, const char *command)
{
	struct evidence_process process = {.pid = 7,
	    .name = "perl",
	    .program = "/usr/bin/perl",
	    .command = command,
	    .folder = "/",
	    .under = "cron"};
	struct evidence_tree tree = {.status = status,
	    .taken = clock_boot(),
	    .total = 1,
	    .count = 1,
	    .processes = &process};
	auto_str bytes = {0};
	evidence_tree_encode(&tree, question, &bytes);
	assert_int_equal(hear(stage, PROCESS_PEEKER, MESSAGE_TREE, &bytes), 0);
}

/* The answer of that id, as text; "" if there is none yet. */
static void
find_reply(const struct stage *stage, uint64_t id, struct str *ret_json)
{
	str_clear(ret_json);
	for (size_t i = 0; i < stage->sent_count; i++) {
		struct reply reply;
		if (stage->sent[i].message != MESSAGE_REPLY)
			continue;
		assert_int_equal(reply_decode(stage->sent[i].bytes.data,
				     stage->sent[i].bytes.length, &reply),
		    0);
		if (reply.id == id)
			str_add_bytes(ret_json, reply.json, reply.length);
	}
}

static void
assert_reply(const struct stage *stage, uint64_t id, const char *holds)
{
	auto_str json = {0};
	find_reply(stage, id, &json);
	if (!strstr(str_text(&json), holds))
		fail_msg("%s is not in the answer: %s", holds, str_text(&json));
}

static void
assert_waits(const struct stage *stage, uint64_t id)
{
	auto_str json = {0};
	find_reply(stage, id, &json);
	assert_string_equal(str_text(&json), "");
}

/* Lets the engine's own clock run until that has come to be. */
static void
wait_until(struct stage *stage, bool (*is_so)(const struct stage *stage))
{
	int64_t end = clock_boot() + 20000;
	while (!is_so(stage) && clock_boot() < end)
		event_base_loop(stage->frame.loop, EVLOOP_ONCE);
	assert_true(is_so(stage));
}

static bool
has_answered(const struct stage *stage)
{
	return count_sent(stage, MESSAGE_REPLY) > 0;
}

static bool
has_asked_for_names(const struct stage *stage)
{
	return last_question(stage).kind == QUESTION_NAMES;
}

static void
test_one_look_for_all_who_wait(void **state)
{
	struct stage *stage = *state;
	static const struct asker staff = {.staff = true, .name = "root"};
	static const struct asker former = {
	    .uid = 61001, .account = 61001, .generation = 7, .name = "alice"};
	tell_end(stage, 0);
	ask_for_tree(stage, &alice_herself, 1);
	struct question question = last_question(stage);
	assert_int_equal(question.kind, QUESTION_TREE);
	ask_for_tree(stage, &staff, 2);
	assert_int_equal(last_question(stage).id, question.id);
	ask_for_tree(stage, &former, 3);
	assert_reply(stage, 3, "\"status\":4");
	tell_tree_of(stage, question.id + 1, 0, "another's");
	tell_tree_of(stage, question.id, -EINPROGRESS, "");
	assert_waits(stage, 1);
	tell_tree_of(stage, question.id, 0, "perl \033[2J");
	for (uint64_t id = 1; id <= 2; id++) {
		assert_reply(stage, id, "\"command\":\"perl \\\\x1b[2J\"");
		assert_reply(stage, id, "\"commands\":true");
		assert_reply(stage, id, "\"under\":\"cron\"");
	}
	/* Not sooner than a second later. */
	ask_for_tree(stage, &alice_herself, 4);
	assert_int_equal(last_question(stage).id, question.id);
	assert_int_equal(stage->complaints, 0);
}

/* The peeker hangs in a command line: what is known is told, and the next look does without. */
static void
test_command_lines_that_never_come(void **state)
{
	struct stage *stage = *state;
	tell_end(stage, 0);
	ask_for_tree(stage, &alice_herself, 1);
	tell_tree_of(stage, last_question(stage).id, -EINPROGRESS, "");
	wait_until(stage, has_answered);
	assert_reply(stage, 1, "\"commands\":false");
	assert_reply(stage, 1, "\"name\":\"perl\"");
	assert_int_equal(stage->complaints, 1);
	ask_for_tree(stage, &alice_herself, 2);
	wait_until(stage, has_asked_for_names);
	tell_tree_of(stage, last_question(stage).id, 0, "");
	assert_reply(stage, 2, "\"commands\":false");
	assert_int_equal(stage->complaints, 1);
}

static void
test_a_peeker_that_is_gone(void **state)
{
	struct stage *stage = *state;
	tell_end(stage, 0);
	stage->peeker = false;
	ask_for_tree(stage, &alice_herself, 1);
	assert_waits(stage, 1);
	stage->peeker = true;
	stage->engine->peer(&stage->frame, PROCESS_PEEKER, true);
	tell_tree_of(stage, last_question(stage).id, 0, "perl");
	assert_reply(stage, 1, "\"command\":\"perl\"");
	forget_sent(stage);
	stage->peeker = false;
	ask_for_tree(stage, &alice_herself, 2);
	wait_until(stage, has_answered);
	assert_reply(stage, 2, "\"status\":5");
	assert_reply(stage, 2, "does not answer");
	assert_int_equal(stage->complaints, 0);
}

/* Who gives all his processes names of control characters makes no answer that costs much. */
static void
test_no_answer_is_large(void **state)
{
	enum { LONGEST_REPLY = 2 << 20 };
	struct stage *stage = *state;
	static struct evidence_process processes[MOST_EVIDENCE_PROCESSES];
	char text[LONGEST_COMMAND];
	memset(text, '\033', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (uint32_t i = 0; i < MOST_EVIDENCE_PROCESSES; i++)
		processes[i] = (struct evidence_process){.pid = i + 1,
		    .name = "\033\033",
		    .program = text,
		    .command = text,
		    .folder = text,
		    .under = ""};
	struct evidence_tree tree = {
	    .total = 9999, .count = MOST_EVIDENCE_PROCESSES, .processes = processes};
	auto_str bytes = {0}, json = {0};
	tell_end(stage, 0);
	ask_for_tree(stage, &alice_herself, 1);
	evidence_tree_encode(&tree, last_question(stage).id, &bytes);
	assert_int_equal(hear(stage, PROCESS_PEEKER, MESSAGE_TREE, &bytes), 0);
	find_reply(stage, 1, &json);
	assert_in_range(json.length, 1, LONGEST_REPLY);
	assert_reply(stage, 1, "\"total\":9999");
	assert_reply(stage, 1, "\"pid\":512,");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_one_look_for_all_who_wait, stage_set, stage_strike),
	    cmocka_unit_test_setup_teardown(
		test_command_lines_that_never_come, stage_set, stage_strike),
	    cmocka_unit_test_setup_teardown(
		test_a_peeker_that_is_gone, stage_set, stage_strike),
	    cmocka_unit_test_setup_teardown(test_no_answer_is_large, stage_set, stage_strike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
