/* SPDX-License-Identifier: Apache-2.0 */
/* Which words name a service, and what a server's first bytes come to. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/config.h"
#include "model/probe.h"

static uint16_t
port_of(const struct probe *probe)
{
	return ntohs(((const struct sockaddr_in *)&probe->address)->sin_port);
}

static void
words_name_services(void **state)
{
	(void)state;
	const char *list = " http://127.0.0.1  smtp://[2001:db8::1]:2525 ";
	struct probe probe;
	assert_int_equal(probe_next(&list, &probe), 1);
	assert_int_equal(probe.kind, PROBE_HTTP);
	assert_int_equal(probe.address.ss_family, AF_INET);
	assert_int_equal(port_of(&probe), 80);
	assert_int_equal(probe_next(&list, &probe), 1);
	assert_int_equal(probe.kind, PROBE_SMTP);
	assert_string_equal(probe.text, "smtp://[2001:db8::1]:2525");
	assert_int_equal(probe.address.ss_family, AF_INET6);
	assert_int_equal(port_of(&probe), 2525);
	assert_int_equal(probe_next(&list, &probe), 0);
}

static void
the_usual_ones_are_named(void **state)
{
	(void)state;
	const char *list = config_default().services;
	struct probe probe;
	int count = 0, status;
	while ((status = probe_next(&list, &probe)) > 0)
		assert_int_equal(probe.kind, count++);
	assert_int_equal(status, 0);
	assert_int_equal(count, PROBE_COUNT);
}

static void
other_words_are_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {"https", "httpx", "http:/127.0.0.1",
	    "gopher://127.0.0.1", "http://", "http://localhost",
	    "http://127.0.0.1:", "http://127.0.0.1:0", "http://127.0.0.1:65536",
	    "http://127.0.0.1:+80", "http://127.0.0.1:80x", "http://127.0.0.1/", "http://[::1",
	    "http://[::1]x", "http://::1", "http://[127.0.0.1]",
	    "http://[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]"};
	for (size_t i = 0; i < array_length(wrong); i++) {
		const char *at = wrong[i];
		struct probe probe;
		assert_int_equal(probe_next(&at, &probe), -EINVAL);
	}
}

static enum probe_answer
judged(enum probe_kind kind, const char *bytes)
{
	return probe_judge(kind, bytes, strlen(bytes));
}

/* Byte by byte, as they may come. */
static void
first_bytes_are_judged(void **state)
{
	(void)state;
	assert_int_equal(judged(PROBE_HTTP, ""), PROBE_WAITS);
	assert_int_equal(judged(PROBE_HTTP, "HTT"), PROBE_WAITS);
	assert_int_equal(judged(PROBE_HTTP, "HTTP/1.1 503 no"), PROBE_SERVES);
	assert_int_equal(judged(PROBE_HTTP, "SSH-2.0"), PROBE_FAILS);
	assert_int_equal(judged(PROBE_SMTP, "22"), PROBE_WAITS);
	assert_int_equal(judged(PROBE_SMTP, "220-wait"), PROBE_SERVES);
	assert_int_equal(judged(PROBE_SMTP, "5"), PROBE_SERVES);
	assert_int_equal(judged(PROBE_SMTP, "421 too busy"), PROBE_FAILS);
	assert_int_equal(judged(PROBE_FTP, "2"), PROBE_WAITS);
	assert_int_equal(judged(PROBE_POP, "-ERR"), PROBE_FAILS);
	assert_int_equal(judged(PROBE_IMAP, "* OK"), PROBE_SERVES);
	assert_int_equal(judged(PROBE_SSH, "Exceeded MaxStartups"), PROBE_FAILS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_name_services),
	    cmocka_unit_test(the_usual_ones_are_named),
	    cmocka_unit_test(other_words_are_refused),
	    cmocka_unit_test(first_bytes_are_judged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
