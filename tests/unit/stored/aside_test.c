/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is put aside can be brought back, by whose it was and by nobody else, for as long as is
 * said. The mailbox is made up: its mails and whose it is are the test's, by the linker.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/program.h"
#include "base/str.h"
#include "stored/aside.h"
#include "stored/doveadm.h"
#include "stored/kept.h"
#include "stored/mailbox.h"

#define BOX  "0123456789abcdef0123456789abcdef"
#define SIGN "00000000deadbeef"

enum { ALICE = 61001, BOB = 61002, NOT_WHOLE = 3 };

int __wrap_doveadm_message(
    const char *user, const char *box, uint32_t uid, int file, int64_t *ret_length);
int __wrap_mailbox_number(const char *user, const char *field, uint32_t *ret_number);

static const char message[] = "Subject: x\r\n\r\nhello\r\n";
static char place[32];
static uint32_t owner;
static int read_times;

int
__wrap_doveadm_message(
    const char *user, const char *box, uint32_t uid, int file, int64_t *ret_length)
{
	(void)user, (void)box, (void)uid;
	read_times++;
	*ret_length = (int64_t)strlen(message);
	return file_write_all(file, message, strlen(message));
}

int
__wrap_mailbox_number(const char *user, const char *field, uint32_t *ret_number)
{
	(void)user, (void)field;
	*ret_number = owner;
	return 0;
}

static int
scene(void)
{
	snprintf(place, sizeof(place), "/tmp/hayward-aside-XXXXXX");
	assert_non_null(mkdtemp(place));
	int folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder >= 0);
	assert_int_equal(mkdirat(folder, "removed", 0700), 0);
	owner = ALICE;
	read_times = 0;
	return folder;
}

static void
scene_end(int folder)
{
	const char *const words[] = {"/usr/bin/rm", "-rf", "--", place, NULL};
	auto_str said = {0};
	assert_int_equal(program_check(words, 10000, &said), 0);
	close(folder);
}

static struct mail_place
mail(uint32_t uid, const char *sign)
{
	return (struct mail_place){"a@a.example", BOX, uid, sign};
}

static int
put_aside(int folder, const struct mail_place *which, const char *subject, const char *flags)
{
	json_t *row = json_pack("{ss ss ss sI}", "hdr.subject.utf8", subject, "flags", flags,
	    "mailbox", "INBOX", "size.virtual", (json_int_t)strlen(message));
	int status = aside_take(folder, which, row);
	json_decref(row);
	return status;
}

static char *
long_text(const char *letter, size_t length)
{
	char *text = malloc(length + 8);
	size_t filled = 0;
	assert_non_null(text);
	for (; filled < length; filled += strlen(letter))
		memcpy(text + filled, letter, strlen(letter));
	text[filled] = '\0';
	return text;
}

/* ---- facts ---- */

static void
of_a_long_subject_enough_is_kept(void **state)
{
	(void)state;
	int folder = scene();
	struct mail_place which = mail(7, SIGN);
	auto_free char *subject = long_text("\303\244", 70 * 1024);
	auto_free char *flags = long_text("keyword ", 70 * 1024);
	assert_int_equal(put_aside(folder, &which, subject, flags), 0);
	json_t *facts = aside_facts(folder, &which);
	assert_non_null(facts);
	assert_int_equal(strlen(row_text(facts, "hdr.subject.utf8")), ASIDE_SUBJECT);
	assert_true(text_has_word(row_text(facts, "flags"), "keyword", 7));
	assert_int_equal(aside_owner(facts), ALICE);
	json_decref(facts);
	scene_end(folder);
}

/* Folders' names are bounded by the file system, not here. */
static void
facts_that_could_not_be_read_are_refused(void **state)
{
	(void)state;
	int folder = scene();
	struct mail_place which = mail(7, SIGN);
	auto_free char *name = long_text("x", 70 * 1024);
	json_t *row = json_pack("{ss ss sI}", "mailbox", name, "flags", "", "size.virtual",
	    (json_int_t)strlen(message));
	assert_int_equal(aside_take(folder, &which, row), -EFBIG);
	assert_false(aside_has(folder, &which));
	json_decref(row);
	scene_end(folder);
}

static void
between_letters_it_is_cut(void **state)
{
	(void)state;
	json_t *cut = row_cut("\303\244\303\244", 3);
	assert_string_equal(json_string_value(cut), "\303\244");
	json_decref(cut);
	cut = row_cut("\303\244\303\244", 4);
	assert_string_equal(json_string_value(cut), "\303\244\303\244");
	json_decref(cut);
}

