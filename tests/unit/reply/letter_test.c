/* SPDX-License-Identifier: Apache-2.0 */
/* Odd mails, and what is left of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/escape.h"
#include "main/reply/letter.h"
#include "main/reply/words.h"

#define HEAD                                                                                   \
	"From: Dana <dana@elsewhere.example>\r\nTo: hayward+1.x@web1.example\r\nSubject: Re: " \
	"A10\r\n"
#define PLAIN	    HEAD "\r\n"
#define MIXED	    HEAD "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
#define TYPED(type) HEAD "MIME-Version: 1.0\r\nContent-Type: " type "\r\n"
#define UNKNOWN	    "\xef\xbf\xbd"

static const struct {
	const char *what, *mail, *words;
} mails[] = {
    {"plain", PLAIN "I have fixed it.\r\n", "I have fixed it."},
    {"line feeds alone", "From: a@b\n\nOne\ntwo\n\n\nthree\n", "One two / three"},
    {"an envelope before", "From dana Mon Nov 25\n" PLAIN "hello\n", "hello"},
    {"nothing", "", ""},
    {"no body", HEAD, ""},
    {"no head", "\r\nhello\r\n", "hello"},
    {"quote above, attribution",
	PLAIN "On Mon, 25 Nov 2026 at 10:00, hayward on web1 <hayward@web1.example> wrote:\r\n"
	      "> What we measured\r\n>\r\n>   dana: 19 %\r\n\r\nFixed.\r\n",
	"Fixed."},
    {"attribution on two lines",
	PLAIN "Done, see below.\r\n\r\nAm 25.11.2026 um 10:00 schrieb hayward\r\n"
	      "<hayward+12.abc@web1.example>:\r\n\r\n> text\r\n",
	"Done, see below."},
    {"attribution that breaks behind the address",
	PLAIN "Done.\r\nOn Monday hayward <hayward@web1.example>\r\nwrote:\r\n> x\r\n",
	"Done."},
    {"between the quotes",
	PLAIN "> why?\r\nbecause\r\n> when?\r\n> really?\r\ntomorrow\r\n> x\r\n",
	"because / tomorrow"},
    {"a colon before a quote may be meant", PLAIN "My answer:\r\n> x\r\nyes\r\n",
	"My answer: / yes"},
    {"signature", PLAIN "Yes.\r\n-- \r\nDana\r\n+49 1234\r\n", "Yes."},
    {"ruled", PLAIN "Yes.\r\n-----Original Message-----\r\nFrom: hayward\r\n", "Yes."},
    {"underlined", PLAIN "Yes.\r\n________________________________\r\nVon: hayward\r\n",
	"Yes."},
    {"the head of the other mail",
	PLAIN
	"Yes: tomorrow.\r\n\r\nVon: hayward <hayward@web1.example>\r\nGesendet: Montag\r\n"
	"An: Dana\r\nBetreff: A10\r\n\r\nold text\r\n",
	"Yes: tomorrow."},
    {"all is quoted", PLAIN "> a\r\n> b\r\n", ""},
    {"quoted-printable",
	TYPED("text/plain; charset=utf-8") "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
					   "Z=C3=BCrich is=\r\n fine=20\r\n",
	"Z\xc3\xbcrich is fine"},
    {"quoted-printable, wrong",
	TYPED("text/plain") "Content-Transfer-Encoding: quoted-printable\r\n\r\na=ZZ=\r\n",
	"a=ZZ"},
    {"base64",
	TYPED("text/plain; charset=utf-8") "Content-Transfer-Encoding: base64\r\n\r\n"
					   "SSBoYXZlIGZpeGVkIGl0Lgo=\r\n",
	"I have fixed it."},
    {"base64, wrong",
	TYPED("text/plain") "Content-Transfer-Encoding: base64\r\n\r\nSSBo!!!YXZl\r\n",
	"I have"},
    {"Latin 1", TYPED("text/plain; charset=iso-8859-1") "\r\nZ\xfcrich\r\n", "Z\xc3\xbcrich"},
    {"a set that lies", TYPED("text/plain; charset=utf-8") "\r\nZ\xfcrich\r\n",
	"Z" UNKNOWN "rich"},
    {"a set that is none", TYPED("text/plain; charset=\"../../x\"") "\r\nhello\r\n", "hello"},
    {"a set that we do not convert",
	TYPED("text/plain; charset=iso-2022-cn-ext") "\r\nhello\r\n", "hello"},
    {"escapes", PLAIN "\x1b[31mred\x1b[0m\x07\r\n", UNKNOWN "[31mred" UNKNOWN "[0m" UNKNOWN},
    {"turned round", PLAIN "a\xe2\x80\xaegnp.exe z\xe2\x80\x8bw\r\n", "agnp.exe zw"},
    {"both",
	MIXED "--b\r\nContent-Type: text/html\r\n\r\n<p>no</p>\r\n--b\r\n"
	      "Content-Type: text/plain\r\n\r\nyes\r\n--b--\r\n",
	"yes"},
    {"nested",
	MIXED "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n"
	      "Content-Type: text/plain\r\n\r\ninside\r\n--c--\r\n--b--\r\n",
	"inside"},
    {"boundaries without an end", MIXED "--b\r\n\r\nyes\r\n", "yes"},
    {"attached text is no answer",
	MIXED "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\n"
	      "log\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee log\r\n--b--\r\n",
	"see log"},
    {"a mail inside is not his",
	MIXED "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y\r\n\r\nold\r\n--b--\r\n",
	""},
    {"a picture alone", TYPED("image/png") "\r\n\x89PNG\r\n", ""},
    {"HTML alone",
	TYPED("text/html; charset=utf-8") "\r\n<html><head><title>t</title><style>p{}</style></"
					  "head>"
					  "<body><p>I&nbsp;have <b>fixed</b> it.<br>A &lt; B "
					  "&#8364; &bogus;</p><script>if (a<b) x()</script>"
					  "<!-- no --><div>Dana</div></body></html>",
	"I have fixed it. A < B \xe2\x82\xac &bogus; / Dana"},
    {"HTML with a quote",
	TYPED(
	    "text/html") "\r\n<div>Done.</div><div>On 25 Nov, hayward &lt;h@x&gt; wrote:</div>"
			 "<blockquote><p>old</p><blockquote>older</blockquote></blockquote>"
			 "<p>Dana</p>",
	"Done. / Dana"},
    {"HTML that does not end", TYPED("text/html") "\r\nyes <a href=\"", "yes"},
    {"HTML of entities", TYPED("text/html") "\r\n&#0;&#x110000;&#xd800;&#27;&;&#;&#x;&amp",
	NULL},
};

static void
words_are_what_is_new(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(mails); i++) {
		auto_letter letter = {0};
		letter_read(mails[i].mail, strlen(mails[i].mail), &letter);
		assert_true(text_is_clean(str_text(&letter.words)));
		if (!mails[i].words)
			continue;
		if (!text_equal(str_text(&letter.words), mails[i].words))
			print_message("%s\n", mails[i].what);
		assert_string_equal(str_text(&letter.words), mails[i].words);
	}
}

static void
nul_bytes_end_nothing(void **state)
{
	(void)state;
	static const char mail[] = PLAIN "one\0two\r\n> \0\r\nthree\r\n";
	auto_letter letter = {0};
	letter_read(mail, sizeof(mail) - 1, &letter);
	assert_true(text_is_clean(str_text(&letter.words)));
	assert_non_null(strstr(str_text(&letter.words), "two"));
	assert_non_null(strstr(str_text(&letter.words), "three"));
}

static void
long_ones_are_cut_between_characters(void **state)
{
	(void)state;
	auto_letter letter = {0};
	auto_str mail = {0};
	str_add(&mail, TYPED("text/plain; charset=utf-8") "\r\n");
	while (mail.length < LARGEST_LETTER)
		str_add(&mail, "\xf0\x9f\x90\x84");
	letter_read(mail.data, mail.length, &letter);
	assert_true(letter.words.length <= LONGEST_WORDS);
	assert_true(letter.words.length > LONGEST_WORDS - 8);
	assert_true(text_is_clean(str_text(&letter.words)));
	assert_true(text_ends_with(str_text(&letter.words), "\xe2\x80\xa6"));
}

/* Each begins with something small that is repeated up to the largest mail. */
static void
no_mail_takes_long(void **state)
{
	(void)state;
	static const struct {
		const char *head, *again;
	} floods[] = {
	    {PLAIN, "> quoted\r\n"},
	    {PLAIN "x\r\n", ">\r\n\r\n"},
	    {PLAIN, "a@b 1:\r\n>\r\n"},
	    {PLAIN, "a: @\r\n"},
	    {PLAIN, "\r\n"},
	    {"", "A: b\r\n"},
	    {"To:", " a@b,\r\n"},
	    {"From: ", "((((("},
	    {MIXED, "--b\r\n"},
	    {MIXED, "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"},
	    {MIXED, "--b\r\nContent-Type: message/rfc822\r\n\r\n"},
	    {TYPED("text/html") "\r\n", "<"},
	    {TYPED("text/html") "\r\n", "<!--"},
	    {TYPED("text/html") "\r\n", "<blockquote>"},
	    {TYPED("text/html") "\r\n", "&#"},
	    {TYPED("text/html") "\r\n", "<a \"'"},
	};
	for (size_t i = 0; i < array_length(floods); i++) {
		auto_letter letter = {0};
		auto_str mail = {0};
		str_add(&mail, floods[i].head);
		while (mail.length < LARGEST_LETTER)
			str_add(&mail, floods[i].again);
		if (letter_read_apart(mail.data, mail.length, &letter))
			fail_msg("flood %zu took too long", i);
	}
}

