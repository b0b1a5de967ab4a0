/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/binding.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actions/guard.h"
#include "actions/leaving.h"
#include "actions/moving.h"
#include "actions/process.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"

enum {
	COUNT_FOR = 2000, /* ms */
	FULL_FOR = 1000,  /* ms */
	LAST_ORIGIN = MOST_ORIGINS - 1,
};

/* What the roll says of a process that all hierarchies have. */
#define COMPLETE ((void *)1)

struct sweep {
	const struct tools *tools;
	const struct holds *holds;
	const struct hold *only;
	struct binding *done;
	struct map
	    *bound; /* pid -> 1: it is where it should be in every hierarchy; NULL: unknown */
};

void
binding_say_return(const struct binding *done, struct str *text)
{
	str_addf(text, "%u processes back where they were", done->back);
	if (done->elsewhere)
		str_addf(text, ", %u in a group above because theirs is gone", done->elsewhere);
	if (done->left)
		str_addf(
		    text, ", %u could not be moved: %s", done->left, strerror(-done->reason));
}

void
binding_group_of(const struct tools *tools, uint32_t account, struct str *out)
{
	str_addf(out, "%s/u%u", tools->cgroup, account);
}

void
binding_group(const struct tools *tools, const struct hold *hold, struct str *out)
{
	binding_group_of(tools, hold->account, out);
}

static void
group_of_origin(
    const struct tools *tools, const struct hold *hold, uint32_t place, struct str *out)
{
	auto_str group = {0};
	binding_group(tools, hold, &group);
	origins_group(str_text(&group), place, out);
}

bool
binding_uses(const struct hold *hold, const struct hierarchy *hierarchy)
{
	return (hold->cpu.on && hierarchy->resources & 1u << RESOURCE_CPU) ||
	       (hold->memory.on && hierarchy->resources & 1u << RESOURCE_MEMORY);
}

static int
refuse_visit(void *context, uint32_t pid)
{
	(void)context;
	(void)pid;
	return 1;
}

/*
 * A number for a new origin: one that nobody is from any more, or the next.
 *
 * SECURITY: who may make groups can come from as many places as he likes, and would leave no
 * number for those in which he works; so from the last one comes everybody for whom there is
 * none. They are bound, and go back with those who were there first. Looking for a number that
 * is free costs a read of each, which no newcomer is worth more than once in a while.
 */
static uint32_t
free_number(const struct tools *tools, const struct hierarchy *hierarchy,
    const struct hold *hold, struct origins *origins)
{
	int64_t now = clock_boot();
	if (origins->count == MOST_ORIGINS && now - origins->full < FULL_FOR)
		return MOST_ORIGINS;
	for (uint32_t i = 0; i < origins->count; i++) {
		auto_str group = {0};
		group_of_origin(tools, hold, i, &group);
		int status = cgroup_each(hierarchy, str_text(&group), refuse_visit, NULL);
		if (status == 0 || status == -ENOENT)
			return i;
	}
	if (origins->count == MOST_ORIGINS)
		origins->full = now;
	return origins->count;
}

/* The group below the hold's for who comes from path; it is on disk before it is used. */
static int
group_for(const struct sweep *sweep, const struct hierarchy *hierarchy, struct hold *hold,
    const char *path, struct str *ret_group)
{
	const struct tools *tools = sweep->tools;
	struct origins *origins = hold_origins(hold, hierarchy);
	if (!origins)
		return -ENOSPC;
	uint32_t number = origins_find(origins, path);
	if (number == origins->count)
		number = free_number(tools, hierarchy, hold, origins);
	if (number == MOST_ORIGINS)
		number = LAST_ORIGIN;
	else if (number == origins->count || !text_equal(origins->paths[number], path)) {
		origins_set(origins, number, path);
		int status = holds_save(sweep->holds, tools->state);
		if (status)
			return status;
	}
	group_of_origin(tools, hold, number, ret_group);
	return cgroup_make(hierarchy, str_text(ret_group));
}

bool
binding_has(const struct tools *tools, uint32_t account, const char *path)
{
	auto_str group = {0}, pen = {0};
	binding_group_of(tools, account, &group);
	str_addf(&pen, "%s/pen", tools->cgroup);
	return cgroup_within(path, str_text(&group)) || cgroup_within(path, str_text(&pen));
}

static int
bind_exactly(const struct sweep *sweep, const struct hierarchy *hierarchy, struct hold *hold,
    const struct process_facts *process, int fd)
{
	auto_str path = {0}, group = {0};
	int status = cgroup_of(hierarchy, sweep->tools->proc, process->pid, &path);
	if (status)
		return status;
	if (binding_has(sweep->tools, hold->account, str_text(&path)))
		return 0;
	status = group_for(sweep, hierarchy, hold, str_text(&path), &group);
	if (status)
		return status;
	status = move_exactly(sweep->tools, hierarchy, process, fd, str_text(&group), NULL);
	if (!status)
		sweep->done->bound++;
	return status;
}

