/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/catch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "actions/guard.h"
#include "actions/process.h"
#include "base/priority.h"
#include "base/map.h"
#include "base/memory.h"

enum { MOST_PASSES = 200, MOST_CAUGHT = 100000 };

/* All processes of the account at one moment. */
struct snapshot {
	const struct tools *tools;
	const struct account *account;
	size_t count;
	size_t capacity;
	struct process_facts *processes;
};

static int
visit_process(void *context, uint32_t pid)
{
	struct snapshot *snapshot = context;
	const struct tools *tools = snapshot->tools;
	uint32_t owner = 0;
	struct process_facts process;
	if (process_owner(tools->proc, pid, &owner) ||
	    (owner && accounts_find_uid(tools->accounts, owner) != snapshot->account) ||
	    process_peek(tools->proc, pid, &process) ||
	    !guard_owns(tools->accounts, snapshot->account, process.uid) ||
	    process_read(tools->proc, pid, &process) || !process_runs(&process))
		return 0;
	memory_grow(&snapshot->processes, snapshot->count, &snapshot->capacity,
	    sizeof(*snapshot->processes));
	snapshot->processes[snapshot->count++] = process;
	return snapshot->count < MOST_CAUGHT ? 0 : 1;
}

/* Index + 1 of the one with this pid, so that it can be a map's value; 0: not caught. */
static uintptr_t
find_caught(const struct map *index, uint32_t pid)
{
	return (uintptr_t)map_find_u64(index, pid);
}

static bool
is_root(const struct catch *catch, const struct process_facts *process)
{
	for (uint32_t i = 0; i < catch->root_count; i++)
		if (catch->roots[i].pid == process->pid &&
		    process_started_at(process, catch->roots[i].start))
			return true;
	return false;
}

/* By descent; a session or group outlives its leader, so orphans are known by it. */
static bool
belongs(const struct catch *catch, const struct map *index, const struct process_facts *process)
{
	return catch->root_count == 0 || is_root(catch, process) ||
	       find_caught(index, process->parent) || find_caught(index, process->session) ||
	       find_caught(index, process->group);
}

static void
remember(struct catch *catch, struct map *index, const struct process_facts *process)
{
	memory_grow(&catch->caught, catch->count, &catch->capacity, sizeof(*catch->caught));
	catch->caught[catch->count++] = (struct caught){process->pid, process->start, false};
	map_put_u64(index, process->pid, (void *)(uintptr_t) catch->count); /* NOLINT */
}

/* A process opened again: the same one, and still the account's. */
static int
reopen(const struct catch *catch, const struct tools *tools, const struct caught *caught,
    int *ret_fd)
{
	struct process_facts process;
	auto_fd int fd = -1;
	const struct account *account =
	    guard_holder(tools->accounts, catch->account, catch->generation);
	if (!account || caught->pid == 1 || caught->pid == (uint32_t)getpid())
		return -EPERM;
	int status = process_open(tools->proc, caught->pid, &process, &fd);
	if (status)
		return status;
	if (process.start != caught->start || !process_runs(&process))
		return -ESRCH;
	if (!guard_owns(tools->accounts, account, process.uid))
		return -EPERM;
	*ret_fd = take_fd(fd);
	return 0;
}

/*
 * In the pen nobody runs. Where somebody else was moved instead, because the
 * pid was given anew in that instant, he is thawed and let out at the end, and
 * never signalled.
 */
static int
hold_still(struct catch *catch, const struct tools *tools, const struct caught *caught)
{
	auto_fd int fd = -1;
	auto_str path = {0};
	int status = reopen(catch, tools, caught, &fd);
	if (status)
		return status;
	if (!catch->freezer)
		return process_signal(fd, SIGSTOP);
	status = cgroup_of(catch->freezer, tools->proc, caught->pid, &path);
	if (status || cgroup_within(str_text(&path), catch->pen))
		return status;
	status = cgroup_move(catch->freezer, catch->pen, caught->pid);
	if (!status)
		free(map_put_u64(catch->places, caught->pid, str_take(&path)));
	return status;
}

/* Those of the snapshot that belong, and whoever belongs through them. Gives how many are new.
 */
static size_t
catch_new(
    struct catch *catch, const struct tools *tools, struct map *index, struct snapshot *now)
{
	size_t before = catch->count, last;
	do {
		last = catch->count;
		for (size_t i = 0; i < now->count; i++) {
			const struct process_facts *process = &now->processes[i];
			uintptr_t known = find_caught(index, process->pid);
			if (known && catch->caught[known - 1].start == process->start)
				continue;
			if (!belongs(catch, index, process))
				continue;
			remember(catch, index, process);
			int status = hold_still(catch, tools, &catch->caught[catch->count - 1]);
			(void)status; /* it ended, or is tried again with a signal */
		}
	} while (catch->count > last);
	return catch->count - before;
}

static size_t
catch_pass(struct catch *catch, const struct tools *tools, struct map *index)
{
	struct snapshot now = {.tools = tools};
	now.account = guard_holder(tools->accounts, catch->account, catch->generation);
	if (!now.account)
		return 0;
	int status = process_walk(tools->proc, visit_process, &now);
	size_t found = catch_new(catch, tools, index, &now);
	free(now.processes);
	return status < 0 ? 0 : found;
}

