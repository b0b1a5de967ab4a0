/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one customer can take from the others, or lay at somebody's door, is bounded: tasks that
 * fill the sums, programs that are called like the host's, overlays over its servers, and
 * programs that become root.
 *
 * usage: sensors-bounds-test BORROWED
 */
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "chroot.h"
#include "sensors/argv.h"
#include "watch.h"

enum { MALLORY = 61060, VICTIM = 61061, TOLERANCE = 30, FEW_LIVES = 64 };

#define COMMAND(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *borrowed;

static const char burn[] = "my $x; while ((times)[0] + (times)[1] < 0.3)"
			   " { $x += $_ for 1..20000 }\n";

static const char borrow[] =
    "if (!fork) { my $x; while ((times)[0] + (times)[1] < 0.3)"
    " { $x += $_ for 1..20000 } exec './borrowed' } wait; exit($? >> 8);\n";

static const char idle[] = "$| = 1; setpgrp; for (1 .. 100) { fork or do { sleep 60; exit } }"
			   " print \"there\\n\"; sleep 60;\n";

static void
file_copy(const char *from, const char *folder, const char *name, mode_t mode)
{
	auto_str bytes = {0}, path = {0};
	str_addf(&path, "%s/%s", folder, name);
	assert_int_equal(file_read(AT_FDCWD, from, 64 << 20, &bytes), 0);
	assert_int_equal(
	    file_replace(AT_FDCWD, str_text(&path), 0755, bytes.data, bytes.length), 0);
	assert_int_equal(chown(str_text(&path), 0, 0), 0);
	assert_int_equal(chmod(str_text(&path), mode), 0);
}

static void
file_give(const char *folder, const char *name, uid_t owner)
{
	auto_str path = {0};
	str_addf(&path, "%s/%s", folder, name);
	assert_int_equal(chown(str_text(&path), owner, owner), 0);
}

static int
person_does(uid_t uid, const char *folder, const char *const *command)
{
	return person_wait(person_start(NULL, uid, folder, command));
}

/* So many idle tasks that the sums have no room for more. */
static pid_t
start_idle(const char *folder)
{
	int ends[2];
	char word[8];
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		become(MALLORY, folder);
		execlp("perl", "perl", "idle.pl", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	assert_true(read(ends[0], word, sizeof(word)) > 0);
	close(ends[0]);
	return pid;
}

/* Who finds no room is charged all the same. */
static void
test_crowd(void **state)
{
	(void)state;
	const struct sensor_settings settings = {.script_slots = 64, .lives = FEW_LIVES};
	char *folder = folder_new(MALLORY);
	file_write(folder, "idle.pl", MALLORY, idle);
	file_write(folder, "burn.pl", MALLORY, burn);
	struct meter meter = meter_begin("crowd");
	pid_t crowd = start_idle(folder);
	struct watch *watch = watch_begin_with(&settings);
	assert_int_equal(
	    person_wait(person_start(&meter, VICTIM, folder, COMMAND("perl", "burn.pl"))), 0);
	uint64_t used = meter_read(&meter);
	watch_settle(watch, VICTIM, used, TOLERANCE / 3);
	watch_describe(watch);
	uint64_t seen = watch_uid(watch, VICTIM).cpu_ns;
	bool told = watch_says(watch, "tasks were too many");
	kill(-crowd, SIGKILL);
	person_wait(crowd);
	meter_end(&meter);
	watch_end(watch);
	folder_remove(folder);
	free(folder);
	assert_true(used > 250000000);
	assert_true(within(seen, used, TOLERANCE));
	assert_true(told);
}

/* Those below are in a PID namespace of their own, and so is what they look at. */

static struct watch *
watch_ours(void)
{
	struct stat namespace;
	assert_int_equal(stat("/proc/self/ns/pid", &namespace), 0);
	return watch_begin_in(64, namespace.st_ino);
}

static uint32_t
number_of(const char *interpreter)
{
	size_t i = 0;
	while (strcmp(argv_interpreter_at(i).name, interpreter) != 0)
		i++;
	return argv_interpreter_at(i).interpreter.number;
}

/* His own program with an interpreter's name teaches nobody what that needs to start. */
static void
test_own_interpreter(void **state)
{
	(void)state;
	struct watch *watch = watch_ours();
	char *folder = folder_new(MALLORY), *roots = folder_new(0);
	file_copy("/bin/true", folder, "lua", 0755);
	file_give(folder, "lua", MALLORY);
	file_copy("/bin/true", roots, "lua", 0755);
	for (int i = 0; i < 10; i++)
		assert_int_equal(person_does(MALLORY, folder, COMMAND("./lua")), 0);
	watch_settle(watch, MALLORY, UINT64_MAX, 0);
	uint64_t of_own = watch_learned(watch, number_of("lua"));
	for (int i = 0; i < 5; i++)
		assert_int_equal(person_does(MALLORY, roots, COMMAND("./lua")), 0);
	watch_settle(watch, MALLORY, UINT64_MAX, 0);
	uint64_t of_roots = watch_learned(watch, number_of("lua"));
	folder_remove(folder);
	folder_remove(roots);
	free(folder);
	free(roots);
	watch_end(watch);
	assert_int_equal(of_own, 0);
	assert_int_equal(of_roots, 5);
}

/* Where a customer made the mounts, no server of PHP is the host's. */
static void
test_servers(void **state)
{
	(void)state;
	struct watch *watch = watch_ours();
	char *folder = folder_new(0);
	const char *program = "./php-fpm9";
	file_copy("/bin/true", folder, "php-fpm9", 0755);
	int status = person_does(MALLORY, folder, COMMAND("unshare", "-Urm", program));
	uint32_t of_mallory = watch_unserved(watch);
	int contained = person_does(0, folder, COMMAND("unshare", "-Um", program));
	uint32_t of_container = watch_unserved(watch);
	assert_int_equal(person_does(MALLORY, folder, COMMAND(program)), 0);
	uint32_t of_host = watch_unserved(watch);
	folder_remove(folder);
	free(folder);
	watch_end(watch);
	assert_int_equal(status, 0);
	assert_int_equal(contained, 0);
	assert_int_equal(of_mallory, 0);
	assert_int_equal(of_container, 1);
	assert_int_equal(of_host, 2);
}

/* Lets whoever executes the file change his uid. */
static void
file_enable(const char *folder, const char *name)
{
	auto_str path = {0};
	str_addf(&path, "%s/%s", folder, name);
	auto_fd int fd = open(str_text(&path), O_RDONLY | O_CLOEXEC);
	capng_clear(CAPNG_SELECT_CAPS);
	capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SETUID);
	assert_int_equal(capng_apply_caps_fd(fd), 0);
}

