/* SPDX-License-Identifier: Apache-2.0 */
/* What rspamd's answers say, and that nothing else says anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gates/rspamd.h"

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"

static struct score
answer(const char *text)
{
	return rspamd_answer(text, strlen(text));
}

static void
test_scores(void **state)
{
	(void)state;
	struct score score =
	    answer(HEAD "{\"is_skipped\":false,\"score\":17.324,\"required_score\":15.0,"
			"\"action\":\"reject\",\"symbols\":{}}");
	assert_true(score.is_known && score.refuses);
	assert_int_equal(score.points, 1732);
	assert_int_equal(score.most, 1500);
	score = answer(HEAD "{\"score\":-3.5,\"required_score\":15,\"action\":\"no action\"}");
	assert_true(score.is_known && !score.refuses);
	assert_int_equal(score.points, -350);
	/* By a rule of its own, whatever the points. */
	score = answer(HEAD "{\"score\":0.0,\"required_score\":15.0,\"action\":\"reject\"}");
	assert_true(score.is_known && score.refuses);
}

static void
test_nothing(void **state)
{
	(void)state;
	static const char *const answers[] = {
	    "",
	    "HTTP/1.1 200 OK\r\n",
	    HEAD,
	    HEAD "{",
	    HEAD "[1,2]",
	    HEAD "{\"score\":\"17\",\"required_score\":15}",
	    HEAD "{\"score\":17}",
	    HEAD "{\"score\":1e300,\"required_score\":15}",
	    HEAD "{\"score\":17,\"required_score\":0}",
	    HEAD "{\"score\":17,\"required_score\":-1}",
	    "HTTP/1.1 500 "
	    "Internal\r\n\r\n{\"score\":17,\"required_score\":15,\"action\":\"reject\"}",
	    "HTTP/1.1 403 Forbidden\r\n\r\n{\"error\":\"no\"}",
	};
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct score score = answer(answers[i]);
		assert_false(score.is_known);
		assert_false(score.refuses);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scores),
	    cmocka_unit_test(test_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
