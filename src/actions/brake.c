/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/brake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/binding.h"
#include "actions/guard.h"
#include "actions/leaving.h"
#include "actions/limit.h"
#include "actions/moving.h"
#include "actions/throttle.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"
#include "model/quantity.h"

enum {
	FILE_VERSION = 2,
	ONE_ORIGIN = 1, /* the version in which all of a brake went back to one */
	LARGEST_FILE = 64 * 1024 * 1024,
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
	/* No number is given twice: others' origins may lead through its group. */
	struct origins origins;
};

struct brakes {
	const struct tools *tools;
	struct throttle *throttle;
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
		origins_encode(&brake->origins, &bytes);
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

static void
decode_brake(
    struct wire_reader *reader, struct arena *arena, uint32_t version, struct brake *ret_brake)
{
	ret_brake->action = wire_get_u64(reader);
	ret_brake->account = wire_get_u32(reader);
	ret_brake->generation = wire_get_u32(reader);
	ret_brake->amount = wire_get_i64(reader);
	if (version == ONE_ORIGIN)
		origins_set(&ret_brake->origins, 0, wire_get_text(reader, arena, LONGEST_PATH));
	else
		origins_decode(reader, arena, &ret_brake->origins);
}

static int
decode(struct brakes *brakes, const struct str *bytes)
{
	auto_arena struct arena *arena = arena_new();
	struct wire_reader reader = wire_read(bytes->data, bytes->length);
	uint32_t version = wire_get_u32(&reader);
	bool known = version == FILE_VERSION || version == ONE_ORIGIN;
	uint32_t count = wire_get_count(&reader, SMALLEST_BRAKE);
	for (uint32_t i = 0; known && i < count; i++) {
		struct brake brake = {0};
		decode_brake(&reader, arena, version, &brake);
		add(brakes, &brake);
	}
	return known ? wire_end(&reader) : -EBADMSG;
}

struct brakes *
brakes_new(const struct tools *tools, struct throttle *throttle)
{
	struct brakes *brakes = memory_new(1, sizeof(*brakes));
	auto_str bytes = {0};
	brakes->tools = tools;
	brakes->throttle = throttle;
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
		origins_clear(&brakes->items[i].origins);
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
	origins_clear(&brake->origins);
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
	struct brakes *brakes;
	struct brake *brake;
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

/* The group below the brake's for who comes from path; it is on disk before it is used. */
static int
group_for(struct tree *tree, const char *path, struct str *ret_group)
{
	struct origins *origins = &tree->brake->origins;
	uint32_t number = origins_find(origins, path);
	if (number == MOST_ORIGINS)
		number--; /* he goes back with those who came from there */
	else if (number == origins->count) {
		origins_set(origins, number, path);
		int status = save(tree->brakes);
		if (status)
			return status;
	}
	origins_group(tree->group, number, ret_group);
	return cgroup_make(tree->hierarchy, str_text(ret_group));
}

/* Who is limited with his whole account, or being stopped, stays where he is. */
static int
bind_exactly(struct tree *tree, const struct process_facts *process, int fd)
{
	auto_str path = {0}, group = {0};
	int status = cgroup_of(tree->hierarchy, tree->tools->proc, process->pid, &path);
	if (status || cgroup_within(str_text(&path), tree->group) ||
	    binding_has(tree->tools, tree->account->id, str_text(&path)))
		return status;
	status = group_for(tree, str_text(&path), &group);
	if (!status)
		status = move_exactly(
		    tree->tools, tree->hierarchy, process, fd, str_text(&group), NULL);
	if (!status)
		tree->found++;
	return status;
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
	    (!is_target(tree->action, &process) && !is_within(tree, process.parent)))
		return 0;
	int status = bind_exactly(tree, &process, fd);
	(void)status; /* the next pass tries again who still runs */
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
bound(const struct brake *brake, const struct hierarchy *hierarchy, const char *group)
{
	uint32_t count = 0;
	int status = origins_each(hierarchy, group, &brake->origins, count_one, &count);
	return status ? 0 : count;
}

static int
bind_tree(struct brakes *brakes, const struct order *order, struct brake *brake,
    const struct hierarchy *hierarchy, const char *group)
{
	struct tree tree = {.tools = brakes->tools,
	    .hierarchy = hierarchy,
	    .action = order->action,
	    .account = order->account,
	    .brakes = brakes,
	    .brake = brake,
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
find_first(const struct brakes *brakes, const struct action *action,
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

static int
note(struct brakes *brakes, const struct order *order, struct brake **ret_brake)
{
	const struct action *action = order->action;
	struct brake *brake = find(brakes, action->id);
	if (!brake)
		brake = add(brakes, &(struct brake){
					.action = action->id,
					.account = order->account->id,
					.generation = order->account->generation,
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
	auto_str path = {0}, group = {0}, ours = {0};
	struct brake *brake;
	if (!hierarchy)
		return -ENOTSUP;
	if (action->amount <= 0) {
		str_add(text, "a throttle needs an amount above zero");
		return -EINVAL;
	}
	if (find_first(brakes, action, hierarchy, &path)) {
		str_add(text, "already so: nothing of it was running");
		return 0;
	}
	binding_group_of(brakes->tools, order->account->id, &ours);
	if (cgroup_within(str_text(&path), str_text(&ours))) {
		str_add(text, "already so: its whole account is limited");
		return 0;
	}
	group_of(brakes->tools, action->id, &group);
	int status = note(brakes, order, &brake);
	status = status ? status : cgroup_make_limiting(hierarchy, str_text(&group));
	status = status ? status : limit_set_cpu(hierarchy, str_text(&group), brake->amount);
	status = status ? status : bind_tree(brakes, order, brake, hierarchy, str_text(&group));
	if (status)
		str_addf(text, "cannot limit cpu: %s", strerror(-status));
	else
		say(brake, bound(brake, hierarchy, str_text(&group)), text);
	return status;
}

/* Release. */

/* Whoever's way back leads through the group goes past it from now on. */
static int
lead_on(struct brakes *brakes, const struct hierarchy *hierarchy, const char *group,
    const struct origins *origins)
{
	bool led = false;
	for (size_t i = 0; i < brakes->count; i++)
		led |= origins_lead_on(&brakes->items[i].origins, group, origins);
	int status = led ? save(brakes) : 0;
	return status ? status : throttle_lead_on(brakes->throttle, hierarchy, group, origins);
}

static int
let_go(struct brakes *brakes, const struct hierarchy *hierarchy, const char *group,
    const struct origins *origins, struct binding *ret_done)
{
	struct leaving leaving = {brakes->tools, hierarchy, group, origins, NULL};
	int status = lead_on(brakes, hierarchy, group, origins);
	status = status ? status : leaving_undo(&leaving, ret_done);
	if (status)
		return status;
	status = cgroup_remove(hierarchy, brakes->tools->cgroup);
	return status == -EBUSY ? 0 : status; /* others are held */
}

/* Of a group whose record was lost. */
static int
let_strays_go(struct brakes *brakes, const struct hierarchy *hierarchy, const char *group,
    struct binding *ret_done)
{
	struct origins origins = {0};
	int status = 0;
	if (origins_adopt(hierarchy, group, &origins))
		status = let_go(brakes, hierarchy, group, &origins, ret_done);
	origins_clear(&origins);
	return status;
}

int
brakes_release(struct brakes *brakes, const struct action *action, struct str *text)
{
	const struct hierarchy *hierarchy = cgroups_for(&brakes->tools->cgroups, RESOURCE_CPU);
	struct brake *brake = find(brakes, action->id);
	struct binding done = {0};
	auto_str group = {0};
	group_of(brakes->tools, action->id, &group);
	int status = hierarchy ? limit_lift_cpu(hierarchy, str_text(&group)) : -ENOENT;
	if (status == -ENOENT && !brake) {
		str_add(text, "already so: nothing was limited");
		return 0;
	}
	if (!hierarchy)
		status = 0;
	else if (brake)
		status = let_go(brakes, hierarchy, str_text(&group), &brake->origins, &done);
	else
		status = let_strays_go(brakes, hierarchy, str_text(&group), &done);
	if (status) {
		str_addf(text, "cannot lift the limit of cpu: %s", strerror(-status));
		return status;
	}
	str_add(text, "cpu limit lifted; ");
	binding_say_return(&done, text);
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
	say(brake, bound(brake, hierarchy, str_text(&group)), text);
	str_add(text, ", from");
	origins_say(&brake->origins, text);
	return 0;
}