/* What was used before a program that becomes root is not root's. */
static void
become_root_by(mode_t mode)
{
	char *folder = folder_new(MALLORY);
	file_write(folder, "borrow.pl", MALLORY, borrow);
	file_copy(borrowed, folder, "borrowed", mode);
	if (!(mode & S_ISUID))
		file_enable(folder, "borrowed");
	struct watch *watch = watch_ours();
	struct meter meter = meter_begin("borrowed");
	int status =
	    person_wait(person_start(&meter, MALLORY, folder, COMMAND("perl", "borrow.pl")));
	uint64_t used = meter_read(&meter);
	watch_settle(watch, MALLORY, used, TOLERANCE / 3);
	uint64_t seen = watch_uid(watch, MALLORY).cpu_ns;
	uint64_t script = watch_script(watch, MALLORY, "/borrow.pl").cpu_ns;
	meter_end(&meter);
	watch_end(watch);
	folder_remove(folder);
	free(folder);
	if (status)
		skip(); /* files lend no power here */
	assert_true(used > 250000000);
	assert_true(within(seen, used, TOLERANCE));
	assert_true(within(script, used, TOLERANCE));
}

static void
test_borrowed(void **state)
{
	(void)state;
	become_root_by(04755);
}

static void
test_capable(void **state)
{
	(void)state;
	become_root_by(0755);
}

/* As the first of a PID namespace. */
static int
run_inside(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_own_interpreter),
	    cmocka_unit_test(test_servers),
	    cmocka_unit_test(test_borrowed),
	    cmocka_unit_test(test_capable),
	};
	if (unshare(CLONE_NEWPID))
		fatal("no PID namespace: %s", strerror(errno));
	pid_t pid = fork();
	if (!pid) {
		int failed = cmocka_run_group_tests(tests, NULL, NULL);
		fflush(stdout);
		_exit(failed != 0);
	}
	return person_wait(pid);
}

int
main(int count, char **arguments)
{
	if (count != 2)
		fatal("usage: sensors-bounds-test BORROWED");
	chroot_become_root();
	borrowed = arguments[1];
	watch_end(watch_begin(1)); /* skips everything, saying why, where it cannot be */
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_crowd)};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return run_inside() || failed;
}
