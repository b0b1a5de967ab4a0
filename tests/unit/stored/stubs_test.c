/* SPDX-License-Identifier: Apache-2.0 */
/* Mails without their files: what the words say, and that nothing else is touched. */
#include "stored/stubs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../lib/same_parts.h"

#define MIXED                                                                                  \
	"Subject: s\nContent-Type: multipart/mixed; boundary=b\nX-Own: "                       \
	"1\n\nbefore\n--b\n\nhello\n--b\n"
#define FILE_PART                                                                              \
	"Content-Type: image/jpeg; name=a.jpg\nContent-Transfer-Encoding: base64\n\nQUFB\n"
#define SIGNED	  "Content-Type: multipart/signed; boundary=s\n\n--s\n"
#define SIGNATURE "--s\nContent-Type: application/pgp-signature; name=s.asc\n\nsig\n--s--\n"

static const char *const zoo[] = {
    "",
    "\n",
    "no header at all",
    "Subject: x\n\nhello\n",
    "Subject: x\n\nbegin 644 a.txt\n#0V%T\n`\nend\n",
    MIXED FILE_PART "--b--\nbehind\n",
    MIXED FILE_PART,
    MIXED FILE_PART "--b",
    MIXED "Content-Type: application/pdf; name=a.pdf",
    MIXED "Content-Disposition: attachment\n",
    MIXED FILE_PART "--b\n" FILE_PART "--b\n\nbetween\n--b\n" FILE_PART "--b--\n",
    MIXED "Content-Type: text/plain; name=words.txt\n\nx\n--b--\n",
    MIXED "Content-Type: image/png; name=a.png\nContent-ID: <a>\n\nx\n--b--\n",
    MIXED "Content-Type: image/png\nContent-Disposition: inline; filename=a.png\n\nx\n--b--\n",
    MIXED "Content-Type: message/rfc822\nContent-Disposition: attachment; filename=m.eml\n\n"
	  "Subject: in\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--i\n" FILE_PART
	  "--i--\n\n--b--\n",
    MIXED "Content-Type: message/rfc822\n\nSubject: in\nContent-Type: application/zip; "
	  "name=z.zip\nDate: now\n\nPK\n--b--\n",
    "Received: by x\nContent-Type: application/zip;\n name=a.zip\nSubject: alone\nContent-MD5: "
    "x\n\nPK\n",
    " filename=x\nContent-Disposition: attachment\n filename=y\nSubject: odd\n\nx",
    "Content-Disposition : attachment\nContent-Type:\nContent-Type: image/png; name=x\n\nx",
    SIGNED MIXED FILE_PART "--b--\n" SIGNATURE,
    "Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: "
    "application/pgp-encrypted\n\n"
    "Version: 1\n--b\nContent-Type: application/octet-stream; name=e.asc\n\nx\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/jpeg; "
    "name=a\r\n\r\nx\r\n--b--\r\n",
    "Content-Type: text/plain; charset=latin1\n\n\xe4\xf6\x01\n",
    MIXED "Content-Type: image/jpeg; name=\"\xe4.jpg\"\n\n\xff\xfe\n--b--\n",
};

static void
test_zoo(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(zoo); i++) {
		if (!is_same_without_files(zoo[i], strlen(zoo[i])))
			print_error("%zu: %s\n", i, zoo[i]);
		assert_true(is_same_without_files(zoo[i], strlen(zoo[i])));
	}
	assert_true(is_same_without_files("a\0b\0\n\n\0", 7));
}

static void
put(const char *message, const char *until, struct str *out)
{
	const struct stubs stubs = {"0123456789abcdef", until};
	str_clear(out);
	(void)stubs_put(message, strlen(message), &stubs, out);
}

static void
test_words(void **state)
{
	(void)state;
	auto_str out = {0};
	put(MIXED FILE_PART "--b--\nbehind\n", "2027-01-31", &out);
	assert_string_equal(str_text(&out),
	    MIXED "Content-Type: text/plain; charset=utf-8\n"
		  "Content-Transfer-Encoding: quoted-printable\n\n"
		  "A file was taken out of this mail: by the terms of this server\n"
		  "there may be none here.\n\n"
		  "    file: a.jpg\n    kind: image/jpeg\n    size: 3 B\n\n"
		  "The whole mail is kept until 2027-01-31. To have it back say\n\n"
		  "    hayward mail restore 0123456789abcdef\n\n"
		  "on the shell server, or ask the staff and give them that "
		  "number.\n--b--\nbehind\n");
	put(MIXED FILE_PART, "", &out);
	assert_non_null(strstr(str_text(&out), "is kept. To have"));
	assert_null(strstr(str_text(&out), "signed"));
	put(SIGNED MIXED FILE_PART "--b--\n" SIGNATURE, "", &out);
	assert_non_null(strstr(str_text(&out), "This mail is signed"));
	assert_non_null(strstr(str_text(&out), "\nsig\n"));
	/* Of a mail that is a file its own headers stay. */
	put("Received: by x\nContent-Type: application/zip;\n name=a.zip\nSubject: alone\n\nPK",
	    "", &out);
	assert_true(text_starts_with(str_text(&out),
	    "Received: by x\nSubject: alone\nContent-Type: text/plain; charset=utf-8\n"));
}

