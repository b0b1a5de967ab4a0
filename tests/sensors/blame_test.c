/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is charged for what: children, threads, long runners, hogs, and people
 * who try to have somebody else charged.
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
#include "base/log.h"
#include "chroot.h"
#include "watch.h"

enum { MALLORY = 61020, VICTIM = 61021, TOLERANCE = 30 };

/* Burns as many hundredths of a second of processor time as its first argument says. */
static const char burn[] = "#!/usr/bin/perl\n"
			   "my $end = $ARGV[0] / 100; my $x;\n"
			   "while ((times)[0] + (times)[1] < $end) { $x += $_ for 1..20000 }\n";

static const char forker[] = "#!/usr/bin/perl\n"
			     "sub burn { my $x; while ((times)[0] + (times)[1] < 0.2)\n"
			     "  { $x += $_ for 1..20000 } }\n"
			     "if (!fork) { if (!fork) { burn(); exit } burn(); wait; exit }\n"
			     "burn(); wait;\n";

static const char starter[] =
    "#!/usr/bin/perl\n"
    "system('./burn.pl', 30); system('sh', '-c', 'sort /dev/null');\n";

static const char hog[] = "#!/usr/bin/perl\n"
			  "my $x = 'x' x (64 << 20); $| = 1; print \"held\\n\"; sleep 60;\n";

static const char threads[] = "#!/usr/bin/perl\n"
			      "use threads; sub burn { my $x; $x += $_ for 1..6_000_000 }\n"
			      "$_->join for map { threads->create(\\&burn) } 1..3;\n";

struct place {
	char *folder;
	struct watch *watch;
	struct meter meter;
};

static struct place
place_begin(void)
{
	struct place place = {
	    .folder = folder_new(MALLORY),
	    .watch = watch_begin(64),
	    .meter = meter_begin("blame"),
	};
	file_write(place.folder, "burn.pl", MALLORY, burn);
	file_write(place.folder, "forker.pl", MALLORY, forker);
	file_write(place.folder, "starter.pl", MALLORY, starter);
	file_write(place.folder, "hog.pl", MALLORY, hog);
	file_write(place.folder, "threads.pl", MALLORY, threads);
	return place;
}

static void
place_end(struct place *place)
{
	meter_end(&place->meter);
	watch_end(place->watch);
	folder_remove(place->folder);
	free(place->folder);
}

static pid_t
start(struct place *place, const char *const *command)
{
	return person_start(&place->meter, MALLORY, place->folder, command);
}

/* Runs it, looking every tenth of a second, until it ends and everything is counted. */
static uint64_t
run(struct place *place, const char *const *command)
{
	pid_t pid = start(place, command);
	for (int64_t deadline = clock_boot() + 30000; clock_boot() < deadline;) {
		usleep(100000);
		watch_look(place->watch);
		if (person_ended(pid))
			break;
	}
	uint64_t used = meter_read(&place->meter);
	watch_settle(place->watch, MALLORY, used, TOLERANCE / 3);
	return used;
}

#define COMMAND(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Swept many times while it runs and counted once more at its end: nothing twice. */
static void
test_long_runner(void **state)
{
	(void)state;
	struct place place = place_begin();
	uint64_t used = run(&place, COMMAND("./burn.pl", "100"));
	struct seen script = watch_script(place.watch, MALLORY, "/burn.pl");
	assert_true(within(script.cpu_ns, used, TOLERANCE));
	assert_true(within(watch_uid(place.watch, MALLORY).cpu_ns, used, TOLERANCE));
	assert_true(script.inclusive_ns == script.cpu_ns);
	assert_int_equal(script.runs, 1);
	place_end(&place);
}

/* Children that execute nothing, and theirs, are the script's. */
static void
test_fork_without_exec(void **state)
{
	(void)state;
	struct place place = place_begin();
	uint64_t used = run(&place, COMMAND("perl", "forker.pl"));
	struct seen script = watch_script(place.watch, MALLORY, "/forker.pl");
	assert_true(used > 500000000);
	assert_true(within(script.cpu_ns, used, TOLERANCE));
	assert_int_equal(script.runs, 1);
	assert_true(script.most_processes >= 2);
	place_end(&place);
}

