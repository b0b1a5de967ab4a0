/* SPDX-License-Identifier: Apache-2.0 */
/* Destinations in one form, and passwords that are proven without being told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "site/destination.h"
#include "site/password.h"

static int
parse(const char *role, const char *address, const char *port, struct str *out)
{
	auto_str why = {0};
	int status = site_destination_parse(role, address, port, out, &why);
	assert_true(status == 0 || why.length > 0);
	return status;
}

static void
comes_back_as_it_was(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str text = {0}, six = {0};
	struct book_opening opening;
	assert_int_equal(parse("", "192.0.2.7", "5432/tcp", &text), 0);
	assert_string_equal(str_text(&text), "shell 192.0.2.7 5432/tcp");
	assert_int_equal(site_destination_read(str_text(&text), arena, &opening), 0);
	assert_int_equal(opening.role, ROLE_SHELL);
	assert_int_equal(opening.protocol, PROTOCOL_TCP);
	assert_int_equal(opening.port, 5432);
	assert_string_equal(opening.address, "192.0.2.7");
	assert_int_equal(parse("web", "2001:DB8:0::7", "53/udp", &six), 0);
	assert_string_equal(str_text(&six), "web 2001:db8::7 53/udp");
}

static void
nothing_else_is_one(void **state)
{
	(void)state;
	static const struct {
		const char *role, *address, *port;
	} wrong[] = {
	    {"mail", "192.0.2.7", "1/tcp"},
	    {"nowhere", "192.0.2.7", "1/tcp"},
	    {"", "db.example", "1/tcp"},
	    {"", "192.0.2.7 accept", "1/tcp"},
	    {"", "192.0.2.0/24", "1/tcp"},
	    {"", "192.0.2.7", "0/tcp"},
	    {"", "192.0.2.7", "1-9/tcp"},
	    {"", "192.0.2.7", "65536/tcp"},
	    {"", "192.0.2.7", "1/sctp"},
	    {"", "", ""},
	};
	for (size_t i = 0; i < array_length(wrong); i++) {
		auto_str text = {0};
		assert_int_not_equal(
		    parse(wrong[i].role, wrong[i].address, wrong[i].port, &text), 0);
		assert_int_equal(text.length, 0);
	}
	auto_arena struct arena *arena = arena_new();
	struct book_opening opening;
	static const char *const texts[] = {"", "shell", "shell 192.0.2.7",
	    "shell 192.0.2.7 1/tcp x", " shell 192.0.2.7 1/tcp", "web 2001:DB8::7 53/udp"};
	for (size_t i = 0; i < array_length(texts); i++)
		assert_int_not_equal(site_destination_read(texts[i], arena, &opening), 0);
}

static void
only_who_knows_it_proves_it(void **state)
{
	(void)state;
	auto_str crypted = {0}, setting = {0}, good = {0}, bad = {0};
	assert_int_equal(password_crypt("a long secret", &crypted), 0);
	assert_true(password_is_crypted(str_text(&crypted)));
	assert_int_equal(password_setting(str_text(&crypted), &setting), 0);
	assert_true(setting.length < crypted.length);
	assert_int_equal(password_prove("a long secret", str_text(&setting), &good), 0);
	assert_int_equal(password_prove("another one", str_text(&setting), &bad), 0);
	assert_true(password_is_proof(str_text(&crypted), str_text(&good)));
	assert_false(password_is_proof(str_text(&crypted), str_text(&bad)));
	assert_false(password_is_proof(str_text(&crypted), str_text(&setting)));
	assert_false(password_is_proof("", ""));
}

static void
no_line_of_a_list_is_a_hash(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "", "plain", "!", "*", "$6$salt:0:0", "$6$salt\nroot", "$6$sa lt"};
	for (size_t i = 0; i < array_length(wrong); i++)
		assert_false(password_is_crypted(wrong[i]));
	auto_str setting = {0};
	assert_int_not_equal(password_setting("$", &setting), 0);
	assert_int_not_equal(password_setting("plain", &setting), 0);
	assert_int_equal(setting.length, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comes_back_as_it_was),
	    cmocka_unit_test(nothing_else_is_one),
	    cmocka_unit_test(only_who_knows_it_proves_it),
	    cmocka_unit_test(no_line_of_a_list_is_a_hash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
