/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/brake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/binding.h"
#include "actions/guard.h"
#include "actions/limit.h"
#include "actions/moving.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"
#include "model/quantity.h"

enum {
	FILE_VERSION = 1,
	LARGEST_FILE = 16 * 1024 * 1024,
	LONGEST_PATH = 4096,
	SMALLEST_BRAKE = 28,
	MOST_PASSES = 32,
};

static const char file_name[] = "brakes";

/* On disk before anything is done by it. */
struct brake {
	uint64_t action;
	uint32_t account;
	uint32_t generation;
	int64_t amount; /* hundredths of a percent of the host */
	char *origin;	/* group that the first process came from */
};

struct brakes {
	const struct tools *tools;
	size_t count, capacity;
	struct brake *items;
};

/* What is remembered. */

static int
save(const struct brakes *brakes)
{
	auto_str bytes = {0};
	wire_put_u32(&bytes, FILE_VERSION);
	wire_put_u32(&bytes, (uint32_t)brakes->count);
	for (size_t i = 0; i < brakes->count; i++) {
		const struct brake *brake = &brakes->items[i];
		wire_put_u64(&bytes, brake->action);
		wire_put_u32(&bytes, brake->account);
		wire_put_u32(&bytes, brake->generation);
		wire_put_i64(&bytes, brake->amount);
		wire_put_text(&bytes, brake->origin);
	}
	return file_replace(brakes->tools->state, file_name, 0600, bytes.data, bytes.length);
}

static struct brake *
add(struct brakes *brakes, const struct brake *brake)
{
	memory_grow(&brakes->items, brakes->count, &brakes->capacity, sizeof(*brakes->items));
	brakes->items[brakes->count] = *brake;
	return &brakes->items[brakes->count++];
}

static int
decode(struct brakes *brakes, const struct str *bytes)
{
	auto_arena struct arena *arena = arena_new();
	struct wire_reader reader = wire_read(bytes->data, bytes->length);
	bool known = wire_get_u32(&reader) == FILE_VERSION;
	uint32_t count = wire_get_count(&reader, SMALLEST_BRAKE);
	for (uint32_t i = 0; known && i < count; i++) {
		struct brake brake = {.action = wire_get_u64(&reader)};
		brake.account = wire_get_u32(&reader);
		brake.generation = wire_get_u32(&reader);
		brake.amount = wire_get_i64(&reader);
		brake.origin = memory_copy_text(wire_get_text(&reader, arena, LONGEST_PATH));
		add(brakes, &brake);
	}
	return known ? wire_end(&reader) : -EBADMSG;
}

struct brakes *
brakes_new(const struct tools *tools)
{
	struct brakes *brakes = memory_new(1, sizeof(*brakes));
	auto_str bytes = {0};
	brakes->tools = tools;
	int status = file_read(tools->state, file_name, LARGEST_FILE, &bytes);
	if (!status)
		status = decode(brakes, &bytes);
	if (status && status != -ENOENT)
		log_error("cannot read which processes are limited: %s", strerror(-status));
	return brakes;
}

void
brakes_free(struct brakes *brakes)
{
	if (!brakes)
		return;
	for (size_t i = 0; i < brakes->count; i++)
		free(brakes->items[i].origin);
	free(brakes->items);
	free(brakes);
}

static struct brake *
find(const struct brakes *brakes, uint64_t action)
{
	for (size_t i = 0; i < brakes->count; i++)
		if (brakes->items[i].action == action)
			return &brakes->items[i];
	return NULL;
}

static void
forget(struct brakes *brakes, struct brake *brake)
{
	free(brake->origin);
	*brake = brakes->items[--brakes->count];
}

static void
group_of(const struct tools *tools, uint64_t action, struct str *out)
{
	str_addf(out, "%s/p%" PRIx64, tools->cgroup, action);
}

/* Binding. */

struct tree {
	const struct tools *tools;
	const struct hierarchy *hierarchy;
	const struct action *action;
	const struct account *account;
	const char *group;
	uint32_t found; /* in this pass, outside the group */
};

