/* SPDX-License-Identifier: Apache-2.0 */
/* What is put aside is thrown away when its time is over: a mail with all that is told of it.
 * And nobody who has a hand in something keeps others from it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "stored/store.h"

enum { NOW = 1800000000, MONTH = 30 * 86400, DAY = 86400 };

static char place[32];

static int
scene(void)
{
	snprintf(place, sizeof(place), "/tmp/hayward-store-XXXXXX");
	assert_non_null(mkdtemp(place));
	int folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder >= 0);
	assert_int_equal(mkdirat(folder, "removed", 0700), 0);
	assert_int_equal(mkdirat(folder, "removed/a@b.example", 0700), 0);
	return folder;
}

static void
put(int folder, const char *name, int64_t age)
{
	auto_str path = {0};
	str_addf(&path, "removed/a@b.example/%s", name);
	int fd = openat(folder, str_text(&path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	const struct timespec times[2] = {{.tv_sec = NOW - age}, {.tv_sec = NOW - age}};
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void
scene_end(int folder, const char *left)
{
	auto_str name = {0};
	str_addf(&name, "removed/a@b.example/%s", left);
	if (*left)
		assert_int_equal(unlinkat(folder, str_text(&name), 0), 0);
	(void)unlinkat(folder, "removed/a@b.example", AT_REMOVEDIR);
	assert_int_equal(unlinkat(folder, "removed", AT_REMOVEDIR), 0);
	close(folder);
	assert_int_equal(rmdir(place), 0);
}

static bool
is_there(int folder, const char *name)
{
	auto_str path = {0};
	str_addf(&path, "removed/a@b.example/%s", name);
	return !faccessat(folder, str_text(&path), F_OK, 0);
}

static void
purge(int folder)
{
	json_t *seen = json_object();
	store_purge(folder, seen, MONTH, NOW);
	json_decref(seen);
}

static void
a_mail_is_as_old_as_its_facts(void **state)
{
	(void)state;
	int folder = scene();
	put(folder, "1.7.abc.mail", MONTH + 2);
	put(folder, "1.7.abc.rest", MONTH + 1);
	put(folder, "1.7.abc.facts", MONTH - 1);
	purge(folder);
	assert_true(is_there(folder, "1.7.abc.mail"));
	assert_true(is_there(folder, "1.7.abc.rest"));
	put(folder, "1.7.abc.facts", MONTH + 1);
	purge(folder);
	assert_false(is_there(folder, "1.7.abc.mail"));
	assert_false(is_there(folder, "1.7.abc.facts"));
	assert_false(is_there(folder, ""));
	scene_end(folder, "");
}

static void
what_has_no_facts_is_as_old_as_itself(void **state)
{
	(void)state;
	int folder = scene();
	put(folder, "1.8.def.mail", MONTH + 1);
	put(folder, "1.9.123.mail", DAY);
	put(folder, "torn", MONTH + 1);
	purge(folder);
	assert_false(is_there(folder, "1.8.def.mail"));
	assert_false(is_there(folder, "torn"));
	assert_true(is_there(folder, "1.9.123.mail"));
	scene_end(folder, "1.9.123.mail");
}

/* ---- in an order in which it may be cut off ---- */

int __wrap_unlinkat(int folder, const char *path, int flags);
int __real_unlinkat(int folder, const char *path, int flags);

static bool is_facts_gone, is_mail_first;

int
__wrap_unlinkat(int folder, const char *path, int flags)
{
	is_facts_gone |= text_ends_with(path, ".facts");
	is_mail_first |= text_ends_with(path, ".mail") && !is_facts_gone;
	return __real_unlinkat(folder, path, flags);
}

/* Of what is told, all is there. */
static void
facts_go_first(void **state)
{
	(void)state;
	int folder = scene();
	for (int i = 0; i < 16; i++) {
		auto_str name = {0};
		str_addf(&name, "1.%d.abc.mail", i);
		put(folder, str_text(&name), MONTH + 1);
		str_cut(&name, name.length - strlen("mail"));
		str_add(&name, "facts");
		put(folder, str_text(&name), MONTH + 1);
		is_facts_gone = is_mail_first = false;
		purge(folder);
		assert_true(is_facts_gone);
		assert_false(is_mail_first);
		assert_int_equal(mkdirat(folder, "removed/a@b.example", 0700), 0);
	}
	scene_end(folder, "");
}

/* ---- what is in somebody's hands ---- */

static size_t
count_gone(int folder)
{
	size_t count = 0;
	DIR *listing = store_list(folder, "removed");
	assert_non_null(listing);
	for (const struct dirent *entry; (entry = readdir(listing));)
		count += text_starts_with(entry->d_name, ".gone-");
	closedir(listing);
	return count;
}

/* He makes files in it as fast as they are removed. */
static pid_t
somebody(int folder)
{
	pid_t child = fork();
	if (child)
		return child;
	int cur = openat(folder, "back-1/cur", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (unsigned i = 0;; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%u", i % 1000);
		close(openat(cur, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
}

static void
wait_for_him(int folder)
{
	static const struct timespec turn = {.tv_nsec = 1000000};
	int left = 5000;
	while (faccessat(folder, "back-1/cur/9", F_OK, 0) && left--)
		nanosleep(&turn, NULL);
	assert_true(left > 0);
}

static void
whoever_is_in_there_is_in_nobodys_way(void **state)
{
	(void)state;
	int folder = scene();
	for (int times = 0; times < 3; times++) {
		assert_int_equal(mkdirat(folder, "back-1", 0700), 0);
		assert_int_equal(mkdirat(folder, "back-1/cur", 0700), 0);
		pid_t child = somebody(folder);
		wait_for_him(folder);
		assert_int_equal(store_take_away(folder, "back-1"), 0);
		assert_int_not_equal(faccessat(folder, "back-1", F_OK, 0), 0);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	assert_int_equal(store_take_away(folder, "back-1"), 0);
	/* What was left is thrown away with the rest, and what an agent that was cut off left.
	 */
	assert_int_equal(mkdirat(folder, "back", 0700), 0);
	assert_int_equal(mkdirat(folder, "removed/.gone-1", 0700), 0);
	assert_int_equal(mkdirat(folder, "removed/.gone-1/cur", 0700), 0);
	purge(folder);
	assert_int_equal(count_gone(folder), 0);
	assert_int_not_equal(faccessat(folder, "back", F_OK, 0), 0);
	scene_end(folder, "");
}

/* ---- who waits for whom ---- */

static void
one_mailbox_keeps_no_other(void **state)
{
	(void)state;
	int folder = scene();
	int one = store_lock(folder, "a@b.example", 0);
	int other = store_lock(folder, "c@b.example", 0);
	assert_true(one >= 0 && other >= 0);
	assert_int_equal(store_lock(folder, "a@b.example", 0), -EBUSY);
	assert_int_equal(store_lock(folder, NULL, 0), -EBUSY);
	close(one);
	close(other);
	int all = store_lock(folder, NULL, 0);
	assert_true(all >= 0);
	assert_int_equal(store_lock(folder, "a@b.example", 0), -EBUSY);
	close(all);
	assert_int_equal(unlinkat(folder, "lock", 0), 0);
	scene_end(folder, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_mail_is_as_old_as_its_facts),
	    cmocka_unit_test(what_has_no_facts_is_as_old_as_itself),
	    cmocka_unit_test(facts_go_first),
	    cmocka_unit_test(whoever_is_in_there_is_in_nobodys_way),
	    cmocka_unit_test(one_mailbox_keeps_no_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