/* Two hundred boxes in boxes: nothing is found in there, and nothing breaks. */
static void
deep_boxes_are_not_opened(void **state)
{
	(void)state;
	auto_letter letter = {0};
	auto_str mail = {0};
	str_add(&mail,
	    HEAD "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n");
	for (int i = 0; i < 200; i++)
		str_addf(&mail, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n",
		    i, i + 1);
	str_add(&mail, "--b200\r\n\r\ndeep\r\n");
	assert_int_equal(letter_read_apart(mail.data, mail.length, &letter), 0);
	assert_string_equal(str_text(&letter.words), "");
}

static void
programs_are_told_from_people(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		bool automatic;
	} headers[] = {
	    {"Auto-Submitted: auto-replied", true},
	    {"auto-submitted:  Auto-Generated (x)", true},
	    {"Auto-Submitted: no", false},
	    {"Precedence: bulk", true},
	    {"Precedence: auto_reply", true},
	    {"Precedence: list", true},
	    {"Precedence: first-class", false},
	    {"X-Auto-Response-Suppress: All", true},
	    {"X-Auto-Response-Suppress: None", false},
	    {"List-Id: <a.b>", true},
	    {"X-Hayward-Notice: reply", true},
	    {"Content-Type: multipart/report; boundary=b", true},
	    {"Subject: Auto-Submitted: auto-replied", false},
	    {"X-Whatever: x", false},
	};
	for (size_t i = 0; i < array_length(headers); i++) {
		auto_letter letter = {0};
		auto_str mail = {0};
		str_addf(&mail, "From: a@b\r\n%s\r\n\r\nhello\r\n", headers[i].header);
		letter_read(mail.data, mail.length, &letter);
		if ((letter.automatic.length > 0) != headers[i].automatic)
			fail_msg("%s", headers[i].header);
	}
}