static void
bind_process(const struct sweep *sweep, const struct hierarchy *hierarchy, struct hold *hold,
    uint32_t pid)
{
	const struct tools *tools = sweep->tools;
	const struct account *account =
	    guard_holder(tools->accounts, hold->account, hold->generation);
	auto_str path = {0};
	auto_fd int fd = -1;
	struct process_facts process;
	/* What is bound already is the common case, and ends here. */
	if (!account || cgroup_of(hierarchy, tools->proc, pid, &path) ||
	    binding_has(tools, hold->account, str_text(&path)))
		return;
	if (pid == 1 || pid == (uint32_t)getpid() ||
	    process_open(tools->proc, pid, &process, &fd))
		return;
	if (!guard_owns(tools->accounts, account, process.uid) || !process_runs(&process))
		return;
	int status = bind_exactly(sweep, hierarchy, hold, &process, fd);
	if (status && status != -ESRCH) {
		sweep->done->left++;
		sweep->done->reason = status;
	}
}

/* The hold on whoever owns the uid. */
static struct hold *
hold_of(const struct sweep *sweep, uint32_t uid)
{
	const struct account *account = accounts_find_uid(sweep->tools->accounts, uid);
	struct hold *hold = account ? holds_find(sweep->holds, account->id) : NULL;
	if (!hold || hold->generation != account->generation ||
	    (sweep->only && sweep->only != hold))
		return NULL;
	return hold;
}

/*
 * Most processes are somebody else's, and the owner of /proc/PID says so
 * cheaply. It is root for who took a customer's uid without executing since:
 * such are the workers of PHP-FPM, so root's are looked at closely.
 */
static int
visit_process(void *context, uint32_t pid)
{
	const struct sweep *sweep = context;
	uint32_t owner = 0;
	struct process_facts process;
	if (sweep->bound && map_find_u64(sweep->bound, pid) == COMPLETE)
		return 0;
	if (process_owner(sweep->tools->proc, pid, &owner) ||
	    (owner && !hold_of(sweep, owner)) ||
	    process_peek(sweep->tools->proc, pid, &process) || !process_runs(&process))
		return 0;
	struct hold *hold = hold_of(sweep, process.uid);
	if (!hold)
		return 0;
	for (uint32_t i = 0; i < sweep->tools->cgroups.count; i++) {
		const struct hierarchy *hierarchy = &sweep->tools->cgroups.hierarchies[i];
		if (binding_uses(hold, hierarchy))
			bind_process(sweep, hierarchy, hold, pid);
	}
	return 0;
}

/* What notes the members of one hold: how many hierarchies, from this one on, must have them.
 */
struct roll {
	struct map *bound;
	uintptr_t wanted; /* 1: this is the last */
	bool first;
};

static int
note_member(void *context, uint32_t pid)
{
	const struct roll *roll = context;
	uintptr_t before = (uintptr_t)map_find_u64(roll->bound, pid);
	if (roll->first || before == roll->wanted + 1)
		map_put_u64(roll->bound, pid, (void *)roll->wanted); /* NOLINT: a number */
	return 0;
}

static int each_member(const struct tools *tools, struct hold *hold,
    const struct hierarchy *hierarchy, int (*visit)(void *, uint32_t), void *context);

/*
 * The groups tell in one read who is bound already; asking each of a thousand
 * processes takes a hundred times as long. Whoever has a bound pid is bound: it
 * was born there.
 */
static void
call_roll(const struct tools *tools, struct hold *hold, struct map *bound)
{
	struct roll roll = {bound, 0, true};
	for (uint32_t i = 0; i < tools->cgroups.count; i++)
		roll.wanted += binding_uses(hold, &tools->cgroups.hierarchies[i]);
	for (uint32_t i = 0; i < tools->cgroups.count; i++) {
		const struct hierarchy *hierarchy = &tools->cgroups.hierarchies[i];
		if (!binding_uses(hold, hierarchy))
			continue;
		int status = each_member(tools, hold, hierarchy, note_member, &roll);
		(void)status;
		roll.first = false;
		roll.wanted--;
	}
}

void
binding_sweep(const struct tools *tools, const struct holds *holds, const struct hold *only,
    struct binding *ret_done)
{
	*ret_done = (struct binding){0};
	if (!tools->accounts || !holds->count)
		return;
	struct sweep sweep = {tools, holds, only, ret_done, map_new()};
	for (size_t i = 0; i < holds->count; i++)
		call_roll(tools, holds->items[i], sweep.bound);
	int status = process_walk(tools->proc, visit_process, &sweep);
	if (status)
		ret_done->reason = status;
	map_free(sweep.bound);
}