static bool
is_target(const struct action *action, const struct process_facts *process)
{
	for (uint32_t i = 0; i < action->target_count; i++)
		if (action->targets[i].pid == process->pid &&
		    process_started_at(process, action->targets[i].start))
			return true;
	return false;
}

static bool
is_within(const struct tree *tree, uint32_t pid)
{
	auto_str path = {0};
	return !cgroup_of(tree->hierarchy, tree->tools->proc, pid, &path) &&
	       cgroup_within(str_text(&path), tree->group);
}

/* A target, or the child of somebody bound: who is born from now on is born there. */
static int
bind_one(void *context, uint32_t pid)
{
	struct tree *tree = context;
	struct process_facts process;
	auto_fd int fd = -1;
	uint32_t owner = 0;
	if (pid == 1 || pid == (uint32_t)getpid() ||
	    process_owner(tree->tools->proc, pid, &owner) ||
	    (owner && accounts_find_uid(tree->tools->accounts, owner) != tree->account) ||
	    process_open(tree->tools->proc, pid, &process, &fd) ||
	    !guard_owns(tree->tools->accounts, tree->account, process.uid) ||
	    !process_runs(&process) ||
	    (!is_target(tree->action, &process) && !is_within(tree, process.parent)) ||
	    is_within(tree, pid))
		return 0;
	if (!move_exactly(tree->tools, tree->hierarchy, &process, fd, tree->group, NULL))
		tree->found++;
	return 0;
}

static int
count_one(void *context, uint32_t pid)
{
	(void)pid;
	++*(uint32_t *)context;
	return 0;
}

static uint32_t
bound(const struct hierarchy *hierarchy, const char *group)
{
	uint32_t count = 0;
	int status = cgroup_each(hierarchy, group, count_one, &count);
	return status ? 0 : count;
}

static int
bind_tree(struct brakes *brakes, const struct order *order, const struct hierarchy *hierarchy,
    const char *group)
{
	struct tree tree = {.tools = brakes->tools,
	    .hierarchy = hierarchy,
	    .action = order->action,
	    .account = order->account,
	    .group = group};
	int status = 0;
	for (int pass = 0; pass < MOST_PASSES && !status; pass++) {
		tree.found = 0;
		status = process_walk(brakes->tools->proc, bind_one, &tree);
		if (!tree.found)
			break;
	}
	return status;
}

/* Where the first target that runs is now; -ESRCH: none runs. */
static int
find_origin(const struct brakes *brakes, const struct action *action,
    const struct hierarchy *hierarchy, struct str *ret_path)
{
	for (uint32_t i = 0; i < action->target_count; i++) {
		struct process_facts process;
		const struct target *target = &action->targets[i];
		str_clear(ret_path);
		if (!process_read(brakes->tools->proc, target->pid, &process) &&
		    process_started_at(&process, target->start) &&
		    !cgroup_of(hierarchy, brakes->tools->proc, target->pid, ret_path))
			return 0;
	}
	return -ESRCH;
}

static const struct hierarchy *
check_order(const struct brakes *brakes, const struct action *action, struct str *text)
{
	const struct hierarchy *hierarchy = cgroups_for(&brakes->tools->cgroups, RESOURCE_CPU);
	if (action->resource != RESOURCE_CPU)
		str_addf(text, "throttling %s of a single %s is not available in this release",
		    resource_name(action->resource), kind_name(action->subject.kind));
	else if (!hierarchy)
		str_add(text, "no control group on this host limits cpu");
	return text->length ? NULL : hierarchy;
}

static void
say(const struct brake *brake, uint32_t count, struct str *text)
{
	uint64_t quota, period;
	str_add(text, "cpu limited to ");
	quantity_add(text, UNIT_PERCENT, brake->amount);
	limit_cpu_quota(brake->amount, &quota, &period);
	str_addf(text,
	    " of this host (%" PRIu64 " ms in each %" PRIu64 " ms); %u processes bound",
	    quota / 1000, period / 1000, count);
}

/* Notes the brake, so that the way back is known before the first process is moved. */
static int
note(struct brakes *brakes, const struct order *order, const char *origin,
    struct brake **ret_brake)
{
	const struct action *action = order->action;
	struct brake *brake = find(brakes, action->id);
	if (!brake)
		brake = add(brakes, &(struct brake){
					.action = action->id,
					.account = order->account->id,
					.generation = order->account->generation,
					.origin = memory_copy_text(origin),
				    });
	brake->amount = action->amount;
	*ret_brake = brake;
	return save(brakes);
}

