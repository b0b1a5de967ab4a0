/* SPDX-License-Identifier: Apache-2.0 */
/* What a miner says, and what others say that sounds like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sensors/mining.h"

#define HASH "00000000a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c"

static unsigned
shares(const char *text)
{
	return mining_shares(text, strlen(text));
}

static void
test_dialects(void **state)
{
	(void)state;
	assert_int_equal(shares("{\"id\":4,\"method\":\"mining.submit\",\"params\":"
				"[\"w.1\",\"bf\",\"00000001\",\"504e86ed\",\"b2957c02\"]}\n"),
	    1);
	assert_int_equal(
	    shares("{\"method\":\"mining.submit\",\"params\":[\"w\",\"7\",\"0x1f2e\"]}"), 1);
	assert_int_equal(
	    shares("{\"id\":2,\"jsonrpc\":\"2.0\",\"method\":\"submit\",\"params\":"
		   "{\"id\":\"1\",\"job_id\":\"4BiGm3\",\"nonce\":\"d0030040\",\"result\":\"" HASH
		   "\"}}"),
	    1);
	assert_int_equal(shares("{\"method\":\"eth_submitWork\",\"params\":"
				"[\"0x0000000000000001\",\"0x" HASH "\",\"0x" HASH "\"]}"),
	    1);
	assert_int_equal(
	    shares("{\"method\":\"mining.submit\",\"params\":[\"w\",\"7\",\"1f2e\"]}\r\n"
		   "{\"method\":\"mining.submit\",\"params\":[\"w\",\"7\",\"1f2f\"]}\n{\"meth"),
	    2);
}

static void
test_others(void **state)
{
	(void)state;
	static const char *const said[] = {
	    "",
	    "{",
	    "{}",
	    "[\"mining.submit\"]",
	    "{\"method\":\"mining.subscribe\",\"params\":[\"statistics/1.0\"]}",
	    "{\"method\":\"mining.authorize\",\"params\":[\"w\",\"x\"]}",
	    "{\"method\":\"mining.submit\",\"params\":[\"coal\",\"copper\",\"none\",\"ore\"]}",
	    "{\"method\":\"mining.submit\",\"params\":{}}",
	    "{\"method\":\"login\",\"params\":{\"login\":\"me\",\"pass\":\"x\"}}",
	    "{\"method\":\"submit\",\"params\":{\"job_id\":\"7\",\"command\":\"sleep\"}}",
	    "{\"method\":\"submit\",\"params\":{\"job_id\":\"7\",\"nonce\":\"00000001\","
	    "\"result\":\"pending\"}}",
	    "{\"method\":\"submit\",\"params\":[\"job_id\",\"nonce\",\"result\"]}",
	    "{\"method\":\"eth_submitWork\",\"params\":[\"0x1\",\"0x2\",\"0x3\"]}",
	    "{\"method\":7,\"params\":7}",
	    "{\"text\":\"{\\\"method\\\":\\\"mining.submit\\\"}\"}",
	};
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		assert_int_equal(shares(said[i]), 0);
}

static struct mining_said
share_on(uint64_t call)
{
	static const char text[] =
	    "{\"method\":\"mining.submit\",\"params\":[\"w\",\"7\",\"1f2e\"]}\n";
	struct mining_said said = {.call = call, .length = sizeof(text) - 1};
	said.who.sign = ATTACK_MINES;
	memcpy(said.text, text, sizeof(text) - 1);
	return said;
}

static void
test_connections(void **state)
{
	(void)state;
	struct mining mining = {0};
	struct mining_said first = share_on(1), other = share_on(2);
	assert_true(mining_is_said(&first, sizeof(first)));
	assert_false(mining_hear(&mining, &first));
	assert_false(mining_hear(&mining, &other));
	assert_false(mining_hear(&mining, &first));
	assert_false(mining_hear(&mining, &other));
	assert_true(mining_hear(&mining, &first));
	/* It is told once. */
	assert_false(mining_hear(&mining, &first));
	/* Whoever makes many connections drives out those that say nothing, his own first. */
	for (uint64_t call = 3; call < 3 + 2 * MINING_CALLS; call++) {
		struct mining_said new = share_on(call);
		assert_false(mining_hear(&mining, &new));
		if (call % 16 == 0)
			assert_int_equal(mining_hear(&mining, &other), call == 16);
	}
}

static void
test_nonsense(void **state)
{
	(void)state;
	struct mining_said said = share_on(1);
	assert_false(mining_is_said(&said, sizeof(said) - 1));
	said.length = MINING_TEXT + 1;
	assert_false(mining_is_said(&said, sizeof(said)));
	said = share_on(1);
	said.who.sign = ATTACK_BOMB;
	assert_false(mining_is_said(&said, sizeof(said)));
	/* A name without an end. */
	said = share_on(1);
	memset(said.who.program, 'x', sizeof(said.who.program));
	assert_false(mining_is_said(&said, sizeof(said)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dialects),
	    cmocka_unit_test(test_others),
	    cmocka_unit_test(test_connections),
	    cmocka_unit_test(test_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
