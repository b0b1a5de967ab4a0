/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thousands of scripts of two milliseconds: too short for anybody who looks at
 * /proc now and then. Each kind's processor time must be what a cgroup says
 * that holds just them, within one percent, by account and by script.
 *
 * HAYWARD_STORM says how many scripts, if not 10000.
 *
 * This program is its own wrapper: called with arguments it forks the scripts
 * like a web server does, changing uid before it executes them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/log.h"
#include "chroot.h"
#include "watch.h"

enum {
	CUSTOMER = 61010,
	SUBORDINATE = 700000, /* the first of the customer's further uids */
	SUBORDINATES = 65536,
	INSIDE = 5,
	PER_MILLE = 10,
	STORM = 10000,
};

static const char script[] = "#!/usr/bin/perl\nmy $x = 0; $x += $_ for 1..8000;\n";

static uint64_t
own_cpu_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* One script: by its own name, as suexec does it, or as an argument of perl. */
static void
run_script(const char *kind, uid_t uid, const char *folder)
{
	become(uid, folder);
	if (!strcmp(kind, "named"))
		execl("named.cgi", "named.cgi", (char *)NULL);
	else
		execlp("perl", "perl", "-w", "-I", "lib", "given.pl", "argument", (char *)NULL);
	_exit(127);
}

/*
 * storm KIND UID FOLDER COUNT METER: prints what the scripts used by the
 * meter's word, which is what it grew by less what the wrapper used itself.
 */
static int
storm(char **arguments)
{
	uid_t uid = (uid_t)strtoul(arguments[1], NULL, 10);
	struct meter meter = meter_at(arguments[4]);
	uint64_t before = meter_read(&meter) - own_cpu_ns();
	for (long left = strtol(arguments[3], NULL, 10); left > 0; left--) {
		pid_t pid = fork();
		if (!pid)
			run_script(arguments[0], uid, arguments[2]);
		if (pid < 0 || person_wait(pid))
			return 1;
	}
	uint64_t after = meter_read(&meter) - own_cpu_ns();
	printf("%llu\n", (unsigned long long)(after - before));
	return 0;
}

struct storm {
	const char *wrapper; /* a copy of this program that everybody may execute */
	char *folder;
	bool in_namespace;
	long count;
};

static void
exec_wrapper(const struct storm *storm, const char *kind, const struct meter *meter)
{
	char uid[16];
	char count[16];
	meter_join(meter);
	snprintf(uid, sizeof(uid), "%d", storm->in_namespace ? INSIDE : CUSTOMER);
	snprintf(count, sizeof(count), "%ld", storm->count);
	if (storm->in_namespace) {
		become(CUSTOMER, storm->folder);
		if (unshare(CLONE_NEWUSER) || raise(SIGSTOP))
			_exit(127);
	}
	execl(storm->wrapper, storm->wrapper, kind, uid, storm->folder, count, meter->path,
	    (char *)NULL);
	_exit(127);
}

static void
write_map(pid_t pid, const char *name)
{
	char path[64];
	char map[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	snprintf(map, sizeof(map), "0 %d 1\n1 %d %d\n", CUSTOMER, SUBORDINATE, SUBORDINATES);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, map, strlen(map)), (ssize_t)strlen(map));
	close(fd);
}

/*
 * Does what newuidmap does, from outside the cgroup: that program runs as root,
 * and what it costs is no customer's.
 */
static void
map_ids(pid_t pid)
{
	int status;
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	write_map(pid, "uid_map");
	write_map(pid, "gid_map");
	kill(pid, SIGCONT);
}

/* Runs one kind; what its scripts used, and everything in their cgroup. */
static uint64_t
run_kind(struct watch *watch, const struct storm *storm, const char *kind, uint64_t *ret_whole)
{
	struct meter meter = meter_begin(kind);
	int ends[2];
	char text[32] = "";
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		exec_wrapper(storm, kind, &meter);
	}
	close(ends[1]);
	if (storm->in_namespace)
		map_ids(pid);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		watch_look(watch);
		usleep(500000);
	}
	/* A wrapper that failed may have left somebody who keeps the pipe open. */
	struct pollfd said = {.fd = ends[0], .events = POLLIN};
	assert_int_equal(poll(&said, 1, 10000), 1);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	*ret_whole = meter_read(&meter);
	meter_end(&meter);
	return strtoull(text, NULL, 10);
}

