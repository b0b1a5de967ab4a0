/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void
note(void *context, const struct mime_part *part)
{
	struct str *out = context;
	str_addf(out, "%u/%u %s %s%s%s|", part->number, part->depth, *part->type ? part->type : "-",
	    *part->encoding ? part->encoding : "-", part->attached ? " attached " : "", part->name);
}

static const char *
parts_of(const char *message, bool *ret_whole)
{
	static struct str out;
	str_clear(&out);
	*ret_whole = mime_walk(message, strlen(message), note, &out);
	return str_text(&out);
}

static void
test_parts(void **state)
{
	(void)state;
	static const struct {
		const char *message;
		const char *parts;
	} cases[] = {
	    {"", "1/0 - -|"},
	    {"Subject: x\n\nhello\n", "1/0 - -|"},
	    {"Content-Type: Text/HTML; charset=utf-8\r\n\r\n<p>", "1/0 text/html -|"},
	    {"content-type : application/pdf;\n\tname=\"a b.pdf\"\n"
	     "Content-Transfer-Encoding: BASE64\n\nAA==",
		"1/0 application/pdf base64 attached a b.pdf|"},
	    {"Content-Type: multipart/mixed; boundary=\"x y\"\n\nbefore\n--x y\n\none\n--x y\n"
	     "Content-Type: image/png\nContent-Disposition: attachment; filename=b.png\n\n..\n"
	     "--x y--\nafter\n--x y\n\nnever\n",
		"1/1 - -|2/1 image/png - attached b.png|"},
	    {"Content-Type: multipart/mixed; boundary=o\n\n--o\n"
	     "Content-Type: multipart/alternative; boundary=i\n\n--i\n\na\n--i\n\nb\n--i--\n"
	     "--o\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: text/x-c\n\nc\n",
		"1/2 - -|2/2 - -|3/2 text/x-c -|"},
	    {"Content-Type: text/plain; name*0=one; name*1=\"-two\"; name*2*=%2e%74xt\n\n",
		"1/0 text/plain - attached one-two.txt|"},
	    {"Content-Disposition: inline; filename*=utf-8'en'%c3%a4%00.exe\n\n",
		"1/0 - - attached \303\244%00.exe|"},
	    {"Content-Disposition: attachment; filename=\"a\\\"b;c\"; size=3\n\n",
		"1/0 - - attached a\"b;c|"},
	    {"Content-Type: text/plain\nContent-Type: text/html\n\n", "1/0 text/plain -|"},
	    {"Content-Type: multipart/mixed\n\n--\n\n", "1/0 multipart/mixed -|"},
	    {"Content-Type: multipart/mixed; boundary=a\n\n--ab\n\n--a \n\nx", "1/1 - -|"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool whole;
		assert_string_equal(parts_of(cases[i].message, &whole), cases[i].parts);
		assert_true(whole);
	}
}

/* Where a part lies, so that it can be looked at by itself. */
static void
check_place(void *context, const struct mime_part *part)
{
	const char **words = context;
	if (strcmp(part->type, "text/css") != 0)
		return;
	assert_int_equal(part->length, strlen("Content-Type: text/css\n\nbody {}\n"));
	assert_memory_equal(part->start + part->body, "body {}\n", 8);
	*words = part->start;
}

static void
test_place(void **state)
{
	(void)state;
	const char *found = NULL;
	const char message[] = "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
			       "Content-Type: text/css\n\nbody {}\n--b--\n";
	assert_true(mime_walk(message, strlen(message), check_place, &found));
	assert_ptr_equal(found, strstr(message, "Content-Type: text/css"));
}

static void
test_bounds(void **state)
{
	(void)state;
	auto_str deep = {0}, many = {0}, headers = {0}, name = {0}, subject = {0};
	bool whole;
	for (int i = 0; i < 1000; i++)
		str_addf(&deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	assert_string_equal(parts_of(str_text(&deep), &whole), "1/16 multipart/mixed -|");
	assert_false(whole);
	str_add(&many, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 2000; i++)
		str_add(&many, "--b\n\nx\n");
	assert_non_null(strstr(parts_of(str_text(&many), &whole), "|1000/1"));
	assert_null(strstr(parts_of(str_text(&many), &whole), "|1001/1"));
	assert_false(whole);
	for (int i = 0; i < 40000; i++)
		str_addf(&headers, "X-Header-%d: something of some length\n", i);
	str_add(&headers, "Content-Type: text/plain\n\nbody");
	assert_string_equal(parts_of(str_text(&headers), &whole), "1/0 - -|");
	assert_false(whole);
	/* What mail servers let pass hides nothing. */
	str_add(&subject, "Subject: ");
	str_add_fill(&subject, 's', 200000);
	str_add(&subject, "\nContent-Type: text/plain\n\nbody");
	assert_string_equal(parts_of(str_text(&subject), &whole), "1/0 text/plain -|");
	assert_true(whole);
	str_add(&name, "Content-Disposition: attachment; filename=");
	str_add_fill(&name, 'n', 5000);
	assert_int_equal(strlen(parts_of(str_text(&name), &whole)),
	    strlen("1/0 - - attached ") + MIME_LONGEST_NAME + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_place),
	    cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