static void
addresses_are_one_clean_line(void **state)
{
	(void)state;
	static const struct {
		const char *head, *from;
	} heads[] = {
	    {"From: Dana <dana@elsewhere.example>\r\n", "dana@elsewhere.example"},
	    {"From: dana@elsewhere.example (Dana)\r\n", "dana@elsewhere.example"},
	    {"From: a@b, c@d\r\n", "a@b"},
	    {"From: =?utf-8?q?x=0D=0ABcc=3A_v=40x?= <a@b>\r\n", "a@b"},
	    {"From: group: a@b;\r\n", ""},
	    {"From:\r\n", ""},
	    {"", ""},
	};
	for (size_t i = 0; i < array_length(heads); i++) {
		auto_letter letter = {0};
		auto_str mail = {0};
		str_addf(&mail, "%sTo: =?utf-8?q?a=0D=0AX:_y?= <h+1.x@w>\r\n\r\nhello\r\n",
		    heads[i].head);
		letter_read(mail.data, mail.length, &letter);
		assert_string_equal(str_text(&letter.from), heads[i].from);
		assert_true(text_is_clean(str_text(&letter.to)));
		assert_non_null(strstr(str_text(&letter.to), "h+1.x@w"));
	}
	auto_letter letter = {0};
	auto_str mail = {0};
	str_add(&mail, "From: <");
	str_add_fill(&mail, 'a', 1000);
	str_add(&mail, "@b>\r\n\r\nhello\r\n");
	letter_read(mail.data, mail.length, &letter);
	assert_true(letter.from.length <= LONGEST_FROM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_what_is_new),
	    cmocka_unit_test(nul_bytes_end_nothing),
	    cmocka_unit_test(long_ones_are_cut_between_characters),
	    cmocka_unit_test(no_mail_takes_long),
	    cmocka_unit_test(deep_boxes_are_not_opened),
	    cmocka_unit_test(programs_are_told_from_people),
	    cmocka_unit_test(addresses_are_one_clean_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
