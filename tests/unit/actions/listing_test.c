/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that services read: one name in, one name out, everything else as it was. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "actions/listing.h"
#include "base/file.h"

static char folder[64];
static int root;

static int
begin(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/hayward-listing-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 || mkdirat(root, "etc", 0755);
}

static int
finish(void **state)
{
	(void)state;
	unlinkat(root, "etc/group", 0);
	unlinkat(root, "etc/list", 0);
	unlinkat(root, "etc/.pwd.lock", 0);
	unlinkat(root, "etc", AT_REMOVEDIR);
	close(root);
	return rmdir(folder);
}

static void
write_file(const char *path, const char *text)
{
	assert_int_equal(file_replace(root, path, 0644, text, strlen(text)), 0);
}

static void
expect_file(const char *path, const char *text)
{
	auto_str found = {0};
	assert_int_equal(file_read(root, path, 65536, &found), 0);
	assert_string_equal(str_text(&found), text);
}

static void
set(const char *login, bool member, const char *text)
{
	assert_int_equal(group_set(root, "held", login, member), 0);
	assert_int_equal(group_has(root, "held", login), member);
	expect_file("etc/group", text);
}

static void
members_come_and_go(void **state)
{
	(void)state;
	write_file("etc/group", "root:x:0:\nheld:x:990:\nheldfast:x:991:alice\n");
	set("alice", true, "root:x:0:\nheld:x:990:alice\nheldfast:x:991:alice\n");
	set("alice", true, "root:x:0:\nheld:x:990:alice\nheldfast:x:991:alice\n");
	set("al", true, "root:x:0:\nheld:x:990:alice,al\nheldfast:x:991:alice\n");
	set("bob", true, "root:x:0:\nheld:x:990:alice,al,bob\nheldfast:x:991:alice\n");
	set("al", false, "root:x:0:\nheld:x:990:alice,bob\nheldfast:x:991:alice\n");
	set("bob", false, "root:x:0:\nheld:x:990:alice\nheldfast:x:991:alice\n");
	set("alice", false, "root:x:0:\nheld:x:990:\nheldfast:x:991:alice\n");
	set("alice", false, "root:x:0:\nheld:x:990:\nheldfast:x:991:alice\n");
	write_file("etc/group", "held:x:990:alice,bob");
	set("alice", false, "held:x:990:bob");
	set("carl", true, "held:x:990:bob,carl");
}

/* Others read it whatever our umask is. */
static void
the_group_file_stays_readable(void **state)
{
	(void)state;
	struct stat facts;
	mode_t before = umask(077);
	write_file("etc/group", "held:x:990:\n");
	assert_int_equal(group_set(root, "held", "alice", true), 0);
	umask(before);
	assert_int_equal(fstatat(root, "etc/group", &facts, 0), 0);
	assert_int_equal(facts.st_mode & 07777, 0644);
}

static void
a_strange_group_file_is_left_alone(void **state)
{
	(void)state;
	assert_int_equal(group_set(root, "held", "alice", true), -ENOENT);
	write_file("etc/group", "root:x:0:\n");
	assert_int_equal(group_set(root, "held", "alice", true), -ENOENT);
	assert_int_equal(group_exists(root, "held"), 0);
	write_file("etc/group", "held:x:990\nroot:x:0:\n");
	assert_int_equal(group_set(root, "held", "alice", true), -EBADMSG);
	write_file("etc/group", "held:x:990:\nheld:x:991:\n");
	assert_int_equal(group_set(root, "held", "alice", true), -EBADMSG);
	assert_int_equal(
	    file_replace(root, "etc/group", 0644, "held:x:990:\n\0root:x:0:\n", 23), 0);
	assert_int_equal(group_set(root, "held", "alice", true), -EBADMSG);
	assert_int_equal(unlinkat(root, "etc/group", 0), 0);
	assert_int_equal(symlinkat("/etc/group", root, "etc/group"), 0);
	assert_int_equal(group_set(root, "held", "alice", true), -ELOOP);
}

/* usermod and its kin hold the lock for as long as they work. */
static void
others_are_waited_for(void **state)
{
	(void)state;
	int ends[2];
	char letter = 0;
	write_file("etc/group", "held:x:990:\n");
	assert_int_equal(pipe(ends), 0);
	pid_t other = fork();
	if (other == 0) {
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		int fd = openat(root, "etc/.pwd.lock", O_WRONLY | O_CREAT, 0600);
		_exit(fcntl(fd, F_SETLK, &lock) || write(ends[1], "x", 1) != 1 || pause());
	}
	assert_int_equal(read(ends[0], &letter, 1), 1);
	assert_int_equal(group_set(root, "held", "alice", true), -EBUSY);
	expect_file("etc/group", "held:x:990:\n");
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(group_set(root, "held", "alice", true), 0);
}

static void
lines_come_and_go(void **state)
{
	(void)state;
	assert_int_equal(listing_has(root, "etc/list", "alice:"), 0);
	assert_int_equal(listing_set(root, "etc/list", "alice:", false), 0);
	assert_int_equal(listing_set(root, "etc/list", "alice:", true), 0);
	assert_int_equal(listing_set(root, "etc/list", "alice:", true), 0);
	assert_int_equal(listing_set(root, "etc/list", "bob:", true), 0);
	expect_file("etc/list", "alice:\nbob:\n");
	assert_int_equal(listing_has(root, "etc/list", "alice"), 0);
	assert_int_equal(listing_set(root, "etc/list", "alice:", false), 0);
	expect_file("etc/list", "bob:\n");
	write_file("etc/list", "bob:");
	assert_int_equal(listing_set(root, "etc/list", "alice:", true), 0);
	expect_file("etc/list", "bob:\nalice:\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(members_come_and_go, begin, finish),
	    cmocka_unit_test_setup_teardown(the_group_file_stays_readable, begin, finish),
	    cmocka_unit_test_setup_teardown(a_strange_group_file_is_left_alone, begin, finish),
	    cmocka_unit_test_setup_teardown(others_are_waited_for, begin, finish),
	    cmocka_unit_test_setup_teardown(lines_come_and_go, begin, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
