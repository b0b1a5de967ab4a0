/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/leaving.h"

#include <errno.h>

#include "actions/guard.h"
#include "actions/moving.h"

enum { MOST_PASSES = 64 };

/* One group, and where those in it came from. */
struct departure {
	const struct leaving *leaving;
	const char *group;
	const char *place;
	struct binding *done;
};

static int
move_back(const struct departure *departure, const struct process_facts *process, int fd)
{
	const struct tools *tools = departure->leaving->tools;
	const struct hierarchy *hierarchy = departure->leaving->hierarchy;
	auto_str path = {0}, reached = {0};
	int status = cgroup_of(hierarchy, tools->proc, process->pid, &path);
	if (status || !cgroup_within(str_text(&path), departure->group))
		return status;
	status = move_exactly(tools, hierarchy, process, fd, departure->place, &reached);
	if (status)
		return status;
	if (text_equal(str_text(&reached), departure->place))
		departure->done->back++;
	else
		departure->done->elsewhere++;
	return 0;
}

static int
visit(void *context, uint32_t pid)
{
	const struct departure *departure = context;
	const struct tools *tools = departure->leaving->tools;
	const struct account *stay = departure->leaving->stay;
	auto_fd int fd = -1;
	struct process_facts process;
	if (process_open(tools->proc, pid, &process, &fd) ||
	    (stay && guard_owns(tools->accounts, stay, process.uid)))
		return 0;
	int status = move_back(departure, &process, fd);
	if (status && status != -ESRCH) {
		departure->done->left++;
		departure->done->reason = status;
	}
	return 0;
}

/* A group that is not there has nobody in it. */
static void
leave(const struct leaving *leaving, const char *group, const char *place, struct binding *done)
{
	struct departure departure = {leaving, group, place, done};
	int status = cgroup_each(leaving->hierarchy, group, visit, &departure);
	(void)status;
}

/* In the group itself are those whom a former version put there, from the first origin. */
void
leaving_pass(const struct leaving *leaving, struct binding *done)
{
	const struct origins *origins = leaving->origins;
	leave(leaving, leaving->group, origins->count ? origins->paths[0] : "", done);
	for (uint32_t i = 0; i < origins->count; i++) {
		auto_str group = {0};
		origins_group(leaving->group, i, &group);
		leave(leaving, str_text(&group), origins->paths[i], done);
	}
}

int
leaving_undo(const struct leaving *leaving, struct binding *ret_done)
{
	*ret_done = (struct binding){0};
	/* A child that was forked while its parent was moved is met by the next pass. */
	for (int pass = 0; pass < MOST_PASSES; pass++) {
		ret_done->left = 0;
		leaving_pass(leaving, ret_done);
		int status =
		    origins_remove(leaving->hierarchy, leaving->group, leaving->origins);
		if (status != -EBUSY)
			return status;
	}
	return -EBUSY;
}
