/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"

enum {
	REST = 200, /* ms */
	PATIENCE = 10000,
	LOOK_EVERY = 10,
	LARGEST_STAT = 4096,
};

struct work {
	char state;
	unsigned long user, system; /* clock ticks */
};

static bool
read_work(int proc, uint32_t pid, struct work *ret_work)
{
	char path[32];
	auto_str text = {0};
	snprintf(path, sizeof(path), "%u/stat", pid);
	if (file_read(proc, path, LARGEST_STAT, &text))
		return false;
	/* The name before it is the process's own choice, parentheses included. */
	const char *rest = strrchr(str_text(&text), ')');
	return rest && sscanf(rest, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			   &ret_work->state, &ret_work->user, &ret_work->system) == 3;
}

static bool
is_idle(const struct work *before, const struct work *now)
{
	return now->state == 'S' && now->user == before->user && now->system == before->system;
}

void
process_let_rest(int proc, uint32_t pid)
{
	struct work before = {0}, now;
	int64_t began = clock_boot(), since = began;
	while (read_work(proc, pid, &now)) {
		int64_t at = clock_boot();
		if (!is_idle(&before, &now))
			since = at;
		if (at - since >= REST || at - began >= PATIENCE)
			return;
		before = now;
		nanosleep(&(struct timespec){0, LOOK_EVERY * 1000000L}, NULL);
	}
}