/* ---- taken again ---- */

static void
set_age(int folder, const struct mail_place *which, const char *ending)
{
	auto_str path = {0};
	const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	aside_path(which, ending, &path);
	assert_int_equal(utimensat(folder, str_text(&path), times, 0), 0);
}

static int64_t
time_of(int folder, const struct mail_place *which)
{
	auto_str path = {0};
	struct stat facts;
	aside_path(which, ASIDE_FACTS, &path);
	assert_int_equal(fstatat(folder, str_text(&path), &facts, 0), 0);
	return facts.st_mtim.tv_sec;
}

static bool
is_whole(int folder, const struct mail_place *which)
{
	char *bytes;
	size_t length;
	if (aside_map(folder, which, &bytes, &length))
		return false;
	return length == strlen(message) && memcmp(bytes, message, length) == 0;
}

/* From when it is taken out it is kept for a month, whenever it was first put aside. */
static void
its_month_begins_anew(void **state)
{
	(void)state;
	int folder = scene();
	struct mail_place which = mail(7, SIGN);
	assert_int_equal(put_aside(folder, &which, "x", ""), 0);
	set_age(folder, &which, ASIDE_FACTS);
	assert_int_equal(put_aside(folder, &which, "x", ""), 0);
	assert_true(time_of(folder, &which) > 1000);
	assert_int_equal(read_times, 1);
	scene_end(folder);
}

static void
a_copy_that_is_not_whole_is_made_anew(void **state)
{
	(void)state;
	int folder = scene();
	struct mail_place which = mail(7, SIGN);
	auto_str path = {0};
	aside_path(&which, ".mail", &path);
	assert_int_equal(put_aside(folder, &which, "x", ""), 0);
	int file = openat(folder, str_text(&path), O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(file, NOT_WHOLE), 0);
	close(file);
	assert_int_equal(put_aside(folder, &which, "x", ""), 0);
	assert_true(is_whole(folder, &which));
	assert_int_equal(unlinkat(folder, str_text(&path), 0), 0);
	assert_int_equal(put_aside(folder, &which, "x", ""), 0);
	assert_true(is_whole(folder, &which));
	assert_int_equal(read_times, 3);
	scene_end(folder);
}

static void
anothers_copy_is_not_his(void **state)
{
	(void)state;
	int folder = scene();
	struct mail_place which = mail(7, SIGN);
	assert_int_equal(put_aside(folder, &which, "x", ""), 0);
	owner = BOB;
	assert_int_equal(put_aside(folder, &which, "x", ""), 0);
	assert_int_equal(read_times, 2);
	scene_end(folder);
}

/* ---- told ---- */

static size_t
count_of(const char *text, const char *part)
{
	size_t count = 0;
	for (; (text = strstr(text, part)); text++)
		count++;
	return count;
}

static size_t
told(int folder, const char *order, const char *part)
{
	auto_str out = {0};
	assert_int_equal(stored_kept_in(folder, order, &out), 0);
	return count_of(str_text(&out), part);
}

/* The domain changed hands, the address is the same. */
static void
former_owners_mail_is_not_told(void **state)
{
	(void)state;
	int folder = scene();
	struct mail_place his = mail(7, SIGN), hers = mail(8, "00000000deadbee0");
	assert_int_equal(put_aside(folder, &hers, "hers", ""), 0);
	owner = BOB;
	assert_int_equal(put_aside(folder, &his, "his", ""), 0);
	assert_int_equal(told(folder, "owner 61002\nmailbox a@a.example\n", "\"his\""), 1);
	assert_int_equal(told(folder, "owner 61002\nmailbox a@a.example\n", "hers"), 0);
	assert_int_equal(told(folder, "owner 61002\nstaff\nmailbox a@a.example\n", "hers"), 0);
	assert_int_equal(
	    told(folder, "owner 61002\nsign 00000000deadbee0\nmailbox a@a.example\n", "mail"),
	    0);
	assert_int_equal(told(folder, "owner 61001\nmailbox a@a.example\n", "hers"), 1);
	assert_int_equal(told(folder, "mailbox a@a.example\n", "mail"), 0);
	scene_end(folder);
}