/*
 * Here and there a kernel frees a task where it runs no program (see life_begin()); the sensor
 * says so, and lacks what that one used. lost: what those whose ends it has not seen used at most.
 */
static void
compare(const char *what, uint64_t sensor, uint64_t cgroup, uint64_t lost)
{
	printf("# %s: sensor %.1f ms, cgroup %.1f ms, %+.2f %%\n", what, (double)sensor / 1e6,
	    (double)cgroup / 1e6, 100.0 * ((double)sensor - (double)cgroup) / (double)cgroup);
	fflush(stdout);
	assert_true(within(sensor, cgroup, PER_MILLE) ||
		    (sensor < cgroup && sensor + lost >= cgroup - cgroup * PER_MILLE / 1000));
}

static void
run_storm(struct storm *storm)
{
	struct watch *watch = watch_begin(1024);
	uint64_t named_whole;
	uint64_t given_whole;
	uint64_t named = run_kind(watch, storm, "named", &named_whole);
	uint64_t given = run_kind(watch, storm, "given", &given_whole);
	/* Outside a namespace the wrapper is root's and so are its costs. */
	uint64_t whole = storm->in_namespace ? named_whole + given_whole : named + given;
	watch_settle(watch, CUSTOMER, whole, 1);
	watch_describe(watch);
	/* Twice what a run of either kind takes. */
	uint64_t lost = watch_unseen(watch) * whole / (uint64_t)storm->count;
	compare("account", watch_uid(watch, CUSTOMER).cpu_ns, whole, lost);
	compare("named.cgi", watch_script(watch, CUSTOMER, "/named.cgi").cpu_ns, named, lost);
	compare("given.pl", watch_script(watch, CUSTOMER, "/given.pl").cpu_ns, given, lost);
	assert_int_equal(watch_script(watch, CUSTOMER, "/named.cgi").runs, storm->count);
	assert_int_equal(watch_script(watch, CUSTOMER, "/given.pl").runs, storm->count);
	watch_end(watch);
}

static void
copy_wrapper(const char *to)
{
	auto_str bytes = {0};
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/exe", 64 << 20, &bytes), 0);
	assert_int_equal(file_replace(AT_FDCWD, to, 0755, bytes.data, bytes.length), 0);
}

static struct storm
storm_prepare(void)
{
	struct storm storm = {.folder = folder_new(CUSTOMER)};
	const char *count = getenv("HAYWARD_STORM");
	storm.count = (count ? strtol(count, NULL, 10) : STORM) / 2;
	file_write(storm.folder, "named.cgi", CUSTOMER, script);
	file_write(storm.folder, "given.pl", CUSTOMER, script);
	static char wrapper[512];
	snprintf(wrapper, sizeof(wrapper), "%s/wrapper", storm.folder);
	copy_wrapper(wrapper);
	assert_int_equal(chown(wrapper, 0, 0), 0);
	storm.wrapper = wrapper;
	return storm;
}

static void
test_changing_uid(void **state)
{
	(void)state;
	struct storm storm = storm_prepare();
	run_storm(&storm);
	folder_remove(storm.folder);
	free(storm.folder);
}

/* The customer's own user namespace: the scripts run as a subordinate uid that no account owns.
 */
static void
test_user_namespace(void **state)
{
	(void)state;
	struct storm storm = storm_prepare();
	storm.in_namespace = true;
	storm.count /= 2;
	run_storm(&storm);
	folder_remove(storm.folder);
	free(storm.folder);
}

int
main(int count, char **arguments)
{
	if (count == 6)
		return storm(arguments + 1);
	chroot_become_root();
	watch_end(watch_begin(1)); /* skips everything, saying why, where it cannot be */
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_changing_uid),
	    cmocka_unit_test(test_user_namespace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