/* What stands before an interpreter changes nothing: env, which executes it, and ld.so, which
 * does not. */
static void
test_wrappers(void **state)
{
	(void)state;
	static const char loader[] = "/lib64/ld-linux-x86-64.so.2";
	const char *const *commands[] = {
		COMMAND("env", "-S", "perl -w burn.pl 100"),
		COMMAND(access(loader, X_OK) ? "env" : loader, "/usr/bin/perl", "-w", "burn.pl",
		    "100"),
	};
	for (size_t i = 0; i < array_length(commands); i++) {
		struct place place = place_begin();
		uint64_t used = run(&place, commands[i]);
		struct seen script = watch_script(place.watch, MALLORY, "/burn.pl");
		assert_true(within(script.cpu_ns, used, TOLERANCE));
		assert_int_equal(script.runs, 1);
		place_end(&place);
	}
}

/* Threads come and go within one process. */
static void
test_threads(void **state)
{
	(void)state;
	struct place place = place_begin();
	uint64_t used = run(&place, COMMAND("./threads.pl"));
	struct seen script = watch_script(place.watch, MALLORY, "/threads.pl");
	assert_true(used > 200000000);
	assert_true(within(script.cpu_ns, used, TOLERANCE));
	assert_int_equal(script.runs, 1);
	assert_int_equal(script.most_processes, 1);
	place_end(&place);
}

/* A script started by a script pays for itself, and the run's root is told the whole. */
static void
test_inclusive(void **state)
{
	(void)state;
	struct place place = place_begin();
	uint64_t used = run(&place, COMMAND("./starter.pl"));
	struct seen root = watch_script(place.watch, MALLORY, "/starter.pl");
	struct seen child = watch_script(place.watch, MALLORY, "/burn.pl");
	assert_true(child.cpu_ns > 250000000);
	assert_true(within(root.cpu_ns + child.cpu_ns, used, TOLERANCE));
	assert_true(within(root.inclusive_ns, used, TOLERANCE));
	/* What the system's programs used is the script's: sh and sort have no rows. */
	assert_int_equal(watch_script(place.watch, MALLORY, "/sort").runs, 0);
	assert_int_equal(watch_script(place.watch, MALLORY, "sh -c").runs, 0);
	place_end(&place);
}

static void
test_hog(void **state)
{
	(void)state;
	struct place place = place_begin();
	pid_t pid = start(&place, COMMAND("perl", "hog.pl"));
	for (int64_t deadline = clock_boot() + 20000; clock_boot() < deadline;) {
		watch_look(place.watch);
		if (watch_script(place.watch, MALLORY, "/hog.pl").most_memory >= 64 << 20)
			break;
		usleep(50000);
	}
	struct seen script = watch_script(place.watch, MALLORY, "/hog.pl");
	kill(pid, SIGKILL);
	person_wait(pid);
	assert_true(script.most_memory >= 64 << 20);
	assert_true(script.most_memory < 160 << 20);
	assert_int_equal(script.pid, pid);
	place_end(&place);
}

/* The sensor dies and comes again: nothing is lost, nothing is told twice. */
static void
test_restart(void **state)
{
	(void)state;
	struct place place = place_begin();
	pid_t pid = start(&place, COMMAND("./burn.pl", "60"));
	for (int64_t deadline = clock_boot() + 30000; clock_boot() < deadline;) {
		usleep(100000);
		watch_look(place.watch);
		watch_restart(place.watch);
		if (person_ended(pid))
			break;
	}
	uint64_t used = meter_read(&place.meter);
	watch_settle(place.watch, MALLORY, used, TOLERANCE / 3);
	assert_true(within(watch_uid(place.watch, MALLORY).cpu_ns, used, TOLERANCE));
	assert_true(
	    within(watch_script(place.watch, MALLORY, "/burn.pl").cpu_ns, used, TOLERANCE));
	place_end(&place);
}

