/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs to look for who wakes and finds nothing: a sweep over many tasks, beside
 * reading /proc/PID/stat of each; and what listening to one suspect adds to the calls of
 * everybody else, beside strace -c of that one, which is how one finds out by hand.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "medians.h"
#include "sensors/polling.h"
#include "sensors/polling_counts.h"

enum {
	TASKS = 1000,
	CALLS = 400000,
	TRACED_CALLS = 10000,
	ROUNDS = 9,
	SOMEBODY = 61990
};

/* An account's process that sleeps, and has used enough to be told. */
static pid_t
sleeper(void)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	if (setgid(SOMEBODY) || setuid(SOMEBODY))
		_exit(1);
	pause();
	_exit(0);
}

/* us a task; -1: the sweep cannot be read. */
static double
sweep(int link)
{
	static char buffer[65536];
	int64_t begin = clock_monotonic_ns();
	auto_fd int fd = bpf_iter_create(link);
	if (fd < 0)
		return -1;
	while (read(fd, buffer, sizeof(buffer)) > 0) {
	}
	return (double)(clock_monotonic_ns() - begin) / 1e3;
}

static double
read_proc(const pid_t *pids)
{
	char path[64], text[1024];
	int64_t begin = clock_monotonic_ns();
	for (int i = 0; i < TASKS; i++) {
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pids[i]);
		auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
			return -1;
	}
	return (double)(clock_monotonic_ns() - begin) / 1e3;
}

static void
measure_sweep(const struct loaded *loaded)
{
	static pid_t pids[TASKS];
	double sweeps[ROUNDS], reads[ROUNDS];
	int link = named_fd_find(loaded->fds, loaded->count, "polling.sweep");
	for (int i = 0; i < TASKS; i++)
		pids[i] = sleeper();
	for (int round = 0; round < ROUNDS; round++) {
		sweeps[round] = sweep(link) / TASKS;
		reads[round] = read_proc(pids) / TASKS;
	}
	print_median("the sweep, for each of a thousand tasks", sweeps, ROUNDS, "us");
	print_median("beside: reading its /proc/PID/stat", reads, ROUNDS, "us");
	for (int i = 0; i < TASKS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

/* ns a call that does nothing. */
static double
call(int times)
{
	int64_t begin = clock_monotonic_ns();
	for (int i = 0; i < times; i++)
		syscall(SYS_getppid);
	return (double)(clock_monotonic_ns() - begin) / times;
}

static double
call_while_heard(const struct loaded *loaded, uint32_t suspect)
{
	static const struct polling_counts nothing;
	int heard = named_fd_find(loaded->fds, loaded->count, "polling.heard");
	int program = named_fd_find(loaded->fds, loaded->count, "polling.return");
	if (bpf_map_update_elem(heard, &suspect, &nothing, BPF_ANY))
		return -1;
	auto_fd int link = bpf_raw_tracepoint_open(NULL, program);
	double ns = link < 0 ? -1 : call(CALLS);
	bpf_map_delete_elem(heard, &suspect);
	return ns;
}

/* The same calls by a process that strace counts. */
static double
call_while_traced(void)
{
	int answer[2];
	double ns = -1;
	if (pipe(answer))
		return -1;
	pid_t traced = fork();
	if (!traced) {
		raise(SIGSTOP);
		ns = call(TRACED_CALLS);
		_exit(write(answer[1], &ns, sizeof(ns)) != sizeof(ns));
	}
	char number[16];
	snprintf(number, sizeof(number), "%d", (int)traced);
	waitpid(traced, NULL, WUNTRACED);
	pid_t strace = fork();
	if (!strace) {
		auto_fd int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(nowhere, STDERR_FILENO);
		execlp("strace", "strace", "-c", "-p", number, (char *)NULL);
		_exit(127);
	}
	usleep(300000);
	kill(traced, SIGCONT);
	waitpid(traced, NULL, 0);
	waitpid(strace, NULL, 0);
	close(answer[1]);
	if (read(answer[0], &ns, sizeof(ns)) != sizeof(ns))
		ns = -1;
	close(answer[0]);
	return ns;
}

static void
measure_listening(const struct loaded *loaded)
{
	double alone[ROUNDS], others[ROUNDS], suspects[ROUNDS], traced[ROUNDS], added[ROUNDS];
	pid_t other = sleeper();
	for (int round = 0; round < ROUNDS; round++) {
		alone[round] = call(CALLS);
		others[round] = call_while_heard(loaded, (uint32_t)other);
		suspects[round] = call_while_heard(loaded, (uint32_t)getpid());
		traced[round] = call_while_traced();
		added[round] = others[round] - alone[round];
	}
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	print_median("a call that does nothing, nobody listened to", alone, ROUNDS, "ns");
	print_median("while somebody else is listened to", others, ROUNDS, "ns");
	print_median("while the caller is listened to", suspects, ROUNDS, "ns");
	print_median("beside: while strace -c counts the caller", traced, ROUNDS, "ns");
	double each = median(added, ROUNDS);
	printf("%-58s %9.3f %%   of a processor, while somebody is suspect\n",
	    "at 100 000 calls a second of the host, in its moments",
	    each * 100000 / 1e9 * POLLING_MOMENT / POLLING_ROUND * 100);
}

int
main(void)
{
	const struct config defaults = config_default();
	const struct sensor_settings settings = sensor_settings_of(&defaults);
	struct loaded loaded;
	auto_str why = {0};
	if (geteuid() || sensor_load(&settings, &why, &loaded)) {
		printf("skipped: %s\n", geteuid() ? "needs root" : str_text(&why));
		return 0;
	}
	if (polling_load(&settings, &loaded, &why)) {
		printf("skipped: %s\n", str_text(&why));
		loaded_done(&loaded);
		return 0;
	}
	measure_sweep(&loaded);
	measure_listening(&loaded);
	loaded_done(&loaded);
	return 0;
}
