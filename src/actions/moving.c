/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/moving.h"

#include <errno.h>

/*
 * A pid is all that cgroup.procs takes. If the process ended in the instant
 * before it was written, whoever has the pid now was moved instead: it goes to
 * where its parent is, which is where it was born.
 */
static void
put_back(const struct tools *tools, const struct hierarchy *hierarchy,
    const struct process_facts *meant)
{
	struct process_facts moved;
	auto_str path = {0}, reached = {0};
	if (process_read(tools->proc, meant->pid, &moved) || moved.start == meant->start ||
	    cgroup_of(hierarchy, tools->proc, moved.parent, &path))
		return;
	int status = cgroup_move_near(hierarchy, str_text(&path), moved.pid, &reached);
	(void)status; /* it ended too */
}

int
move_exactly(const struct tools *tools, const struct hierarchy *hierarchy,
    const struct process_facts *process, int fd, const char *group, struct str *ret_reached)
{
	if (!process_lives(fd))
		return -ESRCH;
	int status = ret_reached ? cgroup_move_near(hierarchy, group, process->pid, ret_reached)
				 : cgroup_move(hierarchy, group, process->pid);
	if (process_lives(fd))
		return status;
	put_back(tools, hierarchy, process);
	return -ESRCH;
}
