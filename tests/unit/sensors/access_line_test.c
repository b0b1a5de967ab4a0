/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of access logs, and what visitors send so that they are read wrongly. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "sensors/access_line.h"
#include "sensors/web_path.h"

#define DATE "[10/Oct/2026:13:55:36 +0000]"
#define OF   "192.0.2.1 - - " DATE " "

/* What a line says, in a few words: vhost client path status, and "static". */
static void
say(const char *text, struct str *out)
{
	struct access_line line;
	char client[ADDRESS_TEXT];
	if (access_line_parse(text, strlen(text), &line)) {
		str_add(out, "no");
		return;
	}
	address_print(&line.client, client);
	if (line.vhost)
		str_addf(out, "%.*s ", (int)line.vhost_length, line.vhost);
	str_addf(out, "%s '%.*s' %u%s", client, (int)line.path_length, line.path, line.status,
	    line.may_run ? "" : " static");
}

static const struct {
	const char *line;
	const char *says;
} lines[] = {
    /* The three formats, both families. */
    {OF "\"GET /a.php?x=1 HTTP/1.1\" 200 2326", "192.0.2.1 '/a.php' 200"},
    {OF "\"GET /a HTTP/2.0\" 404 - \"http://x/\" \"Mozilla\"", "192.0.2.1 '/a' 404"},
    {"alice.example:443 " OF "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"",
	"alice.example 192.0.2.1 '/' 200"},
    {"2001:DB8:0::1 - - " DATE " \"GET / HTTP/1.1\" 200 1", "2001:db8::1 '/' 200"},
    {"::ffff:192.0.2.9 - - " DATE " \"GET / HTTP/1.1\" 200 1", "192.0.2.9 '/' 200"},
    {"a.example:80 2001:db8::1:80 - - " DATE " \"GET / HTTP/1.1\" 200 1",
	"a.example 2001:db8::1:80 '/' 200"},
    {"192.0.2.1 - frank " DATE " \"HEAD / HTTP/1.1\" 200 1 more", "192.0.2.1 '/' 200"},
    {OF "\"GET / HTTP/1.1\" 200", "192.0.2.1 '/' 200"},
    /* Requests that are none, or odd ones. */
    {OF "\"GET /a b HTTP/1.1\" 400 0", "192.0.2.1 '/a b' 400"},
    {OF "\"GET /a\" 200 0", "192.0.2.1 '/a' 200"},
    {OF "\"-\" 408 0", "192.0.2.1 '' 408"},
    {OF "\"\" 400 0", "192.0.2.1 '' 400"},
    {OF "\"\\x16\\x03\\x01\" 400 0", "192.0.2.1 '' 400"},
    {OF "\"\\x16\\x03 /x HTTP/1.1\" 400 0", "192.0.2.1 '' 400"},
    {OF "\"OPTIONS * HTTP/1.0\" 200 0", "192.0.2.1 '' 200"},
    {OF "\"CONNECT mail.example:25 HTTP/1.1\" 405 0", "192.0.2.1 '' 405"},
    {OF "\"GET http://x.example/a?b/c HTTP/1.1\" 200 0", "192.0.2.1 '/a' 200"},
    {OF "\"GET HTTPS://x.example HTTP/1.1\" 200 0", "192.0.2.1 '/' 200"},
    {OF "\"GET http://x.example?/y.css HTTP/1.1\" 200 0", "192.0.2.1 '/' 200"},
    {OF "\"GET /\\\"x\\\\ HTTP/1.1\" 200 0", "192.0.2.1 '/\\\"x\\\\' 200"},
    {OF "\"GET /%2e%3F HTTP/1.1\" 200 0", "192.0.2.1 '/%2e%3F' 200"},
    {OF "\"  \" 400 0", "192.0.2.1 '' 400"},
    /* What does not run, and what only looks like it. */
    {OF "\"GET /a/b.CSS?x HTTP/1.1\" 200 1", "192.0.2.1 '/a/b.CSS' 200 static"},
    {OF "\"GET /i.webp HTTP/1.1\" 304 1", "192.0.2.1 '/i.webp' 304 static"},
    {OF "\"GET /feed.xml HTTP/1.1\" 200 1", "192.0.2.1 '/feed.xml' 200"},
    {OF "\"GET /index.php/a.css HTTP/1.1\" 200 1", "192.0.2.1 '/index.php/a.css' 200"},
    {OF "\"GET /index%2ePhp/a.css HTTP/1.1\" 200 1", "192.0.2.1 '/index%2ePhp/a.css' 200"},
    {OF "\"GET /x.css/../a HTTP/1.1\" 200 1", "192.0.2.1 '/x.css/../a' 200"},
    {OF "\"GET /a.php/../x.css HTTP/1.1\" 200 1", "192.0.2.1 '/a.php/../x.css' 200 static"},
    {OF "\"GET /css HTTP/1.1\" 200 1", "192.0.2.1 '/css' 200"},
    {OF "\"GET /a.css/ HTTP/1.1\" 200 1", "192.0.2.1 '/a.css/' 200"},
    /* Names that visitors gave themselves to look like another request. */
    {"192.0.2.1 - x " DATE " \\\"GET /forged HTTP/1.1\\\" 200 1 " DATE
     " \"GET /real HTTP/1.1\" 401 1",
	"192.0.2.1 '/real' 401"},
    {"192.0.2.1 - \"\" " DATE " \"GET / HTTP/1.1\" 401 1", "192.0.2.1 '/' 401"},
    {"192.0.2.1 - a b c " DATE " \"GET / HTTP/1.1\" 401 1", "192.0.2.1 '/' 401"},
    {OF "\"GET /\\\" 200 1 \\\" HTTP/1.1\" 403 1", "192.0.2.1 '/\\\" 200 1 \\\"' 403"},
    /* Nothing that we know. */
    {"", "no"},
    {" ", "no"},
    {"192.0.2.1", "no"},
    {"host.example - - " DATE " \"GET / HTTP/1.1\" 200 1", "no"},
    {"192.0.2.256 - - " DATE " \"GET / HTTP/1.1\" 200 1", "no"},
    {"alice.example:http " OF "\"GET / HTTP/1.1\" 200 1", "no"},
    {"alice.example: " OF "\"GET / HTTP/1.1\" 200 1", "no"},
    {":80 " OF "\"GET / HTTP/1.1\" 200 1", "no"},
    {"a:80 b:80 " OF "\"GET / HTTP/1.1\" 200 1", "no"},
    {"192.0.2.1 " DATE " \"GET / HTTP/1.1\" 200 1", "no"},
    {"192.0.2.1 - - [10/10/2026:13:55:36 +0000] \"GET / HTTP/1.1\" 200 1", "no"},
    {"192.0.2.1 - -" DATE " \"GET / HTTP/1.1\" 200 1", "no"},
    {OF "\"GET / HTTP/1.1 200 1", "no"},
    {OF "\"GET / HTTP/1.1\\", "no"},
    {OF "\"GET / HTTP/1.1\"", "no"},
    {OF "\"GET / HTTP/1.1\" 20 1", "no"},
    {OF "\"GET / HTTP/1.1\" 2000 1", "no"},
    {OF "\"GET / HTTP/1.1\"200 1", "no"},
    {"{\"remote_addr\":\"192.0.2.1\"}", "no"},
};

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(lines); i++) {
		auto_str said = {0};
		say(lines[i].line, &said);
		if (!text_equal(str_text(&said), lines[i].says))
			fail_msg(
			    "%s\nis %s, not %s", lines[i].line, str_text(&said), lines[i].says);
	}
}

