/* SPDX-License-Identifier: Apache-2.0 */
#include "atop.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"

enum { MOST_PIDS = 4 << 20, READY_US = 1500000 };

/* Of each pid, whether it is the user's; a report tells that before the times. */
static bool is_users[MOST_PIDS];

bool
atop_start(struct atop *ret_atop)
{
	snprintf(ret_atop->report, sizeof(ret_atop->report), "/tmp/hayward-bench-atop-%d",
	    (int)getpid());
	ret_atop->pid = fork();
	if (!ret_atop->pid) {
		int fd = open(ret_atop->report, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
			_exit(127);
		execl("/usr/bin/atop", "atop", "-P", "PRG,PRC", "1", (char *)NULL);
		_exit(127);
	}
	usleep(READY_US); /* the first report is what was before */
	if (ret_atop->pid > 0 && waitpid(ret_atop->pid, NULL, WNOHANG) == 0)
		return true;
	unlink(ret_atop->report);
	return false;
}

/*
 * Of a line `PRG host epoch date time interval pid (name) state uid …` or
 * `PRC … (name) state ticks-per-second user system …` what stands behind the
 * name, if it has that label; else NULL. An only thread has no line but its
 * process's.
 */
static const char *
line_read(const char *line, const char *label, unsigned *ret_pid)
{
	if (strncmp(line, label, strlen(label)) ||
	    sscanf(line, "%*s %*s %*s %*s %*s %*s %u", ret_pid) != 1 || *ret_pid >= MOST_PIDS)
		return NULL;
	const char *name = strchr(line, '(');
	return name ? strstr(name, ") ") : NULL;
}

static uint64_t
seen_in(FILE *report, uid_t uid)
{
	char line[4096];
	uint64_t seen_ns = 0;
	bool before = true;
	while (fgets(line, sizeof(line), report)) {
		unsigned pid, owner, ticks, user, system;
		const char *rest = line_read(line, "PRG ", &pid);
		if (!strncmp(line, "SEP", 3)) {
			before = false;
			memset(is_users, 0, sizeof(is_users));
		} else if (rest && sscanf(rest, ") %*c %u", &owner) == 1) {
			is_users[pid] = owner == uid;
		} else if ((rest = line_read(line, "PRC ", &pid)) && is_users[pid] && !before &&
			   sscanf(rest, ") %*c %u %u %u", &ticks, &user, &system) == 3 && ticks) {
			seen_ns += (uint64_t)(user + system) * 1000000000 / ticks;
		}
	}
	return seen_ns;
}

void
atop_end(struct atop *atop, uid_t uid, uint64_t *ret_seen_ns, uint64_t *ret_cost_ns)
{
	struct rusage used;
	kill(atop->pid, SIGTERM);
	if (wait4(atop->pid, NULL, 0, &used) == atop->pid)
		*ret_cost_ns =
		    (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000 +
		    (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000;
	FILE *report = fopen(atop->report, "re");
	*ret_seen_ns = report ? seen_in(report, uid) : 0;
	if (report)
		fclose(report);
	unlink(atop->report);
}
