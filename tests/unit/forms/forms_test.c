/* SPDX-License-Identifier: Apache-2.0 */
/* What a request brings, by hashes: addresses, runs of words, headers that a value adds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "forms/trace.h"

static const uint8_t key[WORDS_KEY] = "some key of ours";

/* ---- addresses and runs of a text ---- */

struct seen {
	size_t addresses, runs;
	uint64_t address, run_sum;
};

static void
see_run(void *context, uint32_t run)
{
	struct seen *seen = context;
	seen->runs++;
	seen->run_sum += run;
}

static void
see_address(void *context, uint64_t hash)
{
	struct seen *seen = context;
	seen->addresses++;
	seen->address = hash;
}

static struct seen
look(const char *text)
{
	static const struct words_events events = {see_run, see_address};
	struct seen seen = {0};
	struct words words;
	words_begin(&words, key, &events, &seen);
	words_feed(&words, text, strlen(text));
	words_break(&words);
	return seen;
}

static void
assert_alike(const char *one, const char *other)
{
	struct seen a = look(one), b = look(other);
	assert_int_equal(a.runs, b.runs);
	assert_true(a.run_sum == b.run_sum);
}

static void
test_addresses(void **state)
{
	(void)state;
	uint64_t bob = look("bob@elsewhere.example").address;
	static const char *const same[] = {"Bob@Elsewhere.Example", "<bob@elsewhere.example>",
	    "Bob <bob@elsewhere.example>, or so", "write to bob@elsewhere.example.",
	    "mailto:bob@elsewhere.example?subject=x", "\"bob@elsewhere.example\""};
	for (size_t i = 0; i < array_length(same); i++) {
		assert_int_equal(look(same[i]).addresses, 1);
		assert_true(look(same[i]).address == bob);
	}
	assert_true(look("rob@elsewhere.example").address != bob);
	assert_int_equal(look("a@x.example,b@x.example;c@x.example\nd@x.example").addresses, 4);
	static const char *const none[] = {"", "@", "bob@", "@x.example", "bob@localhost",
	    "a@b@c.d", "bob@.example", "one two", "bob @x.example"};
	for (size_t i = 0; i < array_length(none); i++)
		assert_int_equal(look(none[i]).addresses, 0);
}

static void
test_overlong_address(void **state)
{
	(void)state;
	auto_str text = {0};
	str_add_fill(&text, 'x', 300);
	str_add(&text, "@x.example bob@x.example");
	assert_int_equal(look(str_text(&text)).addresses, 1);
}

static void
test_runs(void **state)
{
	(void)state;
	assert_int_equal(look("").runs, 0);
	assert_int_equal(look("one two").runs, 1);
	assert_alike("Two", "<p>two!</p>");
	assert_true(look("one two").run_sum != look("one three").run_sum);
	assert_int_equal(look("one two three").runs, 1);
	assert_int_equal(look("one two three four").runs, 2);
	assert_alike("one two three four", "One, two... THREE\r\nfour!");
	assert_alike("one two three four", "<p>one two<br />three &quot;four&quot;</p>");
	assert_alike("a <b>bold</b> one of them", "a &lt;b&gt;bold&lt;/b&gt; one of them");
	assert_alike("f\xc3\xbcr uns drei alle", "f&uuml;r uns drei alle");
	assert_alike("f\xc3\xbcr uns drei alle", "f\xfcr uns drei alle");
	assert_alike("one < two three four", "one two three four");
	assert_alike("this & that & more", "this &amp; that &amp; more");
	assert_int_equal(look("\xd0\xbf\xd1\x80 \xd0\xb8\xd0\xb2 \xd0\xb5\xd1\x82").runs, 1);
}

/* A "<" hides no more than a tag's length. */
static void
test_no_hiding(void **state)
{
	(void)state;
	auto_str text = {0};
	str_add(&text, "<x ");
	for (int i = 0; i < 200; i++)
		str_add(&text, "word ");
	assert_true(look(str_text(&text)).runs > 100);
}

/* ---- requests ---- */

static struct tracing tracing;

