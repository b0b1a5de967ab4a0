/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"

enum { MOST = 4096, MOST_TRIES = 5000, LARGEST_LINE = 64 * 1024 };

/* Found so far; each is looked into once, in the order in which they were found. */
struct found {
	size_t count;
	pid_t pids[MOST];
};

int
tree_plant(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) ? -errno : 0;
}

static void
add_children_of_thread(pid_t pid, const char *thread, struct found *found)
{
	auto_str path = {0}, text = {0};
	str_addf(&path, "/proc/%d/task/%s/children", (int)pid, thread);
	if (file_read(AT_FDCWD, str_text(&path), LARGEST_LINE, &text))
		return;
	const char *at = str_text(&text);
	size_t length;
	for (const char *word; found->count < MOST && (word = text_next_word(&at, &length));)
		found->pids[found->count++] = (pid_t)strtol(word, NULL, 10);
}

static void
add_children(pid_t pid, struct found *found)
{
	auto_str path = {0};
	str_addf(&path, "/proc/%d/task", (int)pid);
	DIR *folder = opendir(str_text(&path));
	for (const struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] != '.')
			add_children_of_thread(pid, entry->d_name, found);
	if (folder)
		closedir(folder);
}

static void
find_all(struct found *found)
{
	found->count = 0;
	add_children(getpid(), found);
	for (size_t i = 0; i < found->count; i++)
		add_children(found->pids[i], found);
}

static int64_t
memory_of(pid_t pid)
{
	auto_str path = {0}, text = {0};
	str_addf(&path, "/proc/%d/statm", (int)pid);
	if (file_read(AT_FDCWD, str_text(&path), LARGEST_LINE, &text))
		return 0;
	const char *second = strchr(str_text(&text), ' ');
	return second ? strtoll(second, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}

/* Ticks, of children that it has waited for too; fields 14 to 17 of proc(5)'s stat. */
static int64_t
ticks_of(pid_t pid)
{
	enum { FIRST = 14, LAST = 17, BEHIND_NAME = 3 };
	auto_str path = {0}, text = {0};
	str_addf(&path, "/proc/%d/stat", (int)pid);
	if (file_read(AT_FDCWD, str_text(&path), LARGEST_LINE, &text))
		return 0;
	/* The name is the process's own choice and may hold blanks and brackets. */
	const char *at = strrchr(str_text(&text), ')');
	int64_t ticks = 0;
	size_t length;
	if (!at)
		return 0;
	at++;
	for (int field = BEHIND_NAME; field <= LAST; field++) {
		const char *word = text_next_word(&at, &length);
		if (word && field >= FIRST)
			ticks += strtoll(word, NULL, 10);
	}
	return ticks;
}

struct tree_use
tree_measure(void)
{
	struct found found;
	struct rusage ended;
	struct tree_use use = {0};
	find_all(&found);
	use.processes = found.count;
	for (size_t i = 0; i < found.count; i++) {
		use.memory += memory_of(found.pids[i]);
		use.seconds += ticks_of(found.pids[i]);
	}
	use.seconds /= sysconf(_SC_CLK_TCK);
	if (!getrusage(RUSAGE_CHILDREN, &ended))
		use.seconds += ended.ru_utime.tv_sec + ended.ru_stime.tv_sec;
	return use;
}

/* A pid may be another process's by now: then that one is of the same customer, or out of our
 * reach. */
bool
tree_fell(void)
{
	struct found found;
	for (int tries = 0; tries < MOST_TRIES; tries++) {
		pid_t ended;
		find_all(&found);
		for (size_t i = 0; i < found.count; i++)
			kill(found.pids[i], SIGKILL);
		do
			ended = waitpid(-1, NULL, WNOHANG);
		while (ended > 0);
		if (ended < 0 && errno == ECHILD)
			return true;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return false;
}