static void
what_is_nobodys_is_the_staffs(void **state)
{
	(void)state;
	int folder = scene();
	static const char facts[] = "{\"mailbox\":\"INBOX\",\"hdr.subject.utf8\":\"old\"}";
	struct mail_place which = mail(7, SIGN);
	auto_str path = {0};
	assert_int_equal(put_aside(folder, &which, "x", ""), 0);
	aside_path(&which, ASIDE_FACTS, &path);
	assert_int_equal(file_replace(folder, str_text(&path), 0600, facts, strlen(facts)), 0);
	assert_int_equal(told(folder, "owner 61001\nmailbox a@a.example\n", "old"), 0);
	assert_int_equal(told(folder, "owner 61001\nstaff\nmailbox a@a.example\n", "old"), 1);
	scene_end(folder);
}

/* As an older hayward wrote them: four long subjects hide nothing, and each is found by its
 * sign. */
static void
long_subjects_hide_nothing(void **state)
{
	(void)state;
	int folder = scene();
	auto_free char *subject = long_text("x", 60 * 1024);
	for (uint32_t uid = 1; uid <= 8; uid++) {
		char sign[17];
		auto_str path = {0};
		snprintf(sign, sizeof(sign), "%016x", uid);
		struct mail_place which = mail(uid, sign);
		assert_int_equal(put_aside(folder, &which, "x", ""), 0);
		json_t *facts = json_pack("{ss ss sI}", "mailbox", "INBOX", "hdr.subject.utf8",
		    uid > 4 ? subject : "short", "owner", (json_int_t)ALICE);
		auto_free char *text = json_dumps(facts, 0);
		json_decref(facts);
		aside_path(&which, ASIDE_FACTS, &path);
		assert_int_equal(
		    file_replace(folder, str_text(&path), 0600, text, strlen(text)), 0);
	}
	assert_int_equal(told(folder, "owner 61001\nmailbox a@a.example\n", "\"check\""), 8);
	assert_int_equal(
	    told(folder, "owner 61001\nsign 0000000000000003\nmailbox a@a.example\n",
		"\"check\":\"0000000000000003\""),
	    1);
	assert_int_equal(
	    told(folder, "owner 61001\nsign 0000000000000003\nmailbox a@a.example\n",
		"\"check\""),
	    1);
	scene_end(folder);
}

static void
what_has_no_room_is_counted(void **state)
{
	(void)state;
	int folder = scene();
	auto_free char *subject = long_text("\001", 200);
	enum { MANY = 250 };
	for (uint32_t uid = 1; uid <= MANY; uid++) {
		char sign[17];
		snprintf(sign, sizeof(sign), "%016x", uid);
		struct mail_place which = mail(uid, sign);
		assert_int_equal(put_aside(folder, &which, subject, ""), 0);
	}
	auto_str out = {0};
	assert_int_equal(stored_kept_in(folder, "owner 61001\nmailbox a@a.example\n", &out), 0);
	size_t count = count_of(str_text(&out), "\"check\"");
	auto_str more = {0};
	str_addf(&more, "{\"more\":%zu}\n", MANY - count);
	assert_true(count > 100 && count < MANY);
	assert_true(text_ends_with(str_text(&out), str_text(&more)));
	scene_end(folder);
}

static void
orders_are_checked(void **state)
{
	(void)state;
	static const char *const wrong[] = {"sign ../x\n", "sign 0\n", "owner x\n",
	    "owner -1\n", "owner 99999999999\n", "nonsense\n"};
	int folder = scene();
	for (size_t i = 0; i < array_length(wrong); i++) {
		auto_str out = {0};
		assert_int_equal(stored_kept_in(folder, wrong[i], &out), -EINVAL);
	}
	scene_end(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(of_a_long_subject_enough_is_kept),
	    cmocka_unit_test(facts_that_could_not_be_read_are_refused),
	    cmocka_unit_test(between_letters_it_is_cut),
	    cmocka_unit_test(its_month_begins_anew),
	    cmocka_unit_test(a_copy_that_is_not_whole_is_made_anew),
	    cmocka_unit_test(anothers_copy_is_not_his),
	    cmocka_unit_test(former_owners_mail_is_not_told),
	    cmocka_unit_test(what_is_nobodys_is_the_staffs),
	    cmocka_unit_test(long_subjects_hide_nothing),
	    cmocka_unit_test(what_has_no_room_is_counted),
	    cmocka_unit_test(orders_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
