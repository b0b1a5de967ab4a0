/* SPDX-License-Identifier: Apache-2.0 */
/* Queue files as Postfix writes them, and as nobody does. */
#include "gates/queue_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"

static const uint32_t untouched = 7;

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
ask_bytes(const void *bytes, size_t length, struct handed_in *ret_handed)
{
	auto_fd int fd = memfd_create("queue", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	*ret_handed = (struct handed_in){.uid = untouched};
	int status = queue_file_read(fd, ret_handed);
	assert_true(!status || ret_handed->uid == untouched);
	return status;
}

static int
ask(const struct str *file, uint32_t *ret_uid)
{
	struct handed_in handed;
	int status = ask_bytes(file->data, file->length, &handed);
	*ret_uid = handed.uid;
	return status;
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
		struct handed_in handed;
		int status = ask_bytes(file.data, length, &handed);
		assert_true(status ? status == -EBADMSG
				   : handed.uid == 61001 && handed.at == 1795710020123);
	}
}

/* The message begins behind all of them, far behind what is read at once. */
static void
test_many_recipients(void **state)
{
	(void)state;
	auto_str file = {0};
	uint32_t uid = 0;
	char recipient[100];
	add_record(&file, 'T', "1795710020 123456");
	for (int i = 0; i < 20000; i++) {
		snprintf(recipient, sizeof(recipient), "somebody-%d@%060d.example", i, i);
		add_record(&file, 'A', "dsn_orig_rcpt=rfc822;somebody");
		add_record(&file, 'O', recipient);
		add_record(&file, 'R', recipient);
	}
	assert_true(file.length > 2 << 20);
	add_record(&file, 'M', "");
	add_record(&file, 'N', "Received: by common.example (Postfix, from userid 61001)");
	assert_int_equal(ask(&file, &uid), 0);
	assert_int_equal(uid, 61001);
}

/* Somebody who takes a file for an envelope does not keep us. */
static void
test_no_end(void **state)
{
	(void)state;
	auto_fd int fd = memfd_create("queue", MFD_CLOEXEC);
	static const char step[] = {'A', '\xff', '\xff', '\xff', '\x3f'}; /* over 128 MiB */
	struct handed_in handed;
	assert_int_equal(write(fd, step, sizeof(step)), sizeof(step));
	assert_int_equal(ftruncate(fd, 512 << 20), 0);
	assert_int_equal(queue_file_read(fd, &handed), -EBADMSG);
}

static void
test_from_elsewhere(void **state)
{
	(void)state;
	static const char *const firsts[] = {
	    "Received: from mail.example (mail.example [192.0.2.1])",
	    "Received: by common.example",
	    "received: by common.example (Postfix)",
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
		uint32_t uid;
		begin(&file);
		add_record(&file, 'N', firsts[i]);
		add_record(
		    &file, 'N', "Received: by common.example (Postfix, from userid 61001)");
		assert_int_equal(ask(&file, &uid), -EBADMSG);
	}
	/* One that forges the envelope's end in an address. */
	str_clear(&file);
	add_record(&file, 'S', "M");
	add_record(&file, 'R', "Received: by common.example (Postfix, from userid 61001)");
	add_record(&file, 'M', "");
	add_record(&file, 'L', "Received: by common.example (Postfix, from userid 61001)");
	uint32_t uid;
	assert_int_equal(ask(&file, &uid), -EBADMSG);
}

/* A bounce, say: what it is about comes behind, with headers of others. */
static void
test_the_servers_own(void **state)
{
	(void)state;
	auto_str file = {0};
	uint32_t uid;
	begin(&file);
	add_record(&file, 'N', "Received: by common.example (Postfix)");
	add_record(&file, 'N', "\tid 4F00BA; Thu, 26 Nov 2026 17:00:00 +0000 (UTC)");
	add_record(&file, 'N', "Received: by common.example (Postfix, from userid 61001)");
	assert_int_equal(ask(&file, &uid), -ENOENT);
}

static void
test_no_queue_file(void **state)
{
	(void)state;
	struct handed_in handed;
	assert_int_equal(ask_bytes("", 0, &handed), -EBADMSG);
	assert_int_equal(ask_bytes("M", 1, &handed), -EBADMSG);
	assert_int_equal(ask_bytes("M\xff\xff\xff\xff\xff", 6, &handed), -EBADMSG);
	assert_int_equal(ask_bytes("M\x00N\x05R", 5, &handed), -EBADMSG);
	assert_int_equal(queue_file_read(-1, &handed), -EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_from_a_program),
	    cmocka_unit_test(test_many_recipients),
	    cmocka_unit_test(test_no_end),
	    cmocka_unit_test(test_from_elsewhere),
	    cmocka_unit_test(test_the_servers_own),
	    cmocka_unit_test(test_no_queue_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
