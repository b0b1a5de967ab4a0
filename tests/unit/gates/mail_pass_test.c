/* SPDX-License-Identifier: Apache-2.0 */
/* A pass is good for the mail that it was written for, for a while, and for no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "gates/mail_pass.h"

enum { NOW = 1764190000 };

static const uint8_t key[MAIL_PASS_KEY] = "a key of thirty-two bytes, or so";
static const struct mail_pass alices = {20001, NOW, "HW-6927-1f"};

static struct mail_body
body_of(const char *text)
{
	struct mail_body body;
	mail_body_begin(&body);
	mail_body_add(&body, text, strlen(text));
	return body;
}

static void
write_pass(const struct mail_pass *pass, const char *text, struct str *out)
{
	struct mail_body body = body_of(text);
	mail_pass_write(key, pass, &body, out);
}

static bool
reads_at(const uint8_t *with, const char *value, const char *text, int64_t now,
    struct mail_pass *ret_pass)
{
	struct mail_body body = body_of(text);
	return mail_pass_read(with, value, now, &body, ret_pass);
}

static bool
reads(const char *value, const char *text)
{
	struct mail_pass pass;
	return reads_at(key, value, text, NOW, &pass);
}

static void
test_own_mail(void **state)
{
	(void)state;
	auto_str value = {0};
	struct mail_pass pass;
	write_pass(&alices, "Dear Bob,\r\nhello.\r\n", &value);
	assert_true(reads_at(
	    key, str_text(&value), "Dear Bob,\r\nhello.\r\n", NOW + 3600, &pass));
	assert_int_equal(pass.uid, 20001);
	assert_int_equal(pass.at, NOW);
	assert_string_equal(pass.reference, "HW-6927-1f");
	/* A mail server breaks long lines, and folds headers. */
	assert_true(reads(str_text(&value), "Dear\r\n Bob,hello."));
	auto_str folded = {0};
	for (const char *at = str_text(&value); *at; at++)
		str_add(&folded, *at == ' ' ? "\r\n\t" : (char[]){*at, 0});
	assert_true(reads(str_text(&folded), "Dear Bob, hello."));
}

static void
test_pieces(void **state)
{
	(void)state;
	static const char text[] = "One  line\r\nand another, \t of words\r\n";
	struct mail_body body;
	struct mail_pass pass;
	auto_str value = {0};
	mail_body_begin(&body);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		mail_body_add(&body, text + i, 1);
	mail_pass_write(key, &alices, &body, &value);
	assert_true(reads_at(key, str_text(&value), text, NOW, &pass));
}

static void
test_others(void **state)
{
	(void)state;
	auto_str value = {0};
	struct mail_pass pass;
	uint8_t other[MAIL_PASS_KEY] = {0};
	write_pass(&alices, "hello", &value);
	assert_false(reads(str_text(&value), "hello and goodbye"));
	assert_false(reads_at(other, str_text(&value), "hello", NOW, &pass));
	assert_false(reads_at(key, str_text(&value), "hello", NOW + MAIL_PASS_LASTS + 1, &pass));
	assert_false(reads_at(key, str_text(&value), "hello", NOW - 3600, &pass));
	/* Each byte of it counts. */
	for (size_t i = 0; i < value.length; i++) {
		char was = value.data[i];
		value.data[i] = was == '1' ? '2' : '1';
		assert_false(reads(str_text(&value), "hello"));
		value.data[i] = was;
	}
	str_add(&value, "0");
	assert_false(reads(str_text(&value), "hello"));
}

static void
test_nonsense(void **state)
{
	(void)state;
	static const char *const values[] = {
	    "",
	    "uid=20001",
	    "uid=20001; at=1764190000; reference=HW-1; seal=",
	    "uid=99999999999999999999; at=99999999999999999999999; reference=x; seal=00",
	    "uid=20001; at=1764190000; reference=a\x1b[2J; seal="
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "uid=-1; at=-1; reference=HW-1; seal="
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "%s%n%s%n",
	};
	for (size_t i = 0; i < array_length(values); i++)
		assert_false(reads(values[i], "hello"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_own_mail),
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_others),
	    cmocka_unit_test(test_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
