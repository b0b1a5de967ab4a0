/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the kernel's tables of connections, IPv4 and IPv6, and what is no connection any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "sensors/mail_peek.h"

#define REST " 01 00000000:00000000 00:00000000 00000000 61001        0 4711 1 0000000000000000 20 4 30 10 -1"
#define GONE " 06 00000000:00000000 03:0000014F 00000000     0        0 0 3 0000000000000000"

static const struct mail_question four = {
    .kind = MAIL_BY_CONNECTION,
    .client = {"127.0.0.1", 0x8234},
    .here = {"127.0.0.1", 25},
};

static const struct mail_question six = {
    .kind = MAIL_BY_CONNECTION,
    .client = {"::1", 0x8234},
    .here = {"::1", 25},
};

static void
expect(const char *line, const struct mail_question *question, int status)
{
	uint32_t uid = 0;
	assert_int_equal(mail_peek_line(line, question, &uid), status);
	assert_int_equal(uid, status ? 0 : 61001);
}

static void
test_lines(void **state)
{
	(void)state;
	expect("   3: 0100007F:8234 0100007F:0019" REST, &four, 0);
	/* The server's end, and another connection of the same port. */
	expect("   3: 0100007F:0019 0100007F:8234" REST, &four, -ESRCH);
	expect("   3: 0100007F:8234 0200007F:0019" REST, &four, -ESRCH);
	expect("   3: 0100007F:8234 0100007F:1F90" REST, &four, -ESRCH);
	expect("  12: 00000000000000000000000001000000:8234 00000000000000000000000001000000:0019" REST,
	    &six, 0);
	expect("  12: 0000000000000000FFFF00000100007F:8234 0000000000000000FFFF00000100007F:0019" REST,
	    &four, 0);
	expect("  12: 00000000000000000000000001000000:8234 00000000000000000000000001000000:0019" REST,
	    &four, -ESRCH);
}

static void
test_nobody(void **state)
{
	(void)state;
	expect("   3: 0100007F:8234 0100007F:0019" GONE, &four, -ESRCH);
	expect("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when", &four, -ESRCH);
	expect("", &four, -ESRCH);
	expect("   3: 0100007F:8234 0100007F:0019 01 0", &four, -ESRCH);
	const struct mail_question untold = {.kind = MAIL_BY_CONNECTION};
	expect("   3: 00000000:0000 00000000:0000" REST, &untold, -ESRCH);
}

/* The address comes first, then what it is; networks have addresses, too. */
static void
test_own_addresses(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "Main:",
	    "  +-- 0.0.0.0/0 3 0 5",
	    "     |-- 192.0.2.0",
	    "        /24 link UNICAST",
	    "     |-- 192.0.2.2",
	    "        /32 host LOCAL",
	    "     |-- 192.0.2.255",
	    "        /32 link BROADCAST",
	};
	static const struct {
		const char *address;
		bool own;
	} wanted[] = {{"192.0.2.2", true}, {"192.0.2.0", false}, {"192.0.2.255", false},
	    {"192.0.2.22", false}, {"", false}};
	for (size_t i = 0; i < array_length(wanted); i++) {
		char held[LONGEST_ADDRESS + 1] = "";
		bool found = false;
		for (size_t n = 0; n < array_length(lines); n++)
			found |= mail_peek_own4(lines[n], held, wanted[i].address);
		assert_int_equal(found, wanted[i].own);
	}
	static const char line[] = "fd000000000000000000000000000002 04 40 00 82     eth0";
	struct in6_addr own = {.s6_addr = {0xfd, [15] = 2}};
	assert_true(mail_peek_own6(line, &own));
	assert_false(mail_peek_own6("fd00", &own));
	assert_false(mail_peek_own6("", &own));
	own.s6_addr[15] = 3;
	assert_false(mail_peek_own6(line, &own));
}

/* A server of root's own queue, as the test is: its files come and go, and that says nothing. */
static void
test_gone(void **state)
{
	(void)state;
	char folder[] = "/tmp/hayward-peek-XXXXXX";
	struct mail_question question = {
	    .kind = MAIL_BY_QUEUE_FILE, .pid = (uint32_t)getpid(), .queue_id = "4F00BA"};
	struct mail_answer answer;
	if (geteuid())
		skip();
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("incoming", 0700), 0);
	assert_int_equal(mail_peek(-1, &question, &answer), -1);
	assert_int_equal(answer.status, -ESTALE);
	close(open("incoming/4F00BA", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	int fd = mail_peek(-1, &question, &answer);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(answer.status, 0);
	assert_int_equal(unlink("incoming/4F00BA"), 0);
	assert_int_equal(rmdir("incoming"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
	/* No process has that number. */
	question.pid = INT32_MAX;
	assert_int_equal(mail_peek(-1, &question, &answer), -1);
	assert_int_equal(answer.status, -ESTALE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_nobody),
	    cmocka_unit_test(test_own_addresses),
	    cmocka_unit_test(test_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
