/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 48, STATUS_SIZE = 8192, NAMES_AHEAD = 1024 };

int
process_open_proc(void)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* One read of a small file of /proc; NUL-terminated. Length or -errno. */
static ssize_t
read_small(int proc, uint32_t pid, const char *file, char buffer[STATUS_SIZE])
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "%u/%s", pid, file);
	auto_fd int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	ssize_t got = read(fd, buffer, STATUS_SIZE - 1);
	if (got < 0)
		return -errno;
	buffer[got] = '\0';
	return got;
}

static uint64_t
tick_ns(void)
{
	static uint64_t ns;
	if (!ns)
		ns = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
	return ns;
}

/* The command name may hold anything, ')' included: what counts stands behind the last one. */
static int
parse_stat(const char *text, struct process_facts *process)
{
	const char *rest = strrchr(text, ')');
	unsigned long long ticks = 0;
	int parent = 0, group = 0, session = 0;
	if (!rest ||
	    sscanf(rest + 1,
		" %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		&process->state, &parent, &group, &session, &ticks) != 5)
		return -EBADMSG;
	process->parent = (uint32_t)parent;
	process->group = (uint32_t)group;
	process->session = (uint32_t)session;
	process->start = ticks * tick_ns();
	return 0;
}

/* The number behind a label at the beginning of a line; 0 if there is none. */
static uint64_t
status_number(const char *text, const char *label)
{
	const char *at = strstr(text, label);
	return at ? strtoull(at + strlen(label), NULL, 10) : 0;
}

static int
parse_status(const char *text, struct process_facts *process)
{
	if (!strstr(text, "\nUid:"))
		return -EBADMSG;
	const char *state = strstr(text, "\nState:\t");
	process->state = state ? state[8] : '?';
	process->uid = (uint32_t)status_number(text, "\nUid:");
	process->memory =
	    1024 * (status_number(text, "\nRssAnon:") + status_number(text, "\nRssShmem:") +
		       status_number(text, "\nVmSwap:"));
	return 0;
}

int
process_peek(int proc, uint32_t pid, struct process_facts *ret_process)
{
	char buffer[STATUS_SIZE];
	struct process_facts process = {.pid = pid};
	ssize_t got = read_small(proc, pid, "status", buffer);
	int status = got < 0 ? (int)got : parse_status(buffer, &process);
	if (!status)
		*ret_process = process;
	return status;
}

int
process_read(int proc, uint32_t pid, struct process_facts *ret_process)
{
	char buffer[STATUS_SIZE];
	struct process_facts process;
	int status = process_peek(proc, pid, &process);
	if (status)
		return status;
	ssize_t got = read_small(proc, pid, "stat", buffer);
	status = got < 0 ? (int)got : parse_stat(buffer, &process);
	if (!status)
		*ret_process = process;
	return status;
}

int
process_open(int proc, uint32_t pid, struct process_facts *ret_process, int *ret_fd)
{
	auto_fd int fd = pidfd_open((pid_t)pid, 0);
	if (fd < 0)
		return -errno;
	struct process_facts process;
	int status = process_read(proc, pid, &process);
	if (status)
		return status;
	if (!process_lives(fd))
		return -ESRCH;
	*ret_process = process;
	*ret_fd = take_fd(fd);
	return 0;
}

int
process_signal(int fd, int signal)
{
	return pidfd_send_signal(fd, signal, NULL, 0) ? -errno : 0;
}

bool
process_lives(int fd)
{
	return process_signal(fd, 0) != -ESRCH;
}

bool
process_started_at(const struct process_facts *process, uint64_t start)
{
	uint64_t apart =
	    process->start > start ? process->start - start : start - process->start;
	return apart <= tick_ns();
}

bool
process_runs(const struct process_facts *process)
{
	return process->state != 'Z' && process->state != 'X';
}

int
process_owner(int proc, uint32_t pid, uint32_t *ret_uid)
{
	char path[PATH_SIZE];
	struct stat facts;
	snprintf(path, sizeof(path), "%u", pid);
	if (fstatat(proc, path, &facts, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? -ESRCH : -errno;
	*ret_uid = facts.st_uid;
	return 0;
}

uint64_t
process_memory(int proc, uint32_t pid)
{
	char buffer[STATUS_SIZE];
	if (read_small(proc, pid, "smaps_rollup", buffer) < 0)
		return 0;
	return 1024 *
	       (status_number(buffer, "\nPss_Anon:") + status_number(buffer, "\nPss_Shmem:") +
		   status_number(buffer, "\nSwapPss:"));
}

static int
visit_names(const char *names, size_t length, int (*visit)(void *, uint32_t), void *context)
{
	for (size_t at = 0; at < length;) {
		const struct dirent64 *entry = (const void *)(names + at);
		at += entry->d_reclen;
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		int status = visit(context, (uint32_t)strtoul(entry->d_name, NULL, 10));
		if (status)
			return status;
	}
	return 0;
}

int
process_walk(int proc, int (*visit)(void *context, uint32_t pid), void *context)
{
	_Alignas(struct dirent64) char names[NAMES_AHEAD];
	auto_fd int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t got = getdents64(fd, names, sizeof(names));
		if (got <= 0)
			return got < 0 ? -errno : 0;
		int status = visit_names(names, (size_t)got, visit, context);
		if (status)
			return status;
	}
}