/* What an author wrote as a name ends up as letters, at no line's beginning. */
static void
test_names(void **state)
{
	(void)state;
	auto_str out = {0};
	put(MIXED "Content-Type: a/b; name=\"\x1b[2J=?x?=\xc3\xa4\xff.pdf\"\n\n--b--\n", "",
	    &out);
	assert_non_null(strstr(str_text(&out), "file: \\x1b[2J=3D?x?=3D=C3=A4\\xff.pdf\n"));
	put(MIXED "Content-Type: a/b; name=\"=?utf-8?Q?Stra=C3=9Fe_?= "
		  "=?ISO-8859-1?b?5C5wZGY=?=\"\n\n--b--\n",
	    "", &out);
	assert_non_null(strstr(str_text(&out), "file: Stra=C3=9Fe =C3=A4.pdf\n"));
	put(MIXED "Content-Type: a/b; name=\"=?utf-8?Q?a=00=0A--b=0A?= =?koi8-r?Q?x?= "
		  "=?utf-8?q\"\n\n--b--\n",
	    "", &out);
	assert_non_null(strstr(
	    str_text(&out), "file: a\\x00\\x0a--b\\x0a =3D?koi8-r?Q?x?=3D =3D?utf-8?q\n"));
	/* A long one is parted where a boundary could begin. */
	for (size_t fill = 0; fill < 80; fill++) {
		auto_str message = {0};
		str_add(&message, MIXED "Content-Type: a/b; name=\"");
		str_add_fill(&message, 'x', fill);
		str_add(&message, "--b--From .\"\n\nx\n--b--\nbehind\n");
		assert_true(is_same_without_files(str_text(&message), message.length));
		put(str_text(&message), "", &out);
		assert_null(strstr(str_text(&out), "\n--b--From"));
		assert_null(strstr(str_text(&out), "\nFrom"));
	}
}

/* Headers that are longer than are read, and whose files would be seen when others go. */
static void
test_shifted(void **state)
{
	(void)state;
	auto_str message = {0};
	str_add(&message, MIXED "Content-Disposition: attachment\nContent-Description: ");
	str_add_fill(&message, 'x', 65000);
	str_add(&message, "\nX-More: ");
	str_add_fill(&message, 'y', 65000);
	str_add(&message, "\nContent-Disposition: attachment; filename=b\n\nx\n--b--\n");
	assert_true(is_same_without_files(str_text(&message), message.length));
}

static void
test_hostile(void **state)
{
	(void)state;
	auto_str deep = {0}, many = {0}, large = {0}, out = {0};
	struct timespec before, after;
	for (int i = 0; i < 1000; i++)
		str_addf(&deep,
		    "Content-Type: multipart/mixed; name=x; boundary=b%d\n\n--b%d\n", i, i);
	assert_true(is_same_without_files(str_text(&deep), deep.length));
	str_add(&many, MIXED);
	for (int i = 0; i < 3000; i++)
		str_add(&many, FILE_PART "--b\n");
	assert_true(is_same_without_files(str_text(&many), many.length));
	str_add(&large, MIXED
	    "Content-Type: image/jpeg; name=a.jpg\nContent-Transfer-Encoding: base64\n\n");
	while (large.length < 50000000)
		str_add(
		    &large, "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZwo\n");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	put(str_text(&large), "", &out);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	assert_true(out.length < 2000);
	assert_non_null(strstr(str_text(&out), "size: 35."));
	print_message("fifty million bytes: %.0f ms\n",
	    (double)(after.tv_sec - before.tv_sec) * 1e3 +
		(double)(after.tv_nsec - before.tv_nsec) / 1e6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_zoo),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_shifted),
	    cmocka_unit_test(test_hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