int
brakes_apply(struct brakes *brakes, const struct order *order, struct str *text)
{
	const struct action *action = order->action;
	const struct hierarchy *hierarchy = check_order(brakes, action, text);
	auto_str origin = {0}, group = {0}, ours = {0};
	struct brake *brake;
	if (!hierarchy)
		return -ENOTSUP;
	if (action->amount <= 0) {
		str_add(text, "a throttle needs an amount above zero");
		return -EINVAL;
	}
	if (find_origin(brakes, action, hierarchy, &origin)) {
		str_add(text, "already so: nothing of it was running");
		return 0;
	}
	group_of(brakes->tools, action->id, &group);
	binding_group_of(brakes->tools, order->account->id, &ours);
	if (cgroup_within(str_text(&origin), str_text(&ours))) {
		str_add(text, "already so: its whole account is limited");
		return 0;
	}
	int status = note(brakes, order, str_text(&origin), &brake);
	status = status ? status : cgroup_make_limiting(hierarchy, str_text(&group));
	status = status ? status : limit_set_cpu(hierarchy, str_text(&group), brake->amount);
	status = status ? status : bind_tree(brakes, order, hierarchy, str_text(&group));
	if (status)
		str_addf(text, "cannot limit cpu: %s", strerror(-status));
	else
		say(brake, bound(hierarchy, str_text(&group)), text);
	return status;
}

/* Release. */

struct return_of {
	const struct brakes *brakes;
	const struct hierarchy *hierarchy;
	const char *origin;
	uint32_t back;
};

static int
send_back(void *context, uint32_t pid)
{
	struct return_of *way = context;
	auto_str reached = {0};
	if (!cgroup_move_near(way->hierarchy, way->origin, pid, &reached))
		way->back++;
	return 0;
}

int
brakes_release(struct brakes *brakes, const struct action *action, struct str *text)
{
	const struct hierarchy *hierarchy = cgroups_for(&brakes->tools->cgroups, RESOURCE_CPU);
	struct brake *brake = find(brakes, action->id);
	auto_str group = {0};
	group_of(brakes->tools, action->id, &group);
	/* Without a record the way leads to the top. */
	struct return_of way = {
	    .brakes = brakes, .hierarchy = hierarchy, .origin = brake ? brake->origin : ""};
	int status = hierarchy ? limit_lift_cpu(hierarchy, str_text(&group)) : -ENOENT;
	if (status == -ENOENT && !brake) {
		str_add(text, "already so: nothing was limited");
		return 0;
	}
	/* Who is forked while we look is found by the next pass. */
	for (int pass = 0; pass < MOST_PASSES && hierarchy; pass++) {
		status = cgroup_each(hierarchy, str_text(&group), send_back, &way);
		status = status ? status : cgroup_remove(hierarchy, str_text(&group));
		if (status != -EBUSY)
			break;
	}
	if (status && status != -ENOENT) {
		str_addf(text, "cannot lift the limit of cpu: %s", strerror(-status));
		return status;
	}
	if (hierarchy)
		status =
		    cgroup_remove(hierarchy, brakes->tools->cgroup); /* if nobody is held */
	str_addf(text, "cpu limit lifted; %u processes back where they were", way.back);
	if (!brake)
		return 0;
	forget(brakes, brake);
	return save(brakes);
}

int
brakes_describe(const struct brakes *brakes, const struct action *action, struct str *text)
{
	const struct hierarchy *hierarchy = cgroups_for(&brakes->tools->cgroups, RESOURCE_CPU);
	const struct brake *brake = find(brakes, action->id);
	auto_str group = {0};
	if (!brake || !hierarchy) {
		str_add(text, "nothing is limited");
		return 0;
	}
	group_of(brakes->tools, action->id, &group);
	say(brake, bound(hierarchy, str_text(&group)), text);
	str_add(text, ", from '/");
	escape_text(text, brake->origin);
	str_add(text, "'\n");
	return 0;
}
