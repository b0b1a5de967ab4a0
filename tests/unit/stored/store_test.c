/* SPDX-License-Identifier: Apache-2.0 */
/* What is put aside is thrown away when its time is over: a mail with all that is told of it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_mail_is_as_old_as_its_facts),
	    cmocka_unit_test(what_has_no_facts_is_as_old_as_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
