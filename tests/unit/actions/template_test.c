/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "actions/template.h"

static struct notice_field fields[] = {
    {"account", "alice<b>"}, {"value", "14 %"}, {"limit", ""}, {"reason", "a\nb\x1b[0m"}};
static struct notice_evidence evidence[] = {
    {"x.pl", "noon", "11 %", "most"}, {"y\n.pl", "one", "3 %", ""}};
static const struct notice notice = {
    .to = "", .field_count = 4, .fields = fields, .evidence_count = 2, .evidence = evidence};

static void
assert_renders(const char *text, enum template_form form, const char *expected)
{
	struct diag *diag = diag_new();
	auto_str out = {0};
	struct template *template = template_parse("t", text, diag);
	assert_non_null(template);
	template_render(template, &notice, form, &out);
	assert_string_equal(str_text(&out), expected);
	template_free(template);
	diag_free(diag);
}

static void
facts_and_parts(void **state)
{
	(void)state;
	assert_renders("{account}: {value}", TEMPLATE_TEXT, "alice<b>: 14 %");
	assert_renders("{account}", TEMPLATE_HTML, "alice&lt;b&gt;");
	assert_renders("{reason}", TEMPLATE_TEXT, "a\\x0ab\\x1b[0m");
	assert_renders(
	    "{?value}yes{/value}{?limit}no{/limit}{!limit}none{/limit}{!plan}!{/plan}",
	    TEMPLATE_TEXT, "yesnone!");
	assert_renders("{#evidence}{value} {subject}{?of_limit} ({of_limit}){/of_limit}; "
		       "{/evidence}{value}",
	    TEMPLATE_TEXT, "11 % x.pl (most); 3 % y\\x0a.pl; 14 %");
	assert_renders("{?evidence}{#evidence}{when} {/evidence}{/evidence}{!evidence}none{/"
		       "evidence}",
	    TEMPLATE_TEXT, "noon one ");
	assert_renders(
	    "{?value}{?limit}a{/limit}b{!limit}c{/limit}{/value}d", TEMPLATE_TEXT, "bcd");
}

static void
braces_and_lines(void **state)
{
	(void)state;
	assert_renders(
	    "p { color: red } {{account} {1}", TEMPLATE_TEXT, "p { color: red } {account} {1}");
	assert_renders(
	    "a\n{?value}\nb\n{/value}\n{?limit}\nc\n{/limit}\nd\n", TEMPLATE_TEXT, "a\nb\nd\n");
	assert_renders(
	    "a\n{?value}{?account}\n\nb\n{/account}{/value}\n", TEMPLATE_TEXT, "a\n\nb\n");
	assert_renders("", TEMPLATE_TEXT, "");
	assert_renders("{", TEMPLATE_TEXT, "{");
}

static void
assert_refuses(const char *text, const char *complaint)
{
	struct diag *diag = diag_new();
	auto_str out = {0};
	assert_null(template_parse("t", text, diag));
	diag_print(diag, &out);
	if (!strstr(str_text(&out), complaint))
		fail_msg("'%s' is not in:\n%s", complaint, str_text(&out));
	diag_free(diag);
}

static void
mistakes_have_a_place(void **state)
{
	(void)state;
	assert_refuses("a\n {acount}", "t:2:3: error: unknown fact 'acount'");
	assert_refuses("{acount}", "did you mean 'account'?");
	assert_refuses("{account", "t:1:1: error: no '}' ends the mark 'account'");
	assert_refuses("{?value}", "t:1:3: error: this part does not end: 'value'");
	assert_refuses("{/value}", "nothing is open that ends at 'value'");
	assert_refuses("{?value}{?limit}{/value}{/limit}", "'limit' is open here");
	assert_refuses("{#account}{/account}", "cannot repeat 'account'");
	assert_refuses(
	    "{#evidence}{#evidence}{/evidence}{/evidence}", "cannot repeat 'evidence'");
	assert_refuses("{when}", "only a line of evidence has 'when'");
	assert_refuses("{evidence}", "unknown fact 'evidence'");
	assert_refuses("\xff", "this is not text");
	assert_refuses("a\x1b[0m", "this is not text");
	assert_refuses(
	    "{?value}{?value}{?value}{?value}{?value}{?value}{?value}{?value}{?value}"
	    "{?value}{?value}{?value}{?value}{?value}{?value}{?value}{?value}",
	    "too deep");
}

/* All mistakes of a text are told in one run. */
static void
several_at_once(void **state)
{
	(void)state;
	struct diag *diag = diag_new();
	assert_null(template_parse("t", "{foo} {bar} {?baz}", diag));
	assert_int_equal(diag_errors(diag), 4);
	diag_free(diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(facts_and_parts),
	    cmocka_unit_test(braces_and_lines),
	    cmocka_unit_test(mistakes_have_a_place),
	    cmocka_unit_test(several_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
