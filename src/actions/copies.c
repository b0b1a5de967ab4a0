/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/copies.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/log.h"
#include "base/memory.h"

enum {
	MOST_WATCHES = 512,
	MOST_DEEP = 256,
	NAMES_A_TICK = 4000,
	BYTES_A_TICK = 16 * 1024 * 1024,
	NAMES_A_WALK = 16 * 1000 * 1000, /* who makes files faster than we read never ends it */
	EVENT_BYTES = 64 * 1024,
};

struct watch {
	int number; /* the kernel's */
	int folder;
	uint32_t account;
};

struct copies {
	struct copies_eyes eyes;
	int notify; /* -1: none */
	uint32_t watch_count;
	struct watch watches[MOST_WATCHES];
	uint32_t account; /* whose home is walked */
	uint32_t depth;	  /* 0: no walk is under way */
	DIR *stack[MOST_DEEP];
	uint64_t names;	 /* of this walk */
	uint64_t budget; /* bytes left in this tick */
};

struct copies *
copies_new(const struct copies_eyes *eyes)
{
	struct copies *copies = memory_new(1, sizeof(*copies));
	copies->eyes = *eyes;
	copies->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (copies->notify < 0)
		log_warning("folders cannot be watched, copies are found by walks alone: %s",
		    strerror(errno));
	return copies;
}

static void
end_walk(struct copies *copies)
{
	while (copies->depth)
		closedir(copies->stack[--copies->depth]);
}

static void
drop_watch(struct copies *copies, uint32_t index)
{
	inotify_rm_watch(copies->notify, copies->watches[index].number);
	close(copies->watches[index].folder);
	copies->watches[index] = copies->watches[--copies->watch_count];
}

void
copies_free(struct copies *copies)
{
	if (!copies)
		return;
	end_walk(copies);
	while (copies->watch_count)
		drop_watch(copies, 0);
	if (copies->notify >= 0)
		close(copies->notify);
	free(copies);
}

/* Watched through the descriptor: its path may be swapped for another meanwhile. */
void
copies_watch(struct copies *copies, uint32_t account, int folder)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", folder);
	if (copies->notify < 0 || copies->watch_count == MOST_WATCHES)
		return;
	int number = inotify_add_watch(copies->notify, path,
	    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB | IN_ONLYDIR);
	if (number < 0)
		return;
	for (uint32_t i = 0; i < copies->watch_count; i++)
		if (copies->watches[i].number == number)
			return;
	int own = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return;
	copies->watches[copies->watch_count++] = (struct watch){number, own, account};
}

void
copies_forget(struct copies *copies, uint32_t account)
{
	for (uint32_t i = copies->watch_count; i-- > 0;)
		if (copies->watches[i].account == account)
			drop_watch(copies, i);
	if (copies->account == account)
		end_walk(copies);
}

static void
look_at(struct copies *copies, uint32_t account, int folder, const char *name, bool told)
{
	struct stat facts;
	auto_fd int file = beneath_open(folder, name, O_PATH);
	if (file < 0 || fstat(file, &facts) || !S_ISREG(facts.st_mode) ||
	    !copies->eyes.wants(copies->eyes.context, account, &facts, told))
		return;
	uint64_t read = copies->eyes.meet(copies->eyes.context, account, file);
	copies->budget -= read < copies->budget ? read : copies->budget;
}

static void
hear(struct copies *copies, const struct inotify_event *event)
{
	for (uint32_t i = 0; i < copies->watch_count; i++) {
		const struct watch watch = copies->watches[i];
		if (watch.number != event->wd)
			continue;
		if (event->mask & IN_IGNORED)
			drop_watch(copies, i);
		else if (event->len && !(event->mask & IN_ISDIR))
			look_at(copies, watch.account, watch.folder, event->name, true);
		return;
	}
}

/* true: the kernel lost some, or a folder came whose files were there before we looked. */
static bool
hear_all(struct copies *copies)
{
	_Alignas(struct inotify_event) char buffer[EVENT_BYTES];
	bool missed = false;
	if (copies->notify < 0)
		return false;
	ssize_t got = read(copies->notify, buffer, sizeof(buffer));
	for (ssize_t at = 0; at < got;) {
		const struct inotify_event *event = (const void *)(buffer + at);
		missed |= (event->mask & IN_Q_OVERFLOW) != 0;
		missed |= event->mask & IN_ISDIR && event->mask & (IN_CREATE | IN_MOVED_TO);
		hear(copies, event);
		at += (ssize_t)sizeof(*event) + event->len;
	}
	return missed;
}

static void
enter(struct copies *copies, int folder)
{
	DIR *directory = copies->depth < MOST_DEEP ? fdopendir(folder) : NULL;
	if (directory)
		copies->stack[copies->depth++] = directory;
	else
		close(folder);
}

void
copies_walk(struct copies *copies, uint32_t account, int home)
{
	int folder = openat(home, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copies->depth || folder < 0) {
		if (folder >= 0)
			close(folder);
		return;
	}
	copies->account = account;
	copies->names = 0;
	enter(copies, folder);
}

bool
copies_walks(const struct copies *copies)
{
	return copies->depth > 0;
}

static void
visit(struct copies *copies, int folder, const struct dirent *entry)
{
	struct stat facts;
	if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, "..") ||
	    (entry->d_type != DT_UNKNOWN && entry->d_type != DT_DIR &&
		entry->d_type != DT_REG) ||
	    fstatat(folder, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW))
		return;
	if (S_ISDIR(facts.st_mode)) {
		int inner =
		    beneath_open(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
		if (inner >= 0)
			enter(copies, inner);
	} else if (S_ISREG(facts.st_mode) &&
		   copies->eyes.wants(copies->eyes.context, copies->account, &facts, false)) {
		look_at(copies, copies->account, folder, entry->d_name, false);
	}
}

static void
step(struct copies *copies)
{
	for (uint32_t i = 0; i < NAMES_A_TICK && copies->depth && copies->budget; i++) {
		DIR *directory = copies->stack[copies->depth - 1];
		const struct dirent *entry = readdir(directory);
		if (entry && copies->names++ < NAMES_A_WALK) {
			visit(copies, dirfd(directory), entry);
			continue;
		}
		closedir(directory);
		copies->depth--;
	}
}

bool
copies_tick(struct copies *copies)
{
	copies->budget = BYTES_A_TICK;
	bool missed = hear_all(copies);
	step(copies);
	return missed;
}
