/* SPDX-License-Identifier: Apache-2.0 */
/* Limits over time, and the file that they are kept in, whatever lies there. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "main/form/rate_file.h"
#include "main/form/rates.h"

enum { NOW = 1000000000, MINUTE = 60000, HOUR = 3600000 };

static const struct form_settings limits = {
    .per_visitor = {2, 10 * MINUTE}, .per_form = {4, HOUR}};

static void
test_limits(void **state)
{
	(void)state;
	auto_str text = {0};
	int64_t wait = 0;
	assert_int_equal(rates_take(&text, &limits, "192.0.2.1", NOW, &wait), 0);
	assert_int_equal(rates_take(&text, &limits, "192.0.2.1", NOW + MINUTE, &wait), 0);
	assert_int_equal(
	    rates_take(&text, &limits, "192.0.2.1", NOW + 2 * MINUTE, &wait), -EAGAIN);
	assert_int_equal(wait, 8 * MINUTE);
	/* Not the form's limit, for it sent only two. */
	assert_int_equal(rates_take(&text, &limits, "192.0.2.2", NOW + 2 * MINUTE, &wait), 0);
	assert_int_equal(rates_take(&text, &limits, "192.0.2.3", NOW + 2 * MINUTE, &wait), 0);
	assert_int_equal(
	    rates_take(&text, &limits, "192.0.2.4", NOW + 2 * MINUTE, &wait), -EAGAIN);
	assert_int_equal(wait, 58 * MINUTE);
	/* What was refused was not counted: one is free as soon as it was said. */
	assert_int_equal(
	    rates_take(&text, &limits, "192.0.2.4", NOW + HOUR - 1, &wait), -EAGAIN);
	assert_int_equal(wait, 1);
	assert_int_equal(rates_take(&text, &limits, "192.0.2.4", NOW + HOUR, &wait), 0);
}

static void
test_give_back(void **state)
{
	(void)state;
	auto_str text = {0};
	int64_t wait = 0;
	for (int i = 0; i < 2; i++)
		assert_int_equal(rates_take(&text, &limits, "192.0.2.1", NOW, &wait), 0);
	rates_give_back(&text, "192.0.2.9", NOW);
	rates_give_back(&text, "192.0.2.1", NOW + 1);
	assert_int_equal(rates_take(&text, &limits, "192.0.2.1", NOW, &wait), -EAGAIN);
	rates_give_back(&text, "192.0.2.1", NOW);
	assert_int_equal(rates_take(&text, &limits, "192.0.2.1", NOW, &wait), 0);
}

/* The limits may be lowered between two requests: then it takes until enough are too old. */
static void
test_lowered(void **state)
{
	(void)state;
	struct form_settings lower = {.per_visitor = {1, HOUR}, .per_form = {9, HOUR}};
	auto_str text = {0};
	int64_t wait = 0;
	str_addf(&text, "%d 192.0.2.1\n%d 192.0.2.1\n%d 192.0.2.1\n", NOW, NOW + 10, NOW + 20);
	assert_int_equal(rates_take(&text, &lower, "192.0.2.1", NOW + 30, &wait), -EAGAIN);
	assert_int_equal(wait, HOUR - 10);
}

static void
test_garbage(void **state)
{
	static const char garbage[] =
	    "\n\n \nx\n1000000000\n1000000000 \n 192.0.2.1\n1000000000  192.0.2.1\n"
	    "99999999999999999999 192.0.2.1\n-1 192.0.2.1\n1000000000 192.0.2.1 x\n"
	    "9999999999999 192.0.2.1\n1000000000 \xff\xfe\n1000000000 ABC\n"
	    "1000000000 "
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	    "1000000000\000192.0.2.1\n1000000000 192.0.2.\0001\n1 192.0.2.1\n1000000000 192";
	(void)state;
	auto_str text = {0};
	int64_t wait = 0;
	str_add_bytes(&text, garbage, sizeof(garbage));
	assert_int_equal(rates_take(&text, &limits, "192.0.2.1", NOW, &wait), 0);
	assert_string_equal(str_text(&text), "1000000000 192.0.2.1\n");
	/* Without a line's end at its own end, what is true counts. */
	str_clear(&text);
	str_add(&text, "1000000000 192.0.2.1\n1000000000 192.0.2.1");
	assert_int_equal(rates_take(&text, &limits, "192.0.2.1", NOW, &wait), -EAGAIN);
}

static void
test_bounded(void **state)
{
	(void)state;
	struct form_settings high = {.per_visitor = {1000, MINUTE}, .per_form = {1000, HOUR}};
	auto_str text = {0};
	int64_t wait = 0;
	for (int i = 0; i < 3 * RATES_MOST; i++)
		str_addf(&text, "%d 192.0.2.%d\n", NOW - i % 1000, i % 250);
	assert_int_equal(rates_take(&text, &high, "192.0.2.1", NOW, &wait), -EAGAIN);
	size_t lines = 0;
	for (size_t i = 0; i < text.length; i++)
		lines += text.data[i] == '\n';
	assert_int_equal(lines, RATES_MOST);
	assert_true(text.length < RATES_LARGEST);
}

/* ---- the file ---- */

static char home[] = "/tmp/hayward-form.XXXXXX";
static struct rate_file file = {home, "/home/alice/public_html/contact.cgi"};
static struct str folder, path; /* path: by the digest of the form's */

