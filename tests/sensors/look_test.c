/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensors that need no kernel program: /proc, pressure, and the peeker's
 * answers about real processes and about files with links that lead away.
 */
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

#include "base/clock.h"
#include "sensors/peek.h"
#include "sensors/pressure.h"
#include "sensors/proc.h"
#include "sensors/requests_server.h"
#include "watch.h"

enum { CUSTOMER = 61040, NEIGHBOUR = 61041, SKIPPED = 77 };

static const char busy[] = "#!/usr/bin/perl\n"
			   "my $x = 'y' x (32 << 20); $x = '' . $x while 1;\n";

struct found {
	uint64_t script;
	uint64_t cpu_ns;
	uint64_t memory;
	uint32_t pid;
	uint64_t pid_start;
};

static void
hear_busy(void *context, const struct script_name *name)
{
	struct found *found = context;
	if (name->uid == CUSTOMER && text_ends_with(name->path, "busy.pl"))
		found->script = name->script;
}

static void
look(struct sensor_proc *sensor, struct found *found)
{
	auto_arena struct arena *arena = arena_new();
	struct frame frame;
	assert_int_equal(sensor_proc_frame(sensor, clock_boot(), arena, &frame), 0);
	for (uint32_t i = 0; i < frame.row_count; i++) {
		const struct frame_row *row = &frame.rows[i];
		if (row->uid != CUSTOMER || !found->script || row->script != found->script)
			continue;
		found->cpu_ns += row->cpu_ns;
		found->memory = row->memory;
		found->pid = row->pid;
		found->pid_start = row->pid_start;
	}
}

static struct answer
ask(const struct question *question, const struct accounts *accounts, struct arena *arena)
{
	struct answer answer;
	peek_answer(question, accounts, arena, &answer);
	assert_int_equal(answer.id, question->id);
	return answer;
}

/* A busy process is seen by /proc, and the peeker knows the same one by its start. */
static void
test_process(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	const struct sensor_settings settings = {0};
	struct sensor_proc *sensor;
	struct found found = {0};
	char *folder = folder_new(CUSTOMER);
	file_write(folder, "busy.pl", CUSTOMER, busy);
	auto_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(sensor_proc_open(proc, &settings, &sensor), 0);
	sensor_proc_on_name(sensor, hear_busy, &found);
	look(sensor, &found);
	pid_t pid = person_start(
	    NULL, CUSTOMER, folder, (const char *const[]){"perl", "busy.pl", NULL});
	for (int64_t end = clock_boot() + 20000;
	     (found.cpu_ns < 200000000 || found.memory < 32 << 20) && clock_boot() < end;) {
		usleep(50000);
		look(sensor, &found);
	}
	assert_true(found.cpu_ns >= 200000000);
	assert_true(found.memory >= 32 << 20);
	assert_int_equal(found.pid, pid);
	struct question question = {
	    .id = 1,
	    .kind = QUESTION_PROCESS,
	    .pid = (uint32_t)pid,
	    .pid_start = found.pid_start,
	    .path = "",
	};
	struct answer answer = ask(&question, NULL, arena);
	assert_int_equal(answer.status, 0);
	assert_int_equal(answer.uid, CUSTOMER);
	assert_true(answer.memory >= 32 << 20);
	assert_string_equal(answer.path, folder);
	question.pid_start += 1000000000;
	assert_int_equal(ask(&question, NULL, arena).status, -ESRCH);
	kill(pid, SIGKILL);
	person_wait(pid);
	question.pid_start = found.pid_start;
	assert_int_equal(ask(&question, NULL, arena).status, -ESRCH);
	sensor_proc_free(sensor);
	folder_remove(folder);
	free(folder);
}

static struct accounts *accounts_of(const char *home);

/* What was forked and not written to since is counted for each, and held once. */
static void
test_memory(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	char *folder = folder_new(CUSTOMER);
	struct accounts *accounts = accounts_of(folder);
	static const char pool[] =
	    "setpgrp; my $x = 'y' x (48 << 20); fork or last for 1 .. 3; sleep 60;\n";
	file_write(folder, "pool.pl", CUSTOMER, pool);
	struct question question = {.kind = QUESTION_MEMORY, .account = 7, .path = ""};
	assert_int_equal(ask(&question, accounts, arena).processes, 0);
	pid_t pid = person_start(
	    NULL, CUSTOMER, folder, (const char *const[]){"perl", "pool.pl", NULL});
	struct answer answer = {0};
	for (int64_t end = clock_boot() + 20000; answer.processes < 4 && clock_boot() < end;
	     usleep(50000))
		answer = ask(&question, accounts, arena);
	kill(-pid, SIGKILL);
	person_wait(pid);
	assert_int_equal(answer.status, 0);
	assert_int_equal(answer.processes, 4);
	assert_in_range(answer.counted, UINT64_C(160) << 20, UINT64_C(420) << 20);
	assert_in_range(answer.memory, answer.counted / 5, answer.counted / 3);
	question.account = 8;
	assert_int_equal(ask(&question, accounts, arena).status, -ENOENT);
	accounts_free(accounts);
	folder_remove(folder);
	free(folder);
}

static struct answer
ask_file(const struct accounts *accounts, const char *path, struct arena *arena)
{
	return ask(&(struct question){.kind = QUESTION_FILE, .account = 7, .path = path},
	    accounts, arena);
}

