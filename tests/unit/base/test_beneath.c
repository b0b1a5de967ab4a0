/* SPDX-License-Identifier: Apache-2.0 */
/* Each way to open beneath a directory: which links, ways out and mounts it refuses. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/beneath.h"

static char folder[] = "/tmp/hayward-beneath-XXXXXX";
static int top, host;

/* What came of it: 0, closed again, or -errno. */
static int
came(int fd)
{
	if (fd < 0)
		return fd;
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	top = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(top, "a", 0755), 0);
	close(openat(top, "a/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	assert_int_equal(symlinkat("a", top, "link"), 0);
	assert_int_equal(symlinkat("/a/file", top, "rooted"), 0);
	assert_int_equal(symlinkat("/proc/self/cwd", top, "magic"), 0);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	static const char *const names[] = {"a/file", "link", "rooted", "magic"};
	for (size_t i = 0; i < array_length(names); i++)
		unlinkat(top, names[i], 0);
	unlinkat(top, "a", AT_REMOVEDIR);
	close(top);
	close(host);
	return rmdir(folder);
}

static void
test_no_way_out(void **state)
{
	(void)state;
	static int (*const ways[])(int, const char *, int) = {
	    beneath_open, beneath_try, beneath_try_mounts};
	for (size_t i = 0; i < array_length(ways); i++) {
		assert_int_equal(came(ways[i](top, "a/file", O_RDONLY)), 0);
		assert_int_equal(came(ways[i](top, "a/../a/file", O_RDONLY)), 0);
		assert_int_equal(came(ways[i](top, "link/file", O_RDONLY)), -ELOOP);
		assert_int_equal(came(ways[i](top, "link/file", O_PATH)), -ELOOP);
		assert_int_equal(came(ways[i](top, "rooted", O_RDONLY)), -ELOOP);
		assert_int_equal(came(ways[i](top, "..", O_RDONLY)), -EXDEV);
		assert_int_equal(came(ways[i](top, "/a", O_RDONLY)), -EXDEV);
		assert_int_equal(came(ways[i](top, "none", O_RDONLY)), -ENOENT);
	}
}

static void
test_link_at_the_end(void **state)
{
	(void)state;
	struct stat facts;
	int fd = beneath_open(top, "link", O_PATH);
	assert_int_equal(fstat(fd, &facts), 0);
	assert_true(S_ISLNK(facts.st_mode));
	close(fd);
	assert_int_equal(came(beneath_try(top, "link", O_PATH | O_NOFOLLOW)), 0);
	assert_int_equal(came(beneath_try(top, "link", O_PATH)), -ELOOP);
	assert_int_equal(came(beneath_try_mounts(top, "link", O_PATH)), -ELOOP);
}

static void
test_mounts(void **state)
{
	(void)state;
	assert_int_equal(came(beneath_open(host, "proc/version", O_RDONLY)), -EXDEV);
	assert_int_equal(came(beneath_try(host, "proc/version", O_RDONLY)), -EXDEV);
	assert_int_equal(came(beneath_try_mounts(host, "proc/version", O_RDONLY)), 0);
	assert_int_equal(came(beneath_follow(host, "/proc/version", O_RDONLY)), 0);
}

static void
test_links_within_a_root(void **state)
{
	(void)state;
	assert_int_equal(came(beneath_follow(top, "/link/file", O_RDONLY)), 0);
	assert_int_equal(came(beneath_follow(top, "rooted", O_RDONLY)), 0);
	assert_int_equal(came(beneath_follow(top, "/../../a/file", O_RDONLY)), 0);
	assert_int_equal(came(beneath_follow(top, "magic", O_RDONLY)), -ENOENT);
	assert_int_equal(came(beneath_follow(host, "/proc/self/cwd", O_RDONLY)), -ELOOP);
}

/* Who holds a lease makes nobody wait. */
static void
test_lease(void **state)
{
	(void)state;
	signal(SIGIO, SIG_IGN);
	int held = openat(top, "a/file", O_RDWR | O_CLOEXEC);
	if (fcntl(held, F_SETLEASE, F_WRLCK))
		skip();
	assert_int_equal(came(beneath_try(top, "a/file", O_RDONLY | O_NONBLOCK)), -EAGAIN);
	assert_int_equal(came(beneath_try(top, "a/file", O_PATH)), 0);
	close(held);
	assert_int_equal(came(beneath_try(top, "a/file", O_RDONLY | O_NONBLOCK)), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_way_out),
	    cmocka_unit_test(test_link_at_the_end),
	    cmocka_unit_test(test_mounts),
	    cmocka_unit_test(test_links_within_a_root),
	    cmocka_unit_test(test_lease),
	};
	return cmocka_run_group_tests(tests, begin, finish);
}
