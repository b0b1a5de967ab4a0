/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From inside each sandbox: what must not be possible is tried. Needs root, and
 * a build without instruments, which run without lists of calls.
 */
#include <errno.h>
#include <ftw.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "procs/landlock.h"
#include "procs/sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED 1
#else
#define INSTRUMENTED 0
#endif

struct scene {
	char top[64];
	char state[96];
	char run[96];
	char log[96];
	struct options options;
};

static int
setup(void **state)
{
	static struct scene place;
	char empty[128], own[128];
	snprintf(place.top, sizeof(place.top), "/tmp/sandbox-test.XXXXXX");
	assert_non_null(mkdtemp(place.top));
	assert_int_equal(chmod(place.top, 0755), 0);
	snprintf(place.state, sizeof(place.state), "%s/state", place.top);
	snprintf(place.run, sizeof(place.run), "%s/run", place.top);
	snprintf(empty, sizeof(empty), "%s/empty", place.run);
	snprintf(own, sizeof(own), "%s/notifier", place.state);
	assert_int_equal(mkdir(place.state, 0777) | mkdir(place.run, 0755), 0);
	assert_int_equal(mkdir(empty, 0755) | mkdir(own, 0755) | chmod(place.state, 0777), 0);
	place.options =
	    (struct options){.config = "/etc/passwd", .state = place.state, .run = place.run};
	snprintf(place.log, sizeof(place.log), "%s/access.log", place.top);
	int log = open(place.log, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	assert_true(log >= 0);
	if (!geteuid() && sandbox_log_group())
		assert_int_equal(fchown(log, 0, sandbox_log_group()), 0);
	else
		assert_int_equal(fchmod(log, 0644), 0);
	close(log);
	*state = &place;
	return 0;
}

static int
remove_one(const char *path, const struct stat *found, int type, struct FTW *depth)
{
	(void)found, (void)type, (void)depth;
	return remove(path);
}

static int
teardown(void **state)
{
	struct scene *place = *state;
	return nftw(place->top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Runs the attempt inside; gives what wait() says. Its exit status is the errno, 0: it worked.
 */
static int
try_inside(
    const struct scene *place, enum process process, int (*attempt)(const struct scene *))
{
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sandbox_enter(process, &place->options);
		_exit(attempt(place));
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int
opened(const char *path, int flags)
{
	return open(path, flags, 0600) < 0 ? errno : 0;
}

static int
read_users(const struct scene *place)
{
	(void)place;
	return opened("/etc/passwd", O_RDONLY);
}

static int
read_secrets(const struct scene *place)
{
	(void)place;
	return opened("/etc/shadow", O_RDONLY);
}

/* One as Debian's web servers make them. */
static int
read_log(const struct scene *place)
{
	return opened(place->log, O_RDONLY);
}

static int
ask_addresses(const struct scene *place)
{
	(void)place;
	struct ifaddrs *addresses;
	return getifaddrs(&addresses) ? errno : 0;
}

static int
read_processes(const struct scene *place)
{
	(void)place;
	return opened("/proc/self/stat", O_RDONLY);
}

static int
write_state(const struct scene *place)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/journal", place->state);
	return opened(path, O_WRONLY | O_CREAT);
}

static int
write_elsewhere(const struct scene *place)
{
	(void)place;
	return opened("/tmp/sandbox-test.escaped", O_WRONLY | O_CREAT);
}

static int
open_internet(const struct scene *place)
{
	(void)place;
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int
open_raw(const struct scene *place)
{
	(void)place;
	return socket(AF_PACKET, SOCK_RAW, 0) < 0 ? errno : 0;
}

static int
execute(const struct scene *place)
{
	(void)place;
	execl("/bin/true", "true", NULL);
	return errno;
}

static int
become_root(const struct scene *place)
{
	(void)place;
	return setuid(0) ? errno : 0;
}

static int
make_copy(const struct scene *place)
{
	(void)place;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static bool
killed_by_filter(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static bool
refused(int status)
{
	return WIFEXITED(status) &&
	       (WEXITSTATUS(status) == EACCES || WEXITSTATUS(status) == EPERM);
}

static bool
worked(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
has_landlock(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(landlock_confine(NULL, 0) == -EOPNOTSUPP);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

static void
skip_unless_possible(void)
{
	if (geteuid() || INSTRUMENTED) {
		print_message("needs root, and a build without instruments\n");
		skip();
	}
}

static void
test_calls_that_kill(void **state)
{
	static const struct {
		enum process process;
		int (*attempt)(const struct scene *);
	} cases[] = {
	    {PROCESS_ENGINE, read_users},
	    {PROCESS_ENGINE, open_internet},
	    {PROCESS_ENGINE, execute},
	    {PROCESS_ENGINE, make_copy},
	    {PROCESS_ENGINE, become_root},
	    {PROCESS_SENSOR, open_internet},
	    {PROCESS_SENSOR, execute},
	    {PROCESS_SENSOR, become_root},
	    {PROCESS_PEEKER, open_internet},
	    {PROCESS_PEEKER, execute},
	    {PROCESS_PEEKER, become_root},
	    {PROCESS_SCANNER, open_internet},
	    {PROCESS_SCANNER, execute},
	    {PROCESS_SCANNER, make_copy},
	    {PROCESS_SCANNER, become_root},
	    {PROCESS_LOGS, open_internet},
	    {PROCESS_LOGS, execute},
	    {PROCESS_LOGS, make_copy},
	    {PROCESS_LOGS, become_root},
	    {PROCESS_KEEPER, open_internet},
	    {PROCESS_KEEPER, execute},
	    {PROCESS_CONTROL, open_internet},
	    {PROCESS_CONTROL, execute},
	    {PROCESS_NOTIFIER, open_raw},
	    {PROCESS_NOTIFIER, execute},
	};
	skip_unless_possible();
	for (size_t i = 0; i < array_length(cases); i++)
		if (!killed_by_filter(try_inside(*state, cases[i].process, cases[i].attempt)))
			fail_msg("case %zu: %s may", i, process_name(cases[i].process));
}

static void
test_files_that_are_out_of_reach(void **state)
{
	static const struct {
		enum process process;
		int (*attempt)(const struct scene *);
	} cases[] = {
	    {PROCESS_READER, read_secrets},
	    {PROCESS_READER, write_elsewhere},
	    {PROCESS_SENSOR, read_users},
	    {PROCESS_KEEPER, read_users},
	    {PROCESS_KEEPER, write_elsewhere},
	    {PROCESS_SCANNER, write_elsewhere},
	    {PROCESS_LOGS, write_elsewhere},
	    {PROCESS_LOGS, read_secrets},
	    {PROCESS_CONTROL, write_elsewhere},
	    {PROCESS_CONTROL, read_secrets},
	    {PROCESS_NOTIFIER, write_elsewhere},
	    {PROCESS_NOTIFIER, read_secrets},
	};
	skip_unless_possible();
	if (!has_landlock())
		skip();
	for (size_t i = 0; i < array_length(cases); i++)
		if (!refused(try_inside(*state, cases[i].process, cases[i].attempt)))
			fail_msg("case %zu: %s may", i, process_name(cases[i].process));
}

static void
test_what_they_are_for(void **state)
{
	static const struct {
		enum process process;
		int (*attempt)(const struct scene *);
	} cases[] = {
	    {PROCESS_READER, read_users},
	    {PROCESS_SENSOR, read_processes},
	    {PROCESS_PEEKER, read_secrets},
	    {PROCESS_SCANNER, read_secrets},
	    {PROCESS_LOGS, read_log},
	    {PROCESS_LOGS, ask_addresses},
	    {PROCESS_KEEPER, write_state},
	    {PROCESS_KEEPER, make_copy},
	    {PROCESS_CONTROL, read_users},
	    {PROCESS_NOTIFIER, open_internet},
	    {PROCESS_ENFORCER, read_secrets},
	};
	skip_unless_possible();
	for (size_t i = 0; i < array_length(cases); i++) {
		int status = try_inside(*state, cases[i].process, cases[i].attempt);
		if (!worked(status))
			fail_msg("case %zu: %s may not (%#x)", i,
			    process_name(cases[i].process), (unsigned)status);
	}
}

static void
test_identities_differ(void **state)
{
	(void)state;
	skip_unless_possible();
	for (enum process one = PROCESS_READER; one < PROCESS_COUNT; one++)
		for (enum process other = one + 1; other < PROCESS_COUNT; other++)
			assert_int_not_equal(
			    sandbox_identity(one).uid, sandbox_identity(other).uid);
	assert_int_equal(sandbox_identity(PROCESS_ENFORCER).uid, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_calls_that_kill, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_files_that_are_out_of_reach, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_they_are_for, setup, teardown),
	    cmocka_unit_test(test_identities_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