static struct accounts *
accounts_of(const char *home)
{
	struct uid_range uids = {.first = CUSTOMER, .count = 1};
	struct account account = {
	    .id = 7,
	    .name = "customer",
	    .plan = "",
	    .contact = "",
	    .home = home,
	    .uid_count = 1,
	    .uids = &uids,
	    .own_uids = 1,
	};
	auto_str blob = {0};
	struct accounts *accounts;
	accounts_encode(&account, 1, 1000, &blob);
	assert_int_equal(accounts_decode(blob.data, blob.length, &accounts), 0);
	return accounts;
}

static void
link_in(const char *folder, const char *name, const char *to)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(symlink(to, path), 0);
}

/* Links are followed beneath the root and nowhere else; foreign files have no answer. */
static void
test_file(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	char *home = folder_new(CUSTOMER);
	char *neighbour = folder_new(NEIGHBOUR);
	char path[512];
	struct stat status;
	struct accounts *accounts = accounts_of(home);
	snprintf(path, sizeof(path), "%s/www", home);
	assert_int_equal(mkdir(path, 0755), 0);
	file_write(path, "x.pl", CUSTOMER, "1;");
	file_write(neighbour, "y.pl", CUSTOMER, "1;");
	file_write(home, "foreign.pl", NEIGHBOUR, "1;");
	link_in(home, "inside", "www/x.pl");
	link_in(home, "outside", neighbour);
	link_in(home, "up", "..");
	struct answer answer = ask_file(accounts, "inside", arena);
	assert_int_equal(answer.status, 0);
	assert_string_equal(answer.path, "www/x.pl");
	assert_int_equal(answer.owner, CUSTOMER);
	assert_int_equal(answer.size, 2);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(answer.directory_inode, status.st_ino);
	snprintf(path, sizeof(path), "%s/www/./x.pl", home);
	assert_string_equal(ask_file(accounts, path, arena).path, "www/x.pl");
	assert_int_equal(ask_file(accounts, "outside/y.pl", arena).status, -EXDEV);
	assert_int_equal(ask_file(accounts, "up/etc/passwd", arena).status, -EXDEV);
	assert_int_equal(ask_file(accounts, "../etc/passwd", arena).status, -EXDEV);
	assert_int_equal(ask_file(accounts, "/etc/passwd", arena).status, -EXDEV);
	assert_int_equal(ask_file(accounts, "foreign.pl", arena).status, -EPERM);
	assert_int_equal(ask_file(accounts, "nothing", arena).status, -ENOENT);
	assert_int_equal(ask_file(accounts, "", arena).status, -ENOENT);
	snprintf(path, sizeof(path), "%sx/y", home);
	assert_int_equal(ask_file(accounts, path, arena).status, -EXDEV);
	accounts_free(accounts);
	folder_remove(home);
	folder_remove(neighbour);
	free(home);
	free(neighbour);
}

/* The host's numbers are percentages; what is not fed is not observed. */
static void
test_pressure(void **state)
{
	(void)state;
	const char *const folders[] = {"/tmp", "/no/such/folder"};
	struct sensor_pressure *pressure;
	struct observation observations[PRESSURE_MEASURES];
	auto_str text = {0};
	assert_int_equal(sensor_pressure_open(folders, 2, &pressure), 0);
	int64_t now = clock_boot();
	size_t first = sensor_pressure_observe(pressure, now, observations);
	size_t second = sensor_pressure_observe(pressure, now + 1000, observations);
	assert_true(second >= first && second >= 2);
	for (size_t i = 0; i < second; i++) {
		assert_true(sensor_pressure_feeds(pressure, observations[i].measure));
		assert_in_range(observations[i].value, 0, 10000);
		assert_int_equal(observations[i].subject.kind, KIND_HOST);
	}
	assert_true(sensor_pressure_feeds(pressure, MEASURE_HOST_DISK_FREE));
	assert_false(sensor_pressure_feeds(pressure, MEASURE_CPU_SHARE));
	sensor_pressure_describe(pressure, &text);
	assert_non_null(strstr(str_text(&text), "1 folders cannot be opened"));
	sensor_pressure_free(pressure);
}

/* Whether a process in mounts that the uid made itself is taken for the host's. */
static int
in_mounts_of(uid_t uid)
{
	char path[32], byte;
	int made[2], go[2];
	assert_int_equal(pipe(made), 0);
	assert_int_equal(pipe(go), 0);
	pid_t pid = fork();
	if (!pid) {
		close(go[1]);
		become(uid, "/");
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || write(made[1], "", 1) != 1)
			_exit(1);
		_exit(read(go[0], &byte, 1) ? 1 : 0);
	}
	close(made[1]);
	close(go[0]);
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	auto_fd int process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(read(made[0], &byte, 1), 1);
	int status = requests_server_is_hosts(process);
	close(made[0]);
	close(go[1]);
	assert_int_equal(person_wait(pid), 0);
	return status;
}

/* Containers that root made are the site's, what a customer mounted is not. */
static void
test_mounts(void **state)
{
	(void)state;
	auto_fd int own = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(requests_server_is_hosts(own), 0);
	assert_int_equal(in_mounts_of(0), 0);
	assert_int_equal(in_mounts_of(CUSTOMER), -EPERM);
}

int
main(void)
{
	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root\n");
		return SKIPPED;
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_process),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_pressure),
	    cmocka_unit_test(test_mounts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
