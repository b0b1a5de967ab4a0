/* SPDX-License-Identifier: Apache-2.0 */
/* What counts as an attachment, and what mail programs put beside the words by themselves. */
#include "stored/attachments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/str.h"
#include "stored/folders.h"

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n"

static const struct {
	const char *message;
	uint32_t count;
} zoo[] = {
    {"", 0},
    {"Subject: x\n\nhello\n", 0},
    {"Content-Type: text/html\n\n<p>", 0},
    {MIXED "Content-Type: application/pdf; name=a.pdf\n\nx\n--b--\n", 1},
    {MIXED
	"Content-Type: application/octet-stream\nContent-Disposition: attachment\n\nx\n--b--",
	1},
    {"Content-Type: application/zip; name=a.zip\n\nPK", 1},
    {MIXED "Content-Disposition: attachment; filename=a.txt\n\nx\n--b--\n", 1},
    {MIXED "Content-Type: text/plain; name=words.txt\n\nx\n--b--\n", 0},
    {MIXED "Content-Type: image/png; name=a.png\nContent-Disposition: inline; "
	   "filename=a.png\n\nx\n--b",
	0},
    {MIXED "Content-Type: image/png; name=a.png\nContent-ID: <a>\n\nx\n--b--\n", 0},
    {MIXED "Content-Type: application/pdf; name=a.pdf\nContent-ID: <a>\n\nx\n--b--\n", 1},
    {MIXED "Content-Type: application/pgp-signature; name=s.asc\nContent-Disposition: "
	   "attachment\n\nx\n--b--",
	0},
    {MIXED "Content-Type: text/calendar; name=i.ics\nContent-Disposition: "
	   "attachment\n\nx\n--b--\n",
	0},
    {MIXED "Content-Type: message/rfc822\nContent-Disposition: attachment; filename=m.eml\n\n"
	   "Subject: in\n\nwords\n--b--\n",
	0},
    {MIXED "Content-Type: message/rfc822\n\n"
	   "Content-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--i\n"
	   "Content-Type: image/jpeg; name=a.jpg\n\nx\n--i--\n\n--b--\n",
	1},
    {"Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: "
     "application/pgp-encrypted\n\nVersion: 1\n"
     "--b\nContent-Type: application/octet-stream; name=e.asc\n\nx\n--b--\n",
	0},
    {"\nContent-Disposition: attachment; filename=x.exe\n\nx\n", 0},
    {MIXED "Content-Type: image/jpeg; name=a.jpg\n\nx\n--b\nContent-Type: image/jpeg; "
	   "name=b.jpg\n\nx\n",
	2},
};

static void
test_zoo(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(zoo); i++) {
		uint32_t count = attachments_count(zoo[i].message, strlen(zoo[i].message));
		if (count != zoo[i].count)
			print_error("%zu: %u, not %u\n", i, count, zoo[i].count);
		assert_int_equal(count, zoo[i].count);
	}
	assert_true(attachments_none("", ""));
	assert_true(attachments_none(" text/plain; charset=utf-8", ""));
	assert_false(attachments_none("text/plain", "attachment"));
	assert_false(attachments_none("multipart/mixed", ""));
}

static double
seconds_for(const struct str *message)
{
	struct timespec before, after;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	(void)attachments_count(message->data, message->length);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	return (double)(after.tv_sec - before.tv_sec) +
	       (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

/* A thousand levels, fifty million bytes, a million parts, nothing but NULs. */
static void
test_hostile(void **state)
{
	(void)state;
	auto_str deep = {0}, large = {0}, many = {0}, nothing = {0};
	for (int i = 0; i < 1000; i++)
		str_addf(&deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	str_add(&large, MIXED "Content-Type: image/jpeg; name=a.jpg\n\n");
	while (large.length < 50000000)
		str_add(
		    &large, "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZwo\n");
	str_add(&many, MIXED);
	while (many.length < 10000000)
		str_add(&many, "\n--b\n");
	str_add_fill(&nothing, '\0', 1000000);
	assert_true(seconds_for(&deep) < 1);
	assert_true(seconds_for(&large) < 10);
	assert_true(seconds_for(&many) < 10);
	assert_true(seconds_for(&nothing) < 1);
	assert_int_equal(attachments_count(large.data, large.length), 1);
}

static void
test_folders(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum folder kind;
	} names[] = {{"INBOX", FOLDER_INBOX}, {"inbox", FOLDER_INBOX}, {"Sent", FOLDER_SENT},
	    {"INBOX.Sent", FOLDER_SENT}, {"Sent Items", FOLDER_SENT}, {"Gesendet", FOLDER_SENT},
	    {"\303\211l\303\251ments envoy\303\251s", FOLDER_SENT}, {"Sent.2024", FOLDER_OTHER},
	    {"Sentinel", FOLDER_OTHER}, {"Presents", FOLDER_OTHER}, {"Drafts", FOLDER_DRAFTS},
	    {"Junk", FOLDER_JUNK}, {"Trash", FOLDER_TRASH}, {"", FOLDER_OTHER},
	    {"...", FOLDER_OTHER}};
	for (size_t i = 0; i < array_length(names); i++)
		assert_int_equal(folder_of(names[i].name), names[i].kind);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_zoo),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_folders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