static void
run_copies(struct place *place, uid_t uid, const char *folder, unsigned count)
{
	char name[32];
	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "./s%03u.pl", i);
		file_write(folder, name, uid, "#!/usr/bin/perl\n1;\n");
		assert_int_equal(
		    person_wait(person_start(&place->meter, uid, folder, COMMAND(name))), 0);
	}
}

/* More scripts than the quota: the rest is told together, and the neighbour's are not touched.
 */
static void
test_quota(void **state)
{
	(void)state;
	struct place place = place_begin();
	char *home = folder_new(VICTIM);
	run_copies(&place, MALLORY, place.folder, 100);
	run_copies(&place, VICTIM, home, 10);
	watch_settle(place.watch, VICTIM, UINT64_MAX, 0);
	assert_true(watch_script_count(place.watch, MALLORY) <= 64);
	assert_true(watch_script_count(place.watch, MALLORY) >= 60);
	assert_int_equal(watch_uid(place.watch, MALLORY).runs, 100);
	assert_true(watch_others(place.watch, MALLORY).runs >= 36);
	assert_true(watch_others(place.watch, MALLORY).cpu_ns > 0);
	assert_int_equal(watch_script_count(place.watch, VICTIM), 10);
	assert_int_equal(watch_others(place.watch, VICTIM).runs, 0);
	folder_remove(home);
	free(home);
	place_end(&place);
}

/* Scripts that nobody runs any more give their slots back, and new ones count by themselves
 * again. */
static void
test_idle_scripts(void **state)
{
	(void)state;
	const int64_t idle = 11 * 60 * 1000;
	struct place place = place_begin();
	run_copies(&place, MALLORY, place.folder, 70);
	watch_settle(place.watch, MALLORY, UINT64_MAX, 0);
	uint64_t others = watch_others(place.watch, MALLORY).runs;
	assert_true(others >= 6);
	watch_look_later(place.watch, idle); /* out of the index */
	watch_look_later(place.watch, idle); /* free */
	assert_int_equal(person_wait(start(&place, COMMAND("perl", "burn.pl", "10"))), 0);
	watch_settle(place.watch, MALLORY, UINT64_MAX, 0);
	assert_int_equal(watch_script(place.watch, MALLORY, "/burn.pl").runs, 1);
	assert_int_equal(watch_others(place.watch, MALLORY).runs, others);
	assert_int_equal(watch_uid(place.watch, MALLORY).runs, 71);
	place_end(&place);
}

/* The loader needs no root: two capabilities are enough. */
static void
test_loader_power(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (!pid) {
		struct loaded loaded;
		auto_str why = {0};
		const struct sensor_settings settings = {.script_slots = 64};
		capng_clear(CAPNG_SELECT_BOTH);
		capng_updatev(
		    CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_BPF, CAP_PERFMON, -1);
		if (capng_change_id(65534, 65534, CAPNG_DROP_SUPP_GRP))
			_exit(1);
		int status = sensor_load(&settings, &why, &loaded);
		printf("# %s\n", str_text(&why));
		fflush(stdout);
		_exit(status != 0);
	}
	assert_int_equal(person_wait(pid), 0);
}

/* Descriptors are enough to go on counting and reading. */
static void
test_without_power(void **state)
{
	(void)state;
	struct watch *watch = watch_begin(64);
	assert_true(watch_without_power(watch));
	watch_end(watch);
}

/* A child in a PID namespace of its own, waiting on the pipe to become the command. */
static pid_t
start_inside(const char *folder, const char *const *command, int go)
{
	char byte;
	assert_int_equal(unshare(CLONE_NEWPID), 0);
	pid_t pid = fork();
	if (pid)
		return pid;
	if (read(go, &byte, 1) != 1)
		_exit(1);
	become(MALLORY, folder);
	execvp(command[0], (char *const *)(uintptr_t)command);
	_exit(127);
}