static const struct trace *
read_body(const char *type, const char *body)
{
	struct parameters parameters;
	tracing_begin(&tracing, key);
	assert_true(parameters_begin_body(&parameters, type, &tracing_events, &tracing));
	for (const char *at = body; *at; at++) /* in the smallest pieces */
		parameters_feed(&parameters, at, 1);
	parameters_end(&parameters);
	return &tracing.trace;
}

static bool
has(const struct trace *trace, const char *address, bool added)
{
	uint64_t hash = look(address).address;
	for (size_t i = 0; i < trace->address_count; i++)
		if (trace->addresses[i].hash == hash)
			return trace->addresses[i].added == added;
	return false;
}

static const char form[] = "application/x-www-form-urlencoded";
static const char parts[] = "multipart/form-data; boundary=\"b o\"";

static void
test_urlencoded(void **state)
{
	(void)state;
	const struct trace *trace =
	    read_body(form, "to=bob%40x.example%2Cc%40x.example&x=%&y=%4&"
			    "bob2%40x.example&m=a=d%40x.example+there");
	assert_int_equal(trace->address_count, 4);
	assert_true(has(trace, "bob@x.example", false) && has(trace, "c@x.example", false));
	assert_true(has(trace, "bob2@x.example", false) && has(trace, "d@x.example", false));
	assert_int_equal(read_body(NULL, "to=bob%40x.example")->address_count, 1);
	/* Words of two values are no run; each value and name that is short is one. */
	assert_int_equal(read_body(form, "a=one+two&b=three")->run_count, 4);
	assert_int_equal(read_body(form, "a=one+two+three+four")->run_count, 3);
}

static void
test_multipart(void **state)
{
	(void)state;
	const struct trace *trace = read_body(parts,
	    "--b o\r\nContent-Disposition: form-data; name=to\r\n\r\nbob@x.example\r\n--b o\r\n"
	    "Content-Disposition: form-data; name=m\r\nX: y\r\n\r\none two\r\n--b "
	    "three\r\n\r\n--b o\r\n"
	    "Content-Disposition: form-data; name=f; "
	    "filename=\"c@x.example\"\r\n\r\nGIF\x01 d@x.example\r\n"
	    "--b o\r\nContent-Disposition: form-data; name=g; filename=x\r\n\r\n"
	    "f@x.example\r\n"
	    "--b o--\r\ne@x.example");
	assert_true(has(trace, "bob@x.example", false));
	assert_true(has(trace, "c@x.example", false));
	assert_true(has(trace, "f@x.example", false));
	assert_false(has(trace, "d@x.example", false));
	assert_false(has(trace, "e@x.example", false));
}

static void
test_json(void **state)
{
	(void)state;
	const struct trace *trace = read_body("application/json; charset=utf-8",
	    "{\"to\":[\"bob\\u0040x.example\"],\"m\":\"x\\nBcc: c@x.example\"}");
	assert_true(has(trace, "bob@x.example", false) && has(trace, "c@x.example", true));
}

