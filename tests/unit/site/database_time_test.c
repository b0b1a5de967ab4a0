/* SPDX-License-Identifier: Apache-2.0 */
/* What MariaDB says of its users, and what it never says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/database_time.h"
#include "site/database_time.h"

static void
users_are_read(void **state)
{
	(void)state;
	const char *text = "userstat\t1\n616C6963655F73686F70\t12755598\t61001\n626F62\t0\t0";
	struct database_user user;
	bool counting = false;
	assert_true(database_time_next(&text, &user, &counting));
	assert_true(counting);
	assert_string_equal(user.name, "alice_shop");
	assert_int_equal(user.cpu_us, 12755598);
	assert_int_equal(user.uid, 61001);
	assert_true(database_time_next(&text, &user, &counting));
	assert_string_equal(user.name, "bob");
	assert_false(database_time_next(&text, &user, &counting));
}

static void
what_is_none_is_passed_over(void **state)
{
	(void)state;
	static const char *const lines[] = {"", "\n\n", "\t\t\n", "61\t1\n", "6\t1\t1\n",
	    "6G\t1\t1\n", "6100\t1\t1\n", "61\t-1\t1\n", "61\t1.5\t1\n", "61\t1\t4294967296\n",
	    "61\t99999999999999999999\t1\n", "61\t1\t1\t1\n", "ERROR 1045 (28000)\n",
	    "userstat\t0\n", "\t1\t1\n", "61\t1\t\n"};
	for (size_t i = 0; i < array_length(lines); i++) {
		const char *text = lines[i];
		struct database_user user;
		bool counting = false;
		assert_false(database_time_next(&text, &user, &counting));
		assert_false(counting);
	}
	auto_str longest = {0};
	for (size_t i = 0; i < LONGEST_DATABASE_USER + 1; i++)
		str_add(&longest, "61");
	str_add(&longest, "\t1\t1\n");
	const char *text = str_text(&longest);
	struct database_user user;
	bool counting = false;
	assert_false(database_time_next(&text, &user, &counting));
	text = str_text(&longest) + 2;
	assert_true(database_time_next(&text, &user, &counting));
}

static void
messages_come_back(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct database_use uses[] = {{1001, 2, 5}, {1002, 0, UINT64_MAX}};
	struct database_time time = {true, "why", 7, 9, 2, uses}, found;
	auto_str bytes = {0};
	database_time_encode(&time, &bytes);
	assert_int_equal(database_time_decode(bytes.data, bytes.length, arena, &found), 0);
	assert_true(found.works);
	assert_string_equal(found.why, "why");
	assert_int_equal(found.until, 9);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.uses[1].cpu_ns, UINT64_MAX);
	for (size_t length = 0; length < bytes.length; length++)
		assert_int_not_equal(
		    database_time_decode(bytes.data, length, arena, &found), 0);
	auto_str backwards = {0};
	time.from = 10;
	database_time_encode(&time, &backwards);
	assert_int_not_equal(
	    database_time_decode(backwards.data, backwards.length, arena, &found), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(users_are_read),
	    cmocka_unit_test(what_is_none_is_passed_over),
	    cmocka_unit_test(messages_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
