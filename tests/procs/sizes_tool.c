/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large numbers of processes, made as fast as they can be:
 *
 *     sizes_tool names FOLDER COUNT     runs so many scripts there, each of a name of its own
 *     sizes_tool storm SECONDS          forks and ends, two at a time; prints how many a second,
 *                                       and the processor time (ms) that it took by the kernel's word
 *     sizes_tool sleepers COUNT         stays, as so many processes, or as many as there are
 *                                       numbers for, less some for the rest of the machine;
 *                                       prints how many
 *     sizes_tool quit                   nothing: what the scripts are interpreted by
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void
fail(const char *what)
{
	perror(what);
	exit(1);
}

/* All names are one file's: making them takes no time to speak of. */
static void
write_script(const char *first, const char *tool)
{
	FILE *file = fopen(first, "we");
	if (!file || fprintf(file, "#!%s quit\n", tool) < 0 || fclose(file) || chmod(first, 0755))
		fail(first);
}

static void
run_named(const char *first, long number)
{
	char name[32];
	snprintf(name, sizeof(name), "s%ld.cgi", number);
	char *words[] = {name, NULL};
	if (link(first, name))
		fail(name);
	pid_t pid;
	int status = posix_spawn(&pid, name, NULL, NULL, words, NULL);
	if (status || waitpid(pid, NULL, 0) < 0)
		fail(name);
}

static void
names(const char *folder, long count)
{
	char tool[4096];
	ssize_t length = readlink("/proc/self/exe", tool, sizeof(tool) - 1);
	if (length < 0 || chdir(folder))
		fail(folder);
	tool[length] = '\0';
	write_script("first.cgi", tool);
	pid_t other = fork();
	for (long i = other ? 0 : 1; i < count; i += 2)
		run_named("first.cgi", i);
	if (!other)
		_exit(0);
	waitpid(other, NULL, 0);
}

/* vfork(2) is the quickest, for no memory is copied; whoever stays on one processor waits for none. */
static void
fork_once(void)
{
	pid_t pid = vfork();
	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		fail("vfork");
}

static long
fork_until(time_t end, int processor)
{
	long forks = 0;
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		perror("one processor");
	for (; time(NULL) < end; forks += 64)
		for (int i = 0; i < 64; i++)
			fork_once();
	return forks;
}

static long
milliseconds(struct timeval time)
{
	return time.tv_sec * 1000 + time.tv_usec / 1000;
}

static void
storm(long seconds)
{
	int ends[2];
	long forks, others = 0;
	struct rusage own, children;
	time_t end = time(NULL) + seconds;
	if (pipe2(ends, O_CLOEXEC))
		fail("pipe");
	pid_t other = fork();
	forks = fork_until(end, other ? 0 : 1);
	if (!other)
		_exit(write(ends[1], &forks, sizeof(forks)) != sizeof(forks));
	if (read(ends[0], &others, sizeof(others)) != sizeof(others))
		fail("read");
	waitpid(other, NULL, 0);
	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	printf("%ld %ld\n", (forks + others) / seconds,
	    milliseconds(own.ru_utime) + milliseconds(own.ru_stime) +
		milliseconds(children.ru_utime) + milliseconds(children.ru_stime));
}

static void
sleepers(long count)
{
	enum { FOR_OTHERS = 2500 };
	pid_t *born = calloc((size_t)count, sizeof(*born));
	long alive = 0;
	for (; born && alive < count; alive++) {
		born[alive] = fork();
		if (!born[alive]) {
			pause();
			_exit(0);
		}
		if (born[alive] < 0)
			break;
	}
	for (long i = 0; alive < count && i < FOR_OTHERS && alive > 0; i++) {
		kill(born[--alive], SIGKILL);
		waitpid(born[alive], NULL, 0);
	}
	printf("%ld\n", alive);
	fflush(stdout);
	pause();
}

int
main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "quit"))
		return 0;
	if (argc == 4 && !strcmp(argv[1], "names"))
		names(argv[2], strtol(argv[3], NULL, 10));
	else if (argc == 3 && !strcmp(argv[1], "storm"))
		storm(strtol(argv[2], NULL, 10));
	else if (argc == 3 && !strcmp(argv[1], "sleepers"))
		sleepers(strtol(argv[2], NULL, 10));
	else
		return 2;
	return 0;
}