void
binding_meet(const struct tools *tools, const struct holds *holds, uint32_t pid,
    struct binding *ret_done)
{
	struct sweep sweep = {tools, holds, NULL, ret_done, NULL};
	*ret_done = (struct binding){0};
	if (!tools->accounts)
		return;
	int status = visit_process(&sweep, pid);
	(void)status; /* it goes on always */
}

void
binding_expel(const struct tools *tools, struct hold *hold, struct binding *ret_done)
{
	const struct account *account =
	    guard_holder(tools->accounts, hold->account, hold->generation);
	auto_str group = {0};
	binding_group(tools, hold, &group);
	*ret_done = (struct binding){0};
	for (uint32_t i = 0; account && i < tools->cgroups.count; i++) {
		const struct hierarchy *hierarchy = &tools->cgroups.hierarchies[i];
		struct leaving leaving = {
		    tools, hierarchy, str_text(&group), hold_origins(hold, hierarchy), account};
		if (binding_uses(hold, hierarchy) && leaving.origins)
			leaving_pass(&leaving, ret_done);
	}
}

int
binding_undo(const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy,
    struct binding *ret_done)
{
	struct origins *origins = hold_origins(hold, hierarchy), none = {0};
	auto_str group = {0};
	binding_group(tools, hold, &group);
	struct leaving leaving = {
	    tools, hierarchy, str_text(&group), origins ? origins : &none, NULL};
	int status = leaving_undo(&leaving, ret_done);
	if (status)
		return status;
	origins_clear(origins);
	status = cgroup_remove(hierarchy, tools->cgroup);
	return status == -EBUSY ? 0 : status; /* other accounts are held too */
}

/* Everybody in the groups of a hold. */
static int
each_member(const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy,
    int (*visit)(void *, uint32_t), void *context)
{
	const struct origins *origins = hold_origins(hold, hierarchy);
	auto_str group = {0};
	binding_group(tools, hold, &group);
	return origins ? origins_each(hierarchy, str_text(&group), origins, visit, context) : 0;
}

struct sum {
	int proc;
	uint64_t memory;
	uint32_t count;
};

static int
add_memory(void *context, uint32_t pid)
{
	struct sum *sum = context;
	sum->memory += process_memory(sum->proc, pid);
	return 0;
}

static int
add_memory_at_most(void *context, uint32_t pid)
{
	struct sum *sum = context;
	struct process_facts process;
	if (!process_peek(sum->proc, pid, &process))
		sum->memory += process.memory;
	return 0;
}

static int
add_one(void *context, uint32_t pid)
{
	struct sum *sum = context;
	(void)pid;
	sum->count++;
	return 0;
}

/* A group that cannot be read adds nothing. */
static struct sum
add_up(const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy,
    int (*visit)(void *, uint32_t))
{
	struct sum sum = {.proc = tools->proc};
	int status = each_member(tools, hold, hierarchy, visit, &sum);
	(void)status;
	return sum;
}

/*
 * Counting by proportion waits as long as a process changes its memory, which its owner can
 * make it do for ever. So somebody counts who can be ended, and is not waited for long.
 */
static bool
add_up_apart(const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy,
    uint64_t *ret_memory)
{
	int way[2];
	if (pipe2(way, O_CLOEXEC))
		return false;
	pid_t counter = fork();
	if (!counter) {
		uint64_t memory = add_up(tools, hold, hierarchy, add_memory).memory;
		_exit(write(way[1], &memory, sizeof(memory)) != sizeof(memory));
	}
	close(way[1]);
	auto_fd int answer = way[0];
	struct pollfd wait = {.fd = answer, .events = POLLIN};
	bool told = counter > 0 && poll(&wait, 1, COUNT_FOR) == 1 &&
		    read(answer, ret_memory, sizeof(*ret_memory)) == sizeof(*ret_memory);
	if (counter > 0) {
		kill(counter, SIGKILL);
		while (waitpid(counter, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	return told;
}

uint64_t
binding_memory(const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy)
{
	uint64_t memory;
	if (add_up_apart(tools, hold, hierarchy, &memory))
		return memory;
	log_warning("the memory of account %u cannot be counted by proportion", hold->account);
	return binding_memory_at_most(tools, hold, hierarchy);
}

uint64_t
binding_memory_at_most(
    const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy)
{
	return add_up(tools, hold, hierarchy, add_memory_at_most).memory;
}

uint32_t
binding_count(const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy)
{
	return add_up(tools, hold, hierarchy, add_one).count;
}
