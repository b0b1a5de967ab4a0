/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/cost.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { LARGEST_TEXT = 65536, FIELDS_BEFORE_UTIME = 11 };

static int
read_of(pid_t pid, const char *name, struct str *out)
{
	auto_str path = {0};
	str_addf(&path, "/proc/%d/%s", (int)pid, name);
	return file_read(AT_FDCWD, str_text(&path), LARGEST_TEXT, out);
}

/* Ticks of user and system time. What stands before them may hold blanks and parentheses. */
static int
read_ticks(pid_t pid, uint64_t *ret_ticks)
{
	auto_str stat = {0};
	int status = read_of(pid, "stat", &stat);
	if (status)
		return status;
	const char *at = strrchr(str_text(&stat), ')');
	for (int field = 0; at && field <= FIELDS_BEFORE_UTIME; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	uint64_t user, system;
	if (!at || sscanf(at, "%" SCNu64 " %" SCNu64, &user, &system) != 2)
		return -EBADMSG;
	*ret_ticks = user + system;
	return 0;
}

static uint64_t
read_memory(pid_t pid)
{
	auto_str rollup = {0}, statm = {0};
	uint64_t kilobytes, total, resident;
	const char *line =
	    read_of(pid, "smaps_rollup", &rollup) ? NULL : strstr(str_text(&rollup), "\nPss:");
	if (line && sscanf(line, "\nPss: %" SCNu64 " kB", &kilobytes) == 1)
		return kilobytes * 1024;
	if (read_of(pid, "statm", &statm) ||
	    sscanf(str_text(&statm), "%" SCNu64 " %" SCNu64, &total, &resident) != 2)
		return 0;
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int
add_process(pid_t pid, struct answer *answer)
{
	uint64_t ticks;
	int status = read_ticks(pid, &ticks);
	if (status)
		return status;
	answer->processes++;
	answer->cpu_ms += (int64_t)(ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK));
	answer->memory += read_memory(pid);
	return 0;
}

int
cost_measure(pid_t parent, struct answer *answer)
{
	auto_str children = {0}, name = {0};
	str_addf(&name, "task/%d/children", (int)parent);
	int status = add_process(parent, answer);
	if (!status)
		status = read_of(parent, str_text(&name), &children);
	if (status)
		return status;
	char *end;
	for (const char *at = str_text(&children); *at; at = end) {
		long child = strtol(at, &end, 10);
		if (end == at)
			break;
		/* One that ended in between costs nothing any more. */
		if (add_process((pid_t)child, answer))
			continue;
	}
	return 0;
}