uint32_t
catch_all(struct catch *catch, const struct tools *tools)
{
	struct map *index = map_new();
	for (size_t i = 0; i < catch->count; i++)
		map_put_u64(
		    index, catch->caught[i].pid, (void *)(uintptr_t)(i + 1)); /* NOLINT */
	int status = catch->freezer ? cgroup_freeze(catch->freezer, catch->pen, true) : 0;
	(void)status; /* then they are only kept together */
	for (size_t i = 0; i < catch->count; i++) {
		status = hold_still(catch, tools, &catch->caught[i]);
		(void)status;
	}
	for (int pass = 0; pass < MOST_PASSES && catch_pass(catch, tools, index); pass++)
		continue;
	map_free(index);
	return catch_living(catch, tools);
}

uint32_t
catch_living(const struct catch *catch, const struct tools *tools)
{
	uint32_t living = 0;
	for (size_t i = 0; i < catch->count; i++) {
		struct process_facts process;
		if (!process_read(tools->proc, catch->caught[i].pid, &process) &&
		    process.start == catch->caught[i].start && process_runs(&process))
			living++;
	}
	return living;
}

uint32_t
catch_signal(struct catch *catch, const struct tools *tools, int signal)
{
	uint32_t signalled = 0;
	for (size_t i = 0; i < catch->count; i++) {
		auto_fd int fd = -1;
		struct caught *caught = &catch->caught[i];
		if ((signal == SIGTERM && caught->asked) || reopen(catch, tools, caught, &fd))
			continue;
		caught->asked = true;
		if (!process_signal(fd, signal))
			signalled++;
	}
	return signalled;
}

void
catch_let_run(struct catch *catch, const struct tools *tools)
{
	int status = catch->freezer ? cgroup_freeze(catch->freezer, catch->pen, false) : 0;
	(void)status;
	if (!catch->freezer)
		catch_signal(catch, tools, SIGCONT);
}

/* Thousands that fork without end leave us no turn unless we go first. */
void
catch_go_first(bool first)
{
	int status = priority_first(first);
	(void)status; /* not allowed everywhere; slower without */
}

int
catch_begin(struct catch *catch, const struct tools *tools, const struct order *order)
{
	const struct action *action = order->action;
	auto_str pen = {0};
	catch->account = order->account->id;
	catch->generation = order->account->generation;
	catch->root_count = action->target_count;
	for (uint32_t i = 0; i < action->target_count; i++)
		catch->roots[i] = action->targets[i];
	catch->places = map_new();
	catch->freezer = cgroups_freezer(&tools->cgroups);
	str_addf(&pen, "%s/pen/%" PRIx64, tools->cgroup, action->id);
	catch->pen = str_take(&pen);
	if (!catch->freezer)
		return 0;
	int status = cgroup_make(catch->freezer, tools->cgroup);
	str_addf(&pen, "%s/pen", tools->cgroup);
	status = status ? status : cgroup_make(catch->freezer, str_text(&pen));
	return status ? status : cgroup_make(catch->freezer, catch->pen);
}

struct outing {
	const struct catch *catch;
	const struct tools *tools;
};

/* Who is in the pen at the end: another user's process, or one that does not die. */
static int
let_out(void *context, uint32_t pid)
{
	const struct outing *outing = context;
	const struct catch *catch = outing->catch;
	auto_str reached = {0};
	const char *place = map_find_u64(catch->places, pid);
	int status = cgroup_move_near(catch->freezer, place ? place : "", pid, &reached);
	(void)status; /* it ended */
	return 0;
}

/* The group of a pen, those above it if they are empty now. */
static void
remove_pen(const struct tools *tools, const struct hierarchy *freezer, const char *pen)
{
	auto_str pens = {0};
	str_addf(&pens, "%s/pen", tools->cgroup);
	int status = cgroup_remove(freezer, pen);
	status = status ? status : cgroup_remove(freezer, str_text(&pens));
	status = status ? status : cgroup_remove(freezer, tools->cgroup);
	(void)status; /* in use; the next stop or start tries again */
}

void
catch_done(struct catch *catch, const struct tools *tools)
{
	if (catch->freezer) {
		struct outing outing = {catch, tools};
		catch_let_run(catch, tools);
		int status = cgroup_each(catch->freezer, catch->pen, let_out, &outing);
		(void)status;
		remove_pen(tools, catch->freezer, catch->pen);
	}
	size_t position = 0;
	for (char *place; (place = map_next(catch->places, &position));)
		free(place);
	map_free(catch->places);
	free(catch->pen);
	free(catch->caught);
	*catch = (struct catch){0};
}

static int
clean_pen(void *context, const char *name)
{
	const struct tools *tools = context;
	auto_str pen = {0};
	struct catch catch = {.freezer = cgroups_freezer(&tools->cgroups), .places = map_new()};
	str_addf(&pen, "%s/pen/%s", tools->cgroup, name);
	catch.pen = str_take(&pen);
	catch_done(&catch, tools);
	return 0;
}

void
catch_clean(const struct tools *tools)
{
	const struct hierarchy *freezer = cgroups_freezer(&tools->cgroups);
	auto_str pens = {0};
	str_addf(&pens, "%s/pen", tools->cgroup);
	if (freezer) {
		/* clean_pen only reads it. */
		int status = cgroup_children(
		    freezer, str_text(&pens), clean_pen, (void *)(uintptr_t)tools); /* NOLINT */
		(void)status;
	}
}