/* A sensor of one PID namespace counts who is in it, and nobody else of the same uid. */
static void
test_pid_namespace(void **state)
{
	(void)state;
	char path[64];
	struct stat namespace;
	int go[2];
	auto_fd int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	char *folder = folder_new(MALLORY);
	file_write(folder, "burn.pl", MALLORY, burn);
	file_write(folder, "outside.pl", MALLORY, burn);
	assert_int_equal(pipe(go), 0);
	pid_t inside = start_inside(folder, COMMAND("perl", "burn.pl", "20"), go[0]);
	assert_int_equal(setns(own, CLONE_NEWPID), 0);
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", inside);
	assert_int_equal(stat(path, &namespace), 0);
	struct watch *watch = watch_begin_in(64, namespace.st_ino);
	assert_int_equal(write(go[1], "", 1), 1);
	pid_t outside =
	    person_start(NULL, MALLORY, folder, COMMAND("perl", "outside.pl", "20"));
	assert_int_equal(person_wait(outside), 0);
	assert_int_equal(person_wait(inside), 0);
	watch_settle(watch, MALLORY, UINT64_MAX, 0);
	assert_int_equal(watch_script(watch, MALLORY, "/burn.pl").runs, 1);
	assert_true(watch_script(watch, MALLORY, "/burn.pl").cpu_ns > 150000000);
	assert_int_equal(watch_script(watch, MALLORY, "/outside.pl").runs, 0);
	assert_true(watch_uid(watch, MALLORY).cpu_ns < 350000000);
	watch_end(watch);
	folder_remove(folder);
	free(folder);
	close(go[0]);
	close(go[1]);
}

/*
 * In a mount namespace of one's own any folder can be made to look like the
 * neighbour's. It is charged to who made it, under another key.
 */
static void
test_neighbours_name(void **state)
{
	(void)state;
	struct place place = place_begin();
	char *home = folder_new(VICTIM);
	char command[512];
	file_write(home, "burn.pl", VICTIM, burn);
	assert_int_equal(
	    person_wait(person_start(NULL, VICTIM, home, COMMAND("perl", "burn.pl", "5"))), 0);
	watch_settle(place.watch, VICTIM, UINT64_MAX, 0);
	struct seen before = watch_uid(place.watch, VICTIM);
	snprintf(command, sizeof(command),
	    "mount --bind %s %s && cd %s && exec perl burn.pl 20", place.folder, home, home);
	pid_t pid = start(&place, COMMAND("unshare", "-Urm", "sh", "-c", command));
	int status = person_wait(pid);
	uint64_t used = meter_read(&place.meter);
	watch_settle(place.watch, MALLORY, used, TOLERANCE / 3);
	struct seen fake = watch_script(place.watch, MALLORY, "/burn.pl");
	struct seen real = watch_script(place.watch, VICTIM, "/burn.pl");
	folder_remove(home);
	free(home);
	assert_int_equal(status, 0);
	assert_true(fake.cpu_ns > 150000000);
	assert_true(before.cpu_ns && watch_uid(place.watch, VICTIM).cpu_ns == before.cpu_ns);
	assert_int_equal(real.runs, 1);
	assert_true(fake.script != real.script);
	place_end(&place);
}

int
main(void)
{
	chroot_become_root();
	watch_end(watch_begin(1)); /* skips everything, saying why, where it cannot be */
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_long_runner),
	    cmocka_unit_test(test_fork_without_exec),
	    cmocka_unit_test(test_wrappers),
	    cmocka_unit_test(test_threads),
	    cmocka_unit_test(test_inclusive),
	    cmocka_unit_test(test_hog),
	    cmocka_unit_test(test_restart),
	    cmocka_unit_test(test_quota),
	    cmocka_unit_test(test_idle_scripts),
	    cmocka_unit_test(test_loader_power),
	    cmocka_unit_test(test_without_power),
	    cmocka_unit_test(test_pid_namespace),
	    cmocka_unit_test(test_neighbours_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
