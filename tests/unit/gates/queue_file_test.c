/* SPDX-License-Identifier: Apache-2.0 */
/* Queue files as Postfix writes them, and as nobody does. */
#include "gates/queue_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void
add_record(struct str *out, char type, const char *text)
{
	size_t length = strlen(text);
	str_add_char(out, type);
	for (; length > 0x7f; length >>= 7)
		str_add_char(out, (char)((length & 0x7f) | 0x80));
	str_add_char(out, (char)length);
	str_add(out, text);
}

static void
begin(struct str *out)
{
	str_clear(out);
	add_record(out, 'C', "            500             300               1");
	add_record(out, 'T', "1795710020 123456");
	add_record(out, 'A', "log_client_name=localhost");
	add_record(out, 'S', "alice@common.example");
	add_record(out, 'R', "bob@elsewhere.example");
	add_record(out, 'M', "");
}

static int
ask(const struct str *file, uint32_t *ret_uid)
{
	return queue_file_uid(file->data, file->length, ret_uid);
}

static void
test_from_a_program(void **state)
{
	(void)state;
	auto_str file = {0};
	uint32_t uid = 0;
	begin(&file);
	add_record(&file, 'N', "Received: by common.example (Postfix, from userid 61001)");
	add_record(&file, 'N', "\tid 4F00BA; Thu, 26 Nov 2026 17:00:00 +0000 (UTC)");
	add_record(&file, 'N', "Received: by common.example (Postfix, from userid 0)");
	assert_int_equal(ask(&file, &uid), 0);
	assert_int_equal(uid, 61001);
	/* Its operator calls it as he likes. */
	auto_str named = {0};
	begin(&named);
	add_record(&named, 'N', "Received: by web.example.net (a, from userid 7), from userid 61002)");
	assert_int_equal(ask(&named, &uid), 0);
	assert_int_equal(uid, 61002);
	for (size_t length = 0; length < file.length; length++) {
		uid = 7;
		int status = queue_file_uid(file.data, length, &uid);
		assert_true(status ? status == -EBADMSG && uid == 7 : uid == 61001);
	}
}

static void
test_from_elsewhere(void **state)
{
	(void)state;
	static const char *const firsts[] = {
	    "Received: from mail.example (mail.example [192.0.2.1])",
	    "Received: by common.example (Postfix, from userid )",
	    "Received: by common.example (Postfix, from userid 61001) x",
	    "Received: by common.example (Postfix, from userid -1)",
	    "Received: by common.example (Postfix, from userid 4294967295)",
	    "Received: by common.example (Postfix, from userid 99999999999)",
	    "Received: by a b (Postfix, from userid 61001)",
	    "Subject: Received: by common.example (Postfix, from userid 61001)",
	    "",
	};
	auto_str file = {0};
	for (size_t i = 0; i < array_length(firsts); i++) {
		uint32_t uid = 7;
		begin(&file);
		add_record(&file, 'N', firsts[i]);
		add_record(
		    &file, 'N', "Received: by common.example (Postfix, from userid 61001)");
		assert_int_equal(ask(&file, &uid), -ENOENT);
		assert_int_equal(uid, 7);
	}
	/* One that forges the envelope's end in an address. */
	str_clear(&file);
	add_record(&file, 'S', "M");
	add_record(&file, 'R', "Received: by common.example (Postfix, from userid 61001)");
	add_record(&file, 'M', "");
	add_record(&file, 'L', "Received: by common.example (Postfix, from userid 61001)");
	uint32_t uid = 7;
	assert_int_equal(ask(&file, &uid), -ENOENT);
}

static void
test_no_queue_file(void **state)
{
	(void)state;
	uint32_t uid = 7;
	assert_int_equal(queue_file_uid("", 0, &uid), -EBADMSG);
	assert_int_equal(queue_file_uid("M", 1, &uid), -EBADMSG);
	assert_int_equal(queue_file_uid("M\xff\xff\xff\xff\xff", 6, &uid), -EBADMSG);
	assert_int_equal(queue_file_uid("M\x00N\x05R", 5, &uid), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_from_a_program),
	    cmocka_unit_test(test_from_elsewhere),
	    cmocka_unit_test(test_no_queue_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
