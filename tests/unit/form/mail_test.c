/* SPDX-License-Identifier: Apache-2.0 */
/* What a form sends: its headers are its owner's, its body says everything in lines that no
 * server breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/escape.h"
#include "main/form/mail.h"

static const struct form_recipient office = {"office", {"o@a.example", "p@a.example"}, 2};

static struct form_settings
some_settings(void)
{
	return (struct form_settings){.from = "w@a.example",
	    .subject = "From the form",
	    .honeypot = "url",
	    .per_visitor = {1, 60000},
	    .per_form = {1, 60000}};
}

static void
test_whole(void **state)
{
	(void)state;
	struct form_settings settings = some_settings();
	struct form_fields fields = {.count = 7,
	    .values = {{"to", "office"}, {"reply-to", "v@b.example"}, {"url", ""},
		{"phone", "1\r\nname: x\nz"},
		{"message", "Hello \xc3\xbc\r\nBcc: v@c.example\n\n.\nFrom me = \x1b[1m\tend "},
		{"name\nBcc", "V"}, {"fax", ""}}};
	auto_str out = {0};
	form_mail_write(&(struct form_mail){&settings, &office, &fields, "v@b.example",
			    "192.0.2.1", "contact.cgi"},
	    &out);
	assert_string_equal(str_text(&out),
	    "From: w@a.example\nTo: o@a.example,\n p@a.example\nSubject: From the form\n"
	    "Reply-To: v@b.example\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n"
	    "Hello =C3=BC\nBcc: v@c.example\n\n.\nFrom me =3D \\x1b[1m end=20\n\n"
	    "phone: 1\n    name: x\n    z\nname\\x0aBcc: V\nfax:\n\n--=20\n"
	    "Sent with the form 'contact.cgi' by a visitor from 192.0.2.1.\n"
	    "Nobody has checked that the address is the visitor's own.\n");
}

/* The other direction, as a mail program goes it. */
static void
unquote(const struct str *text, struct str *out)
{
	for (size_t i = 0; i < text->length; i++) {
		char hex[3] = "";
		if (text->data[i] != '=') {
			str_add_char(out, text->data[i]);
		} else if (text->data[i + 1] == '\n') {
			i++;
		} else {
			memcpy(hex, text->data + i + 1, 2);
			str_add_char(out, (char)strtol(hex, NULL, 16));
			i += 2;
		}
	}
}

static void
test_without_address(void **state)
{
	(void)state;
	struct form_settings settings = some_settings();
	struct form_fields fields = {.count = 1, .values = {{"message", "x"}}};
	auto_str out = {0}, body = {0}, back = {0};
	form_mail_write(
	    &(struct form_mail){&settings, &office, &fields, "", "2001:db8::1", "contact.cgi"},
	    &out);
	assert_null(strstr(str_text(&out), "Reply-To"));
	str_add(&body, strstr(str_text(&out), "\n\n"));
	unquote(&body, &back);
	assert_non_null(strstr(str_text(&back), "from 2001:db8::1, who gave no address."));
}

static void
check_lines(const struct str *text, size_t most)
{
	size_t length;
	const char *at = str_text(text);
	for (const char *line; (line = text_next_line(&at, &length));) {
		assert_true(length <= most);
		assert_false(length && line[length - 1] == ' ');
		for (size_t i = 0; i < length; i++)
			assert_in_range(line[i], 0x20, 0x7e);
	}
}

static void
test_round_trip(void **state)
{
	(void)state;
	uint32_t chance = 1;
	for (int run = 0; run < 300; run++) {
		auto_str text = {0}, quoted = {0}, back = {0};
		for (int i = 0; i < run; i++) {
			chance = chance * 1664525 + 1013904223;
			char byte = (char)(chance >> 24);
			str_add_char(&text, run % 2 && byte ? byte : byte & 1 ? 'x' : ' ');
		}
		str_add_char(&text, '\n');
		form_quote(&text, &quoted);
		check_lines(&quoted, 76);
		unquote(&quoted, &back);
		assert_string_equal(str_text(&back), str_text(&text));
	}
}

static void
test_headers(void **state)
{
	static const char *const plain[] = {"", "a", "Re: x = y (1)", "a=b"};
	(void)state;
	for (size_t i = 0; i < array_length(plain); i++) {
		auto_str out = {0};
		form_header_text(plain[i], &out);
		assert_string_equal(str_text(&out), plain[i]);
	}
	auto_str out = {0}, longer = {0};
	form_header_text("Z\xc3\xbcrich?", &out);
	assert_string_equal(str_text(&out), "=?utf-8?Q?Z=C3=BCrich=3F?=");
	str_clear(&out);
	form_header_text("=?x", &out);
	assert_string_equal(str_text(&out), "=?utf-8?Q?=3D=3Fx?=");
	str_clear(&out);
	for (int i = 0; i < 66; i++)
		str_add(&longer, "\xe2\x82\xac");
	form_header_text(str_text(&longer), &out);
	check_lines(&out, 76 - strlen("Subject: "));
	assert_null(strstr(str_text(&out), "=E2=82?="));
	assert_null(strstr(str_text(&out), "=E2?="));
}

/* Whatever a field holds: the head has no more lines, and the mail is text. */
static void
test_any_bytes(void **state)
{
	(void)state;
	struct form_settings settings = some_settings();
	for (int byte = 1; byte < 256; byte++) {
		char text[] = "a?b\r\nBcc: x@c.example";
		text[1] = (char)byte;
		struct form_fields fields = {
		    .count = 2, .values = {{"message", text}, {text, text}}};
		auto_str out = {0};
		form_mail_write(&(struct form_mail){&settings, &office, &fields, "",
				    "192.0.2.1", "contact.cgi"},
		    &out);
		assert_non_null(strstr(str_text(&out), "quoted-printable\n\na"));
		check_lines(&out, 76);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_without_address),
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_any_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
