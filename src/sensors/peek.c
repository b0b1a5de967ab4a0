/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/peek.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "sensors/stat.h"
#include "sensors/status.h"

enum { MOST_PROC_FILE = 65536 };

static int
open_beneath(int root, const char *path, int flags)
{
	struct open_how how = {
	    .flags = (uint64_t)(flags | O_CLOEXEC),
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/* What the link says, in the arena. */
static int
read_link(int directory, const char *name, struct arena *arena, const char **ret_text)
{
	char text[PATH_MAX];
	ssize_t length = readlinkat(directory, name, text, sizeof(text));
	if (length < 0)
		return -errno;
	*ret_text = arena_copy(arena, text, (size_t)length);
	return 0;
}

/* Where an open descriptor leads, by the kernel's word. */
static int
path_of(int fd, struct arena *arena, const char **ret_path)
{
	char link[48];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return read_link(AT_FDCWD, link, arena, ret_path);
}

/* The part of path beneath root ("." for root itself); NULL if it is not beneath. */
static const char *
part_beneath(const char *path, const char *root)
{
	size_t length = strlen(root);
	while (length > 1 && root[length - 1] == '/')
		length--;
	if (strncmp(path, root, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	path += length + strspn(path + length, "/");
	return *path ? path : ".";
}

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
identify(int root, int file, const struct account *account, struct answer *answer)
{
	struct stat status;
	struct stat folder;
	char *parent = NULL;
	if (fstat(file, &status))
		return -errno;
	if (!owns(account, status.st_uid))
		return -EPERM;
	const char *slash = strrchr(answer->path, '/');
	if (slash && !(parent = strndup(answer->path, (size_t)(slash - answer->path))))
		return -ENOMEM;
	auto_fd int directory = open_beneath(root, parent ? parent : ".", O_PATH | O_DIRECTORY);
	free(parent);
	if (directory < 0)
		return directory;
	if (fstat(directory, &folder))
		return -errno;
	answer->owner = status.st_uid;
	answer->mode = status.st_mode;
	answer->links = (uint32_t)status.st_nlink;
	answer->device = status.st_dev;
	answer->inode = status.st_ino;
	answer->size = status.st_size;
	answer->directory_device = folder.st_dev;
	answer->directory_inode = folder.st_ino;
	return 0;
}

/*
 * The customer's links are followed as long as they stay beneath the root; the
 * answer is about what they lead to, and names it without any link.
 */
static int
answer_file(const struct question *question, const struct account *account, struct arena *arena,
    struct answer *answer)
{
	auto_fd int root = open(account->home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	const char *real_root;
	const char *path = question->path;
	int status = path_of(root, arena, &real_root);
	if (status)
		return status;
	if (*path == '/') {
		const char *part = part_beneath(path, account->home);
		path = part ? part : part_beneath(path, real_root);
	}
	if (!path || !*path)
		return path ? -ENOENT : -EXDEV;
	auto_fd int file = open_beneath(root, path, O_PATH);
	if (file < 0)
		return file;
	const char *real_path;
	status = path_of(file, arena, &real_path);
	if (status)
		return status;
	/* The owner may have moved it since; then it is nowhere we may speak of. */
	answer->path = part_beneath(real_path, real_root);
	if (!answer->path)
		return -EXDEV;
	return identify(root, file, account, answer);
}

static int
read_text(int directory, const char *name, struct str *out)
{
	str_clear(out);
	return file_read(directory, name, MOST_PROC_FILE, out);
}

/* The descriptor keeps to this process: once it has ended nothing can be read through it. */
static int
answer_process(const struct question *question, struct arena *arena, struct answer *answer)
{
	char path[32];
	auto_str text = {0};
	struct process_stat stat;
	struct process_status status;
	const uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	snprintf(path, sizeof(path), "/proc/%u", question->pid);
	auto_fd int process = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (process < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	int result = read_text(process, "stat", &text);
	if (!result)
		result = process_stat_parse(str_text(&text), &stat);
	if (result)
		return result == -ENOENT ? -ESRCH : result;
	if (stat.start_ticks != question->pid_start / tick_ns)
		return -ESRCH;
	result = process_status_read(process, ".", &status);
	if (result)
		return result;
	result = read_text(process, "smaps_rollup", &text);
	if (result)
		return result;
	answer->uid = status.uid;
	answer->memory = smaps_rollup_memory(str_text(&text));
	return read_link(process, "cwd", arena, &answer->path);
}

/* One process of the account; what ended meanwhile, or is another's, counts for nothing. */
static void
add_memory(int proc, const char *pid, const struct account *account, struct answer *answer)
{
	auto_str text = {0};
	struct process_status status;
	auto_fd int process = openat(proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (process < 0 || process_status_read(process, ".", &status) ||
	    !owns(account, status.uid) || !status.memory ||
	    read_text(process, "smaps_rollup", &text))
		return;
	answer->processes++;
	answer->counted += status.memory;
	answer->memory += smaps_rollup_memory(str_text(&text));
}

static int
answer_memory(const struct account *account, struct answer *answer)
{
	DIR *proc = opendir("/proc");
	if (!proc)
		return -errno;
	for (struct dirent *entry; (entry = readdir(proc));)
		if (*entry->d_name >= '1' && *entry->d_name <= '9')
			add_memory(dirfd(proc), entry->d_name, account, answer);
	closedir(proc);
	return 0;
}

void
peek_answer(const struct question *question, const struct accounts *accounts,
    struct arena *arena, struct answer *ret_answer)
{
	struct answer answer = {.id = question->id, .kind = question->kind, .path = ""};
	int status = -EINVAL;
	if (question->kind == QUESTION_PROCESS) {
		status = answer_process(question, arena, &answer);
	} else {
		const struct account *account = accounts_find_id(accounts, question->account);
		if (!account)
			status = -ENOENT;
		else if (question->kind == QUESTION_FILE)
			status = answer_file(question, account, arena, &answer);
		else if (question->kind == QUESTION_MEMORY)
			status = answer_memory(account, &answer);
	}
	if (status)
		answer = (struct answer){
		    .id = question->id,
		    .kind = question->kind,
		    .status = status,
		    .path = "",
		};
	*ret_answer = answer;
}
