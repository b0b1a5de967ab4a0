/* SPDX-License-Identifier: Apache-2.0 */
/* Questions and answers come out of the wire as they went in, and nothing else does. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/question.h"

static void
test_round_trip(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str wire = {0};
	const struct question asked = {
	    .id = 3, .kind = QUESTION_FILE, .account = 9, .path = "a\nb"};
	struct question question;
	question_encode(&asked, &wire);
	assert_int_equal(question_decode(wire.data, wire.length, arena, &question), 0);
	assert_int_equal(question.id, 3);
	assert_int_equal(question.kind, QUESTION_FILE);
	assert_int_equal(question.account, 9);
	assert_string_equal(question.path, "a\nb");
	for (size_t length = 0; length < wire.length; length++)
		assert_int_equal(
		    question_decode(wire.data, length, arena, &question), -EBADMSG);
	str_clear(&wire);
	const struct answer said = {.id = 3,
	    .status = -EXDEV,
	    .owner = 4,
	    .links = 5,
	    .size = -6,
	    .directory_inode = 7,
	    .path = ""};
	struct answer answer;
	answer_encode(&said, &wire);
	assert_int_equal(answer_decode(wire.data, wire.length, arena, &answer), 0);
	assert_int_equal(answer.status, -EXDEV);
	assert_int_equal(answer.owner, 4);
	assert_int_equal(answer.links, 5);
	assert_int_equal(answer.size, -6);
	assert_int_equal(answer.directory_inode, 7);
	for (size_t length = 0; length < wire.length; length++)
		assert_int_equal(answer_decode(wire.data, length, arena, &answer), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