static void
test_bytes(void **state)
{
	(void)state;
	struct access_line line;
	char text[] = OF "\"GET /a HTTP/1.1\" 200 1";
	auto_str longest = {0};
	assert_int_equal(access_line_parse(text, sizeof(text) - 1, &line), 0);
	text[strlen(OF) + 7] = '\0';
	assert_int_equal(access_line_parse(text, sizeof(text) - 1, &line), -EBADMSG);
	str_add(&longest, OF "\"GET /");
	str_add_fill(&longest, '%', LONGEST_ACCESS_LINE - longest.length - 5);
	str_add(&longest, "\" 200");
	assert_int_equal(access_line_parse(longest.data, longest.length, &line), 0);
	str_add_char(&longest, ' ');
	assert_int_equal(access_line_parse(longest.data, longest.length, &line), -EBADMSG);
}

static void
test_plain_paths(void **state)
{
	(void)state;
	static const char *const cases[][2] = {{"", ""}, {"/", "/"}, {"/a", "/a"},
	    {"/a/", "/a/"}, {"//a///b", "/a/b"}, {"/./a/.", "/a/"}, {"/a/../b", "/b"},
	    {"/..", "/"}, {"/../../a", "/a"}, {"/a/..", "/"}, {"/a/b/../..", "/"},
	    {"/%7eali%63e/", "/~alice/"}, {"/%2E%2e/a", "/a"}, {"/a%2f%2fb", "/a/b"},
	    {"/%", "/%"}, {"/%4", "/%4"}, {"/%zz", "/%zz"}, {"/...", "/..."},
	    {"/a/..b", "/a/..b"}};
	for (size_t i = 0; i < array_length(cases); i++) {
		char out[64];
		size_t length = web_path_plain(cases[i][0], strlen(cases[i][0]), out);
		out[length] = '\0';
		assert_string_equal(out, cases[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_plain_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