static int
set_up(void **state)
{
	(void)state;
	if (!mkdtemp(home))
		return -1;
	str_addf(&folder, "%s/.hayward", home);
	str_addf(&path, "%s/mail-form-da4cade6d15eb42b", str_text(&folder));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(str_text(&path));
	rmdir(str_text(&folder));
	rmdir(home);
	str_done(&folder);
	str_done(&path);
	return 0;
}

static void
write_file(const char *bytes, size_t length)
{
	auto_fd int fd = open(str_text(&path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(file_write_all(fd, bytes, length), 0);
}

static void
expect_file(const char *wanted)
{
	auto_str text = {0};
	assert_int_equal(file_read(AT_FDCWD, str_text(&path), 1 << 20, &text), 0);
	assert_string_equal(str_text(&text), wanted);
}

static void
test_file(void **state)
{
	(void)state;
	int64_t wait = 0;
	struct stat about;
	assert_int_equal(rate_file_take(&file, &limits, "192.0.2.1", NOW, &wait), 0);
	assert_int_equal(rate_file_take(&file, &limits, "192.0.2.1", NOW + 1, &wait), 0);
	assert_int_equal(rate_file_take(&file, &limits, "192.0.2.1", NOW + 2, &wait), -EAGAIN);
	assert_int_equal(wait, 10 * MINUTE - 2);
	assert_int_equal(rate_file_give_back(&file, "192.0.2.1", NOW + 1), 0);
	expect_file("1000000000 192.0.2.1\n");
	assert_int_equal(stat(str_text(&path), &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_int_equal(stat(str_text(&folder), &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
}

static void
test_file_of_garbage(void **state)
{
	(void)state;
	int64_t wait = 0;
	auto_str large = {0};
	write_file("\0\0garbage\n\xff 1\n", 14);
	assert_int_equal(rate_file_take(&file, &limits, "192.0.2.1", NOW, &wait), 0);
	expect_file("1000000000 192.0.2.1\n");
	str_add_fill(&large, 'x', RATES_LARGEST + 1);
	write_file(large.data, large.length);
	assert_int_equal(rate_file_take(&file, &limits, "192.0.2.1", NOW, &wait), 0);
	expect_file("1000000000 192.0.2.1\n");
}

/* A link, a pipe or another's hard link in its place is refused, and nothing is written there.
 */
static void
test_file_of_another_kind(void **state)
{
	(void)state;
	int64_t wait = 0;
	auto_str other = {0}, text = {0};
	str_addf(&other, "%s/other", home);
	write_file("", 0);
	assert_int_equal(rename(str_text(&path), str_text(&other)), 0);
	assert_int_equal(symlink(str_text(&other), str_text(&path)), 0);
	assert_int_equal(rate_file_take(&file, &limits, "192.0.2.1", NOW, &wait), -ELOOP);
	unlink(str_text(&path));
	assert_int_equal(link(str_text(&other), str_text(&path)), 0);
	assert_int_equal(rate_file_take(&file, &limits, "192.0.2.1", NOW, &wait), -EBADF);
	unlink(str_text(&path));
	assert_int_equal(mkfifo(str_text(&path), 0600), 0);
	assert_int_equal(rate_file_take(&file, &limits, "192.0.2.1", NOW, &wait), -EBADF);
	unlink(str_text(&path));
	assert_int_equal(file_read(AT_FDCWD, str_text(&other), 100, &text), 0);
	assert_int_equal(text.length, 0);
	/* Nor is the folder found through a link. */
	rmdir(str_text(&folder));
	assert_int_equal(symlink("/tmp", str_text(&folder)), 0);
	assert_int_equal(rate_file_take(&file, &limits, "192.0.2.1", NOW, &wait), -ENOTDIR);
	unlink(str_text(&folder));
	unlink(str_text(&other));
}

/* Ten at once count ten; none gets more than the limit. */
static void
test_file_of_many(void **state)
{
	enum { MANY = 10 };
	(void)state;
	int64_t wait = 0;
	struct form_settings few = {.per_visitor = {4, HOUR}, .per_form = {100, HOUR}};
	int taken = 0;
	for (int i = 0; i < MANY; i++)
		if (!fork())
			_exit(rate_file_take(&file, &few, "192.0.2.1", NOW, &wait) != 0);
	for (int i = 0, status; i < MANY; i++) {
		assert_true(waitpid(-1, &status, 0) > 0);
		taken += status == 0;
	}
	assert_int_equal(taken, 4);
}

/* Somebody who keeps the lock costs five seconds, and nothing is sent. */
static void
test_file_that_is_held(void **state)
{
	(void)state;
	int64_t wait = 0;
	auto_fd int fd = open(str_text(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(rate_file_take(&file, &limits, "192.0.2.1", NOW, &wait), -ETIMEDOUT);
}

static int
clear(void **state)
{
	(void)state;
	unlink(str_text(&path));
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_give_back),
	    cmocka_unit_test(test_lowered),
	    cmocka_unit_test(test_garbage),
	    cmocka_unit_test(test_bounded),
	    cmocka_unit_test_teardown(test_file, clear),
	    cmocka_unit_test_teardown(test_file_of_garbage, clear),
	    cmocka_unit_test_teardown(test_file_of_another_kind, clear),
	    cmocka_unit_test_teardown(test_file_of_many, clear),
	    cmocka_unit_test_teardown(test_file_that_is_held, clear),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
