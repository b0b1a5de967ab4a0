/* SPDX-License-Identifier: Apache-2.0 */
/* A queue is told in short, however full it is and whatever senders have put into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "site/queue_lines.h"

/* As Postfix has it, postqueue(1): the recipients are told last. */
static void
add_head(struct str *out, const char *queue, const char *id)
{
	str_addf(out,
	    "{\"queue_name\": \"%s\", \"queue_id\": \"%s\", \"arrival_time\": 1795000000, "
	    "\"message_size\": 305, \"forced_expire\": false, \"sender\": "
	    "\"alice@common.example\", \"recipients\": [",
	    queue, id);
}

static void
add_recipient(struct str *out, size_t number, const char *reason)
{
	str_addf(out,
	    "%s{\"address\": \"nobody-%zu@elsewhere.example\", \"delay_reason\": \"%s\"}",
	    number ? ", " : "", number, reason);
}

static void
add_mail(struct str *out, const char *queue, const char *id, size_t recipients)
{
	add_head(out, queue, id);
	for (size_t i = 0; i < recipients; i++)
		add_recipient(out, i, "connect to elsewhere.example[192.0.2.1]:25: refused");
	str_add(out, "]}\n");
}

/* In pieces of that size. */
static void
tell(const struct str *said, size_t piece, bool was_all, struct str *out)
{
	struct queue_lines *lines = queue_lines_new();
	for (size_t at = 0; at < said->length; at += piece)
		queue_lines_read(lines, said->data + at,
		    said->length - at < piece ? said->length - at : piece);
	queue_lines_tell(lines, was_all, out);
	queue_lines_free(lines);
}

#define SHORT(queue, id, count)                                                                \
	"{\"queue_id\":\"" id "\",\"queue_name\":\"" queue                                     \
	"\",\"sender\":\"alice@common.example\",\"arrival_time\":1795000000,"                  \
	"\"message_size\":305,\"recipients\":[{\"address\":\"nobody-0@elsewhere.example\","    \
	"\"delay_reason\":\"connect to elsewhere.example[192.0.2.1]:25: refused\"}],"          \
	"\"recipient_count\":" count "}\n"

static void
test_short(void **state)
{
	(void)state;
	auto_str said = {0};
	add_mail(&said, "deferred", "7A3F", 3);
	add_mail(&said, "active", "7A40", 1);
	add_mail(&said, "hold", "7A41", 2);
	for (size_t piece = 1; piece < said.length; piece = piece * 3 + 1) {
		auto_str out = {0};
		tell(&said, piece, true, &out);
		assert_string_equal(str_text(&out),
		    SHORT("hold", "7A41", "2") SHORT("deferred", "7A3F", "3")
			SHORT("active", "7A40", "1"));
	}
	auto_str empty = {0}, nothing = {0};
	tell(&empty, 1, true, &nothing);
	assert_int_equal(nothing.length, 0);
}

/* Thousands of recipients are one line that is longer than all that may be told. */
static void
test_many_recipients(void **state)
{
	(void)state;
	auto_str said = {0}, out = {0};
	add_mail(&said, "deferred", "7A3F", 7500);
	add_mail(&said, "active", "7A40", 1);
	assert_true(said.length > 3 * MOST_QUEUE);
	tell(&said, 4096, true, &out);
	assert_string_equal(
	    str_text(&out), SHORT("deferred", "7A3F", "7500") SHORT("active", "7A40", "1"));
}

static size_t
lines_of(const char *text)
{
	size_t count = 0;
	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void
test_many_mails(void **state)
{
	(void)state;
	enum { MAILS = 5000 };
	auto_str said = {0}, out = {0};
	for (int i = 0; i < MAILS; i++) {
		auto_str id = {0};
		str_addf(&id, "%X", 0x1000 + i);
		add_mail(&said, "deferred", str_text(&id), 1);
	}
	/* Postfix tells it last; it waits for staff. */
	add_mail(&said, "hold", "7A41", 2);
	assert_true(said.length > 1024 * 1024);
	tell(&said, 4096, true, &out);
	assert_true(out.length <= MOST_QUEUE + 1024);
	assert_true(text_starts_with(str_text(&out), SHORT("hold", "7A41", "2")));
	const char *more = strstr(str_text(&out), "{\"more\":");
	assert_non_null(more);
	long left = strtol(more + 8, NULL, 10);
	size_t told = lines_of(str_text(&out)) - 2;
	assert_true(told > 500);
	assert_int_equal(left + (long)told, MAILS);
	assert_true(text_ends_with(str_text(&out), "}\n"));
}

/* Brackets and quotes in what a stranger wrote are no brackets. */
static void
test_hostile_words(void **state)
{
	(void)state;
	auto_str said = {0}, out = {0};
	add_head(&said, "deferred", "7A3F");
	add_recipient(&said, 0, "]}\\\"}]{\\\\");
	add_recipient(&said, 1, "{[{\\\\\\\"[");
	add_recipient(&said, 2, "x");
	str_add(&said, "]}\n");
	add_mail(&said, "active", "7A40", 1);
	tell(&said, 7, true, &out);
	assert_non_null(strstr(str_text(&out), "\"delay_reason\":\"]}\\\"}]{\\\\\""));
	assert_non_null(strstr(str_text(&out), "\"recipient_count\":3}\n"));
	assert_true(text_ends_with(str_text(&out), SHORT("active", "7A40", "1")));
}

/* What is long is cut, in whole characters; what is no line of Postfix's is counted. */
static void
test_long_words(void **state)
{
	(void)state;
	auto_str said = {0}, out = {0}, reason = {0};
	str_add(&reason, "a");
	for (int i = 0; i < 2000; i++)
		str_add(&reason, "\xc3\xa4");
	add_head(&said, "deferred", "7A3F");
	add_recipient(&said, 0, str_text(&reason));
	str_add(&said, "]}\n");
	tell(&said, 4096, true, &out);
	assert_non_null(strstr(str_text(&out), "\xc3\xa4\"}],\"recipient_count\":1}\n"));
	assert_true(out.length < 600);
	auto_str endless = {0}, told = {0};
	add_head(&endless, "deferred", "7A3F");
	str_add(&endless, "{\"address\": \"");
	str_add_fill(&endless, 'x', 1024 * 1024);
	str_add(&endless, "\"}]}\nno JSON\n{\"queue_id\": \"\xff\"}\n");
	add_mail(&endless, "active", "7A40", 1);
	tell(&endless, 4096, true, &told);
	assert_string_equal(str_text(&told), SHORT("active", "7A40", "1") "{\"more\":3}\n");
}

static void
test_cut_off(void **state)
{
	(void)state;
	auto_str said = {0}, out = {0};
	add_mail(&said, "active", "7A40", 1);
	add_head(&said, "deferred", "7A3F");
	tell(&said, 4096, false, &out);
	assert_string_equal(
	    str_text(&out), SHORT("active", "7A40", "1") "{\"more\":1,\"unread\":true}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_short),
	    cmocka_unit_test(test_many_recipients),
	    cmocka_unit_test(test_many_mails),
	    cmocka_unit_test(test_hostile_words),
	    cmocka_unit_test(test_long_words),
	    cmocka_unit_test(test_cut_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
