/* SPDX-License-Identifier: Apache-2.0 */
/* A form's file: what is taken from it, and what is said about one that is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "main/form/settings.h"

#define FIRST "#!/usr/lib/hayward/mail-form\n"
#define BASE  FIRST "recipient office o@a.example\nfrom w@a.example\n"

static struct form_settings
read_text(const char *text, struct arena *arena, struct str *said)
{
	struct source source = {"contact.cgi", text, strlen(text)};
	struct diag *diag = diag_new();
	struct form_settings settings = form_settings_read(&source, arena, diag);
	diag_print(diag, said);
	diag_free(diag);
	return settings;
}

static void
test_all_items(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str said = {0};
	struct form_settings settings = read_text(FIRST
	    "recipient \"The office\" o@a.example # a comment\n\n"
	    "recipient shop s@a.example t@b.example\n"
	    "from w@a.example\nsubject \"Zürich\"\ntitle \"Hello \\\"there\\\"\"\n"
	    "button Go\nthanks /thanks.html\nfield name \"Your name\"\nfield phone\n"
	    "needs name reply-to\nneeds message\nhoneypot url\n"
	    "per-visitor 3/10m\nper-form 100/d\n",
	    arena, &said);
	assert_string_equal(str_text(&said), "");
	assert_int_equal(settings.recipient_count, 2);
	assert_string_equal(settings.recipients[0].alias, "The office");
	assert_int_equal(settings.recipients[1].count, 2);
	assert_string_equal(
	    form_recipient_find(&settings, "shop")->addresses[1], "t@b.example");
	assert_null(form_recipient_find(&settings, "s@a.example"));
	assert_null(form_recipient_find(&settings, "Shop"));
	assert_null(form_recipient_find(&settings, ""));
	assert_string_equal(settings.title, "Hello \"there\"");
	assert_true(form_thanks_is_path(&settings));
	assert_string_equal(form_label(&settings, "name"), "Your name");
	assert_string_equal(form_label(&settings, "phone"), "phone");
	assert_string_equal(form_label(&settings, "else"), "else");
	assert_int_equal(settings.needed_count, 3);
	assert_string_equal(settings.honeypot, "url");
	assert_int_equal(settings.per_visitor.most, 3);
	assert_int_equal(settings.per_visitor.period, 600000);
	assert_int_equal(settings.per_form.period, 86400000);
}

static void
test_defaults(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str said = {0};
	struct form_settings settings = read_text(BASE, arena, &said);
	assert_string_equal(str_text(&said), "");
	assert_false(form_thanks_is_path(&settings));
	assert_null(settings.honeypot);
	assert_int_equal(settings.per_visitor.most, 5);
	assert_int_equal(settings.per_form.most, 60);
}

/* What is wrong, where it begins, and the words. */
static const struct {
	const char *text, *place, *words;
} mistakes[] = {
    {"", "contact.cgi:1:1:", "there is no 'recipient'"},
    {FIRST "recipient office o@a.example\n", "contact.cgi:3:1:", "there is no 'from'"},
    {BASE "recipent x\n", "contact.cgi:4:1:", "did you mean 'recipient'?"},
    {BASE "recipient shop\n", "contact.cgi:4:15:", "and the line ends here"},
    {BASE "recipient shop s\n", "contact.cgi:4:16:", "it has no '@'"},
    {BASE "recipient shop s@a.example,t@a.example\n", "contact.cgi:4:16:", "more than one '@'"},
    {BASE "recipient office x@a.example\n", "contact.cgi:4:11:", "each recipient is said once"},
    {BASE "from x@a.example\n", "contact.cgi:4:1:", "first in line 3"},
    {BASE "subject two words\n", "contact.cgi:4:13:", "the line should end here"},
    {BASE "subject \"\"\n", "contact.cgi:4:9:", "at least one character"},
    {BASE "subject \"a\n", "contact.cgi:4:9:", "does not end on its line"},
    {BASE "subject \"a\rb\"\n", "contact.cgi:4:9:", "control characters"},
    {BASE "subject \"a\tb\"\n", "contact.cgi:4:9:", "control characters"},
    {BASE "title \"\xff\"\n", "contact.cgi:4:7:", "no UTF-8"},
    {BASE "thanks //evil.example/\n", "contact.cgi:4:8:", "no two slashes"},
    {BASE "thanks /a\\b\n", "contact.cgi:4:8:", "a path has letters"},
    {BASE "thanks \"/a b\"\n", "contact.cgi:4:8:", "a path has letters"},
    {BASE "honeypot message\n", "contact.cgi:4:10:", "people fill that field in"},
    {BASE "field url\nhoneypot url\n", "contact.cgi:6:1:", "and the honeypot, too"},
    {BASE "per-visitor 5\n", "contact.cgi:4:13:", "such as 5/h"},
    {BASE "per-visitor 0/h\n", "contact.cgi:4:13:", "1 to 1000 mails"},
    {BASE "per-form 1001/h\n", "contact.cgi:4:10:", "1 to 1000 mails"},
    {BASE "per-form 5/30s\n", "contact.cgi:4:10:", "in a minute at least"},
    {BASE "per-form 5/2d\n", "contact.cgi:4:10:", "a day at most"},
    {BASE "per-form 99999999999999/h\n", "contact.cgi:4:10:", "1 to 1000 mails"},
    {BASE "per-form 5/-1h\n", "contact.cgi:4:10:", "1 to 1000 mails"},
    {BASE "per-form 5/99999999999999999999h\n", "contact.cgi:4:10:", "1 to 1000 mails"},
    {BASE "needs\n", "contact.cgi:4:6:", "wants names of fields"},
    {BASE "{ }\n", "contact.cgi:4:1:", "a line begins with"},
};

static void
test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(mistakes); i++) {
		auto_arena struct arena *arena = arena_new();
		auto_str said = {0};
		(void)read_text(mistakes[i].text, arena, &said);
		if (!strstr(str_text(&said), mistakes[i].place) ||
		    !strstr(str_text(&said), mistakes[i].words))
			fail_msg("'%s' gives:\n%s", mistakes[i].text, str_text(&said));
	}
}

/* All mistakes are told at once; and too much of anything is one. */
static void
test_many(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str said = {0}, text = {0};
	(void)read_text(BASE "x\ny\nfrom z\n", arena, &said);
	assert_non_null(strstr(str_text(&said), ":4:1:"));
	assert_non_null(strstr(str_text(&said), ":5:1:"));
	assert_non_null(strstr(str_text(&said), ":6:1:"));
	str_clear(&said);
	str_add(&text, "from w@a.example\n");
	for (int i = 0; i < 101; i++)
		str_addf(&text, "recipient r%d o@a.example\n", i);
	struct form_settings settings = read_text(str_text(&text), arena, &said);
	assert_int_equal(settings.recipient_count, FORM_MOST_RECIPIENTS);
	assert_non_null(strstr(str_text(&said), "at most 100 recipients"));
	str_clear(&said);
	str_clear(&text);
	str_add(&text, BASE "recipient many");
	for (int i = 0; i < 21; i++)
		str_addf(&text, " o%d@a.example", i);
	for (int i = 0; i < 65; i++)
		str_addf(&text, "\nfield f%d", i);
	settings = read_text(str_text(&text), arena, &said);
	assert_int_equal(settings.recipients[1].count, FORM_MOST_ADDRESSES);
	assert_non_null(strstr(str_text(&said), "at most 20 addresses"));
	assert_non_null(strstr(str_text(&said), "at most 64 fields"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_items),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
