/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/peek_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "sensors/stat.h"
#include "sensors/status.h"

enum { MOST_PROC_FILE = 65536, LONGEST_NAME = 255, SECOND = 1000 };

static bool
owns(const struct account *account, uint32_t uid)
{
	for (uint32_t i = 0; i < account->uid_count; i++)
		if (uid >= account->uids[i].first &&
		    uid - account->uids[i].first < account->uids[i].count)
			return true;
	return false;
}

static int
open_process(uint32_t pid)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/%u", pid);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static const char *
read_link(int process, const char *name, struct arena *arena)
{
	char text[PATH_MAX];
	ssize_t length = readlinkat(process, name, text, sizeof(text));
	return length < 0 ? "" : arena_copy(arena, text, (size_t)length);
}

static const char *
read_name(int process, struct arena *arena)
{
	auto_str text = {0};
	if (file_read(process, "comm", LONGEST_NAME, &text))
		return "";
	size_t length =
	    text.length && text.data[text.length - 1] == '\n' ? text.length - 1 : text.length;
	return arena_copy(arena, str_text(&text), strnlen(str_text(&text), length));
}

static int
read_numbers(int process, struct evidence_process *ret_process)
{
	auto_str stat = {0};
	struct process_stat numbers;
	struct process_status who;
	int result = file_read(process, "stat", MOST_PROC_FILE, &stat);
	if (!result)
		result = process_stat_parse(str_text(&stat), &numbers);
	if (!result)
		result = process_status_read(process, ".", &who);
	if (result)
		return result;
	const uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);
	ret_process->uid = who.uid;
	ret_process->memory = who.memory;
	ret_process->parent = numbers.parent;
	ret_process->start = numbers.start_ticks * SECOND / ticks;
	ret_process->cpu = numbers.cpu_ticks * SECOND / ticks;
	return 0;
}

static void
add_process(struct evidence_tree *tree, int fd, const struct evidence_process *numbers,
    struct arena *arena)
{
	tree->total++;
	if (tree->count == MOST_EVIDENCE_PROCESSES)
		return;
	struct evidence_process *process = &tree->processes[tree->count++];
	*process = *numbers;
	process->name = read_name(fd, arena);
	process->program = read_link(fd, "exe", arena);
	process->folder = read_link(fd, "cwd", arena);
	process->command = process->under = "";
}

/* The process of that number, if it is the account's. */
static void
look_at(const struct account *account, uint32_t pid, struct arena *arena,
    struct evidence_tree *tree)
{
	struct evidence_process numbers = {.pid = pid};
	auto_fd int fd = open_process(pid);
	if (fd >= 0 && !read_numbers(fd, &numbers) && owns(account, numbers.uid))
		add_process(tree, fd, &numbers, arena);
}

/*
 * The name of a process's parent, if everybody may know it: cron, sshd, a web server.
 * Whoever began after the child has only got the number of its parent.
 */
static const char *
read_under(const struct accounts *accounts, const struct evidence_process *process,
    struct arena *arena)
{
	struct evidence_process parent = {0};
	auto_fd int fd = open_process(process->parent);
	if (fd < 0 || read_numbers(fd, &parent) || parent.start > process->start ||
	    parent.uid >= accounts_floor(accounts) || accounts_find_uid(accounts, parent.uid))
		return "";
	return read_name(fd, arena);
}

static void
add_under(const struct accounts *accounts, struct arena *arena, struct evidence_tree *tree)
{
	const struct evidence_process *before = NULL; /* a pool of workers has one parent */
	for (uint32_t i = 0; i < tree->count; i++) {
		struct evidence_process *process = &tree->processes[i];
		if (before && before->parent == process->parent)
			process->under = before->under;
		else if (process->parent)
			process->under = read_under(accounts, process, arena);
		before = process;
	}
}

void
peek_tree(const struct accounts *accounts, const struct account *account, int64_t now,
    struct arena *arena, struct evidence_tree *ret_tree)
{
	struct evidence_tree tree = {.taken = now};
	DIR *directory = opendir("/proc");
	if (!directory) {
		*ret_tree = (struct evidence_tree){.status = -errno};
		return;
	}
	tree.processes = arena_alloc(arena, MOST_EVIDENCE_PROCESSES * sizeof(*tree.processes));
	for (const struct dirent *entry; (entry = readdir(directory));) {
		char *end;
		unsigned long pid = strtoul(entry->d_name, &end, 10);
		if (!*end && pid)
			look_at(account, (uint32_t)pid, arena, &tree);
	}
	closedir(directory);
	add_under(accounts, arena, &tree);
	*ret_tree = tree;
}

/* The arguments with blanks in between, cut at the most that is kept. */
static const char *
read_command(int process, struct arena *arena)
{
	char text[LONGEST_COMMAND];
	auto_fd int fd = openat(process, "cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (length <= 0)
		return "";
	for (ssize_t i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	while (length && text[length - 1] == ' ')
		length--;
	return arena_copy(arena, text, (size_t)length);
}

void
peek_commands(struct arena *arena, struct evidence_tree *tree)
{
	for (uint32_t i = 0; i < tree->count; i++) {
		struct evidence_process *process = &tree->processes[i];
		struct evidence_process now = {0};
		auto_fd int fd = open_process(process->pid);
		/* Another process may bear the number by now. */
		if (fd >= 0 && !read_numbers(fd, &now) && now.start == process->start)
			process->command = read_command(fd, arena);
	}
}
