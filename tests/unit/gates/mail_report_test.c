/* SPDX-License-Identifier: Apache-2.0 */
/* Bounces and complaints: what they say, of which mail, and what only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "gates/mail_report.h"

static const char status_head[] =
    "From: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nTo: alice@common.example\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=\"B/1\"\r\n\r\n"
    "--B/1\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n"
    "--B/1\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.example\r\nArrival-Date: Fri, 27 Nov 2026 03:12:08 +0000\r\n\r\n";

static const char sent_back[] =
    "\r\n--B/1\r\nContent-Type: text/rfc822-headers\r\n\r\n"
    "Received: by common.example\r\n"
    "X-Hayward-Sender: by=program; account=alice; uid=61001; reference=HW-6b08fa67-7\r\n"
    "Subject: news\r\nX-Hayward-Sender: by=program; reference=HW-1-1\r\n\r\n--B/1--\r\n";

static bool
read_whole(const char *recipients, struct mail_report *ret_report)
{
	auto_str text = {0};
	str_addf(&text, "%s%s%s", status_head, recipients, sent_back);
	*ret_report = (struct mail_report){0};
	return mail_report_read(text.data, text.length, ret_report);
}

static void
test_a_bounce(void **state)
{
	(void)state;
	struct mail_report report;
	assert_true(read_whole("Final-Recipient: rfc822; x@elsewhere.example\r\nAction: failed\r\n"
			       "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 User unknown\r\n",
	    &report));
	assert_int_equal(report.kind, MAIL_REPORT_BOUNCE);
	assert_int_equal(report.failed, 1);
	assert_int_equal(report.unknown, 1);
	assert_string_equal(report.reference, "HW-6b08fa67-7");
}

static void
test_each_recipient_counts(void **state)
{
	(void)state;
	struct mail_report report;
	assert_true(read_whole("Final-Recipient: rfc822; a@x\r\nACTION:FAILED\r\nstatus: 5.2.2\r\n\r\n"
			       "Final-Recipient: rfc822; b@x\r\nStatus: 5.1.10\r\nAction: failed (forever)\r\n\r\n"
			       "Final-Recipient: rfc822; c@x\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
			       "Final-Recipient: rfc822; d@x\r\nAction: delayed\r\nStatus: 5.1.1\r\n",
	    &report));
	assert_int_equal(report.failed, 2);
	assert_int_equal(report.unknown, 1);
}

/* That there is no such address is said of a recipient: what is said of the sender's, or of how it
 * is written, is no fault of the list. */
static void
test_what_is_unknown(void **state)
{
	(void)state;
	static const char *const yes[] = {"5.1.1", "5.1.2", "5.1.10", "5.1.1 (unknown)", "5.1.1\t"};
	static const char *const no[] = {"5.1.0", "5.1.3", "5.1.6", "5.1.7", "5.1.8", "5.1.11", "5.1.100", "5.1.1.1",
	    "5.1", "5.1.", "4.1.1", "5.2.1", "5.7.1", "15.1.1", "x", ""};
	struct mail_report report;
	for (size_t i = 0; i < array_length(yes) + array_length(no); i++) {
		bool is_yes = i < array_length(yes);
		const char *status = is_yes ? yes[i] : no[i - array_length(yes)];
		auto_str text = {0};
		str_addf(&text, "Action: failed\r\nStatus: %s\r\n", status);
		assert_true(read_whole(str_text(&text), &report));
		assert_int_equal(report.failed, 1);
		assert_int_equal(report.unknown, is_yes);
		assert_int_equal(mail_status_is_unknown(status), is_yes);
	}
}

/* What only waits has not failed, and a receipt is no complaint. */
static void
test_what_is_none(void **state)
{
	(void)state;
	struct mail_report report;
	assert_false(read_whole("Action: delayed\r\nStatus: 4.4.1\r\n", &report));
	assert_false(read_whole("Action: delivered\r\nStatus: 2.1.5\r\n", &report));
	assert_false(read_whole("Action: failedly\r\nStatus: 5.1.1\r\n", &report));
	static const char plain[] = "Subject: Action: failed\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n";
	assert_false(mail_report_read(plain, strlen(plain), &report));
	assert_false(mail_report_read("", 0, &report));
}

static void
test_a_complaint(void **state)
{
	(void)state;
	struct mail_report report = {0};
	static const char text[] =
	    "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
	    "--b\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report\r\n"
	    "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
	    "Feedback-Type: abuse\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n\r\n"
	    "--b\r\nContent-Type: message/rfc822\r\n\r\n"
	    "X-Hayward-Sender: by=login; login=a@b.example; reference=HW-6b08fa68-f\r\n"
	    "Subject: buy\r\n\r\nnow\r\n--b--\r\n";
	assert_true(mail_report_read(text, strlen(text), &report));
	assert_int_equal(report.kind, MAIL_REPORT_COMPLAINT);
	assert_int_equal(report.failed, 0);
	assert_string_equal(report.reference, "HW-6b08fa68-f");
	auto_str thanks = {0};
	str_add(&thanks, text);
	memcpy(strstr(thanks.data, "abuse\r\nUser"), "other", strlen("other"));
	assert_false(mail_report_read(thanks.data, thanks.length, &report));
}

/* A reference is one word of ours, or none. */
static void
test_which_mail(void **state)
{
	(void)state;
	struct mail_report report;
	static const char *const words[] = {"reference=HW-0123456789abcdef0123456789", "reference=X-1",
	    "reference=", "REFERENCE=HW-1-1"};
	for (size_t i = 0; i < array_length(words); i++) {
		auto_str text = {0};
		str_addf(&text,
		    "%sAction: failed\r\nStatus: 5.1.1\r\n\r\n--B/1\r\nContent-Type: "
		    "message/rfc822\r\n\r\nX-Hayward-Sender: %s\r\n\r\nx\r\n--B/1--\r\n",
		    status_head, words[i]);
		report = (struct mail_report){0};
		assert_true(mail_report_read(text.data, text.length, &report));
		assert_string_equal(report.reference, "");
	}
}

/* As large as a mail can be, of nothing but recipients: it ends, and says no more than is believed. */
static void
test_many_recipients(void **state)
{
	(void)state;
	struct mail_report report = {0};
	auto_str text = {0};
	str_add(&text, status_head);
	for (int i = 0; i < 100000; i++)
		str_add(&text, "Action: failed\r\nStatus: 5.1.1\r\n\r\n");
	str_add(&text, sent_back);
	assert_true(mail_report_read(text.data, text.length, &report));
	assert_int_equal(report.failed, 1000);
	assert_string_equal(report.reference, "HW-6b08fa67-7");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_bounce),
	    cmocka_unit_test(test_each_recipient_counts),
	    cmocka_unit_test(test_what_is_unknown),
	    cmocka_unit_test(test_what_is_none),
	    cmocka_unit_test(test_a_complaint),
	    cmocka_unit_test(test_which_mail),
	    cmocka_unit_test(test_many_recipients),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