/* "bob@x.example,c@x.example\n" in base64, and "one two three four five six". */
static void
test_base64(void **state)
{
	(void)state;
	static const char list[] = "Ym9iQHguZXhhbXBsZSxjQHguZXhhbXBsZQo=";
	auto_str body = {0};
	str_addf(&body, "to=%.20s%%0d%%0a%s", list, list + 20);
	const struct trace *trace = read_body(form, str_text(&body));
	assert_true(has(trace, "bob@x.example", false) && has(trace, "c@x.example", false));
	assert_int_equal(trace->address_count, 2);
	uint32_t run = (uint32_t)look("three four five").run_sum;
	trace =
	    read_body("application/json", "{\"m\":\"b25lIHR3byB0aHJlZSBmb3VyIGZpdmUgc2l4\"}");
	bool has_run = false;
	for (size_t i = 0; i < trace->run_count; i++)
		has_run |= trace->runs[i] == run;
	assert_true(has_run);
	/* What is no text drives nothing out. */
	str_clear(&body);
	str_add(&body, "p=iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB");
	for (int i = 0; i < 20000; i++)
		str_addf(
		    &body, "%c", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"[i * 2654435761u >> 27]);
	str_add(&body, "&m=one+two+three");
	assert_true(read_body(form, str_text(&body))->run_count < 10);
}

static void
test_other_types(void **state)
{
	(void)state;
	struct parameters parameters;
	static const char *const none[] = {"image/png", "application/octet-stream",
	    "multipart/form-data", "multipart/form-data; boundary=", "applicationx"};
	for (size_t i = 0; i < array_length(none); i++)
		assert_false(
		    parameters_begin_body(&parameters, none[i], &tracing_events, &tracing));
}

static void
test_added_headers(void **state)
{
	(void)state;
	static const char *const adding[] = {"x%0aBcc:v%40x.example",
	    "x%0d%0abcc: v%40x.example", "x%0dCC:%0a v%40x.example",
	    "x%0aSubject: y%0d%0aTo: q, v%40x.example%0a%0atext",
	    "a%40x.example%0aX-Y: z%0a folded%0aBcc: v%40x.example"};
	static const char *const quoting[] = {"x%0a%0aBcc: v%40x.example", "Bcc: v%40x.example",
	    "hello there%0aI got:%0aTo: v%40x.example", "x%0aFrom: v%40x.example",
	    "x%0aBcc: v%40x.example&e=v%40x.example"};
	for (size_t i = 0; i < array_length(adding); i++) {
		auto_str body = {0};
		str_addf(&body, "f=%s", adding[i]);
		assert_true(has(read_body(form, str_text(&body)), "v@x.example", true));
	}
	for (size_t i = 0; i < array_length(quoting); i++) {
		auto_str body = {0};
		str_addf(&body, "f=%s", quoting[i]);
		assert_true(has(read_body(form, str_text(&body)), "v@x.example", false));
	}
}

/* ---- bounds ---- */

static void
test_bounds(void **state)
{
	(void)state;
	auto_str body = {0};
	str_add(&body, "m=");
	for (int i = 0; i < 30000; i++)
		str_addf(&body, "w%d+a%d%%40x.example+", i, i);
	const struct trace *trace = read_body(form, str_text(&body));
	assert_int_equal(trace->address_count, TRACE_MOST_ADDRESSES);
	assert_true(trace->run_count <= TRACE_MOST_RUNS && trace->run_count > 100);
	assert_true(trace->run_bits > 0 && (trace->flags & TRACE_CUT));
	for (size_t i = 0; i < trace->run_count; i++)
		assert_true(trace_keeps_run(trace, trace->runs[i]));
}

static void
test_bytes(void **state)
{
	(void)state;
	uint8_t bytes[TRACE_LARGEST];
	static struct trace back;
	read_body(form, "to=bob%40x.example&m=one+two+three+four+five%0aBcc:c%40x.example");
	struct trace *trace = &tracing.trace;
	trace->uid = 61001;
	trace->flags = TRACE_COOKIE;
	trace->visitor = 7;
	memset(trace->script, 's', TRACE_LONGEST_SCRIPT);
	size_t length = trace_encode(trace, bytes);
	assert_true(trace_decode(bytes, length, &back));
	assert_int_equal(back.uid, 61001);
	assert_int_equal(back.flags, TRACE_COOKIE);
	assert_int_equal(back.visitor, 7);
	assert_string_equal(back.script, trace->script);
	assert_int_equal(back.address_count, 2);
	assert_true(trace_find_address(&back, look("c@x.example").address)->added);
	assert_null(trace_find_address(&back, 1));
	for (size_t i = 0; i < trace->run_count; i++)
		assert_true(trace_has_run(&back, trace->runs[i]));
	for (size_t cut = 0; cut < length; cut++)
		assert_false(trace_decode(bytes, cut, &back));
	bytes[0]++;
	assert_false(trace_decode(bytes, length, &back));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_overlong_address),
	    cmocka_unit_test(test_runs),
	    cmocka_unit_test(test_no_hiding),
	    cmocka_unit_test(test_urlencoded),
	    cmocka_unit_test(test_multipart),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_base64),
	    cmocka_unit_test(test_other_types),
	    cmocka_unit_test(test_added_headers),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
