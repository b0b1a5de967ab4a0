/* SPDX-License-Identifier: Apache-2.0 */
/* Which part of a mail is infected, and that nobody waits for the answer as long as its author
 * likes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fake_clamd.h"
#include "gates/mail_scan.h"

enum { PATIENCE = 1200 /* ms */ };

struct heard {
	struct event_base *loop;
	int times;
	enum clamd_verdict verdict;
	char words[100], part[100];
};

static void
done(void *context, enum clamd_verdict verdict, const char *words, const char *part)
{
	struct heard *heard = context;
	heard->times++;
	heard->verdict = verdict;
	snprintf(heard->words, sizeof(heard->words), "%s", words);
	snprintf(heard->part, sizeof(heard->part), "%s", part);
	event_base_loopbreak(heard->loop);
}

static struct mail_text *
letter(void)
{
	static const char part[] = "--b\r\nContent-Type: x/y; name=file\r\n\r\nbytes\r\n";
	struct mail_text *text = mail_text_new();
	mail_text_header(text, "Content-Type", " multipart/mixed; boundary=b");
	mail_text_end_headers(text);
	for (int i = 0; i < 8; i++)
		mail_text_body(text, part, strlen(part));
	mail_text_body(text, "--b--\r\n", strlen("--b--\r\n"));
	return text;
}

/* Gives how long it took, ms. */
static int64_t
scan(const char *says, struct heard *heard)
{
	struct event_base *loop = event_base_new();
	struct fake_clamd fake;
	fake_clamd_begin(&fake, loop, says);
	struct clamd *clamd = clamd_new(loop, fake.path, PATIENCE);
	struct mail_text *text = letter();
	int64_t begin = clock_boot();
	*heard = (struct heard){.loop = loop};
	assert_non_null(mail_scan_new(clamd, text, done, heard));
	event_base_dispatch(loop);
	assert_int_equal(heard->times, 1);
	int64_t took = clock_boot() - begin;
	mail_text_free(text);
	clamd_free(clamd);
	fake_clamd_end(&fake);
	event_base_free(loop);
	return took;
}

static void
test_the_part(void **state)
{
	(void)state;
	struct heard heard;
	scan("c", &heard);
	assert_int_equal(heard.verdict, CLAMD_CLEAN);
	scan("fcf", &heard);
	assert_int_equal(heard.verdict, CLAMD_FOUND);
	assert_string_equal(heard.words, "A.Virus");
	assert_string_equal(heard.part, "part 2 (file)");
	scan("fc", &heard);
	assert_int_equal(heard.verdict, CLAMD_FOUND);
	assert_string_equal(heard.part, "");
	/* It was there a moment ago. */
	scan("fh", &heard);
	assert_int_equal(heard.verdict, CLAMD_FOUND);
}

static void
test_no_verdict(void **state)
{
	(void)state;
	struct heard heard;
	scan("e", &heard);
	assert_int_equal(heard.verdict, CLAMD_FAILED);
	scan("h", &heard);
	assert_int_equal(heard.verdict, CLAMD_AWAY);
	assert_true(scan("s", &heard) >= PATIENCE);
	assert_int_equal(heard.verdict, CLAMD_FAILED);
	assert_string_equal(heard.words, "no answer in time");
}

/* Each of eight parts takes for ever. */
static void
test_slow_parts(void **state)
{
	(void)state;
	struct heard heard;
	int64_t took = scan("fs", &heard);
	assert_int_equal(heard.verdict, CLAMD_FOUND);
	assert_string_equal(heard.words, "A.Virus");
	assert_string_equal(heard.part, "");
	assert_true(took < PATIENCE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_part),
	    cmocka_unit_test(test_no_verdict),
	    cmocka_unit_test(test_slow_parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
