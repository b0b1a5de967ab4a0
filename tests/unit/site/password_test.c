/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords: chosen, judged, and as they are kept. */
#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "site/password.h"

static void
test_chosen(void **state)
{
	(void)state;
	auto_str one = {0}, other = {0};
	assert_int_equal(password_choose(&one), 0);
	assert_int_equal(password_choose(&other), 0);
	assert_int_equal(one.length, CHOSEN_PASSWORD);
	assert_string_not_equal(str_text(&one), str_text(&other));
	assert_null(password_wrong(str_text(&one), "alice"));
}

static void
test_judged(void **state)
{
	(void)state;
	assert_null(password_wrong("correct horse", "alice"));
	assert_non_null(password_wrong("short", "alice"));
	assert_non_null(password_wrong("", "alice"));
	assert_non_null(password_wrong("my-ALICE-2027", "alice"));
	assert_non_null(password_wrong("aaaaaaaaaaaa", "alice"));
	assert_non_null(password_wrong("ten chars\n", "alice"));
}

static void
test_kept(void **state)
{
	(void)state;
	auto_str crypted = {0}, mysql = {0};
	assert_int_equal(password_crypt("correct horse", &crypted), 0);
	assert_null(strstr(str_text(&crypted), "horse"));
	struct crypt_data data = {0};
	assert_string_equal(
	    crypt_r("correct horse", str_text(&crypted), &data), str_text(&crypted));
	assert_string_not_equal(
	    crypt_r("correct house", str_text(&crypted), &data), str_text(&crypted));
	/* SELECT PASSWORD('password'), as every MySQL since 4.1 gives it. */
	password_mysql("password", &mysql);
	assert_string_equal(str_text(&mysql), "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_chosen),
	    cmocka_unit_test(test_judged),
	    cmocka_unit_test(test_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
