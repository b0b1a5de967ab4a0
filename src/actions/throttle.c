/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/throttle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/binding.h"
#include "actions/entrance.h"
#include "actions/guard.h"
#include "actions/limit.h"
#include "base/crash.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/memory.h"
#include "model/quantity.h"

enum {
	SWEEP_EVERY = 500,   /* ms: what a new login or worker may take unbound */
	REVIEW_EVERY = 5000, /* ms: limits looked at again, strangers sent back */
	MOST_PASSES = 32,
	SMALLEST_ROOM = 8 * 1024 * 1024,
};

struct throttle {
	const struct tools *tools;
	struct holds holds;
	int64_t swept_at;
	int64_t reviewed_at;
};

struct throttle *
throttle_new(const struct tools *tools)
{
	struct throttle *throttle = memory_new(1, sizeof(*throttle));
	throttle->tools = tools;
	int status = holds_load(tools->state, &throttle->holds);
	if (status)
		log_error("cannot read what is held: %s; groups that are left over are "
			  "released when their account is",
		    strerror(-status));
	return throttle;
}

void
throttle_free(struct throttle *throttle)
{
	if (!throttle)
		return;
	holds_done(&throttle->holds);
	free(throttle);
}

/*
 * Memory that a process brought along stays charged to the group it came from
 * and cannot be limited there, so it counts against the limit of the new one:
 * the whole is what was promised. A little room is always left, or nobody could
 * even end properly.
 */
static uint64_t
memory_allowed(const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy,
    const char *group, uint64_t *ret_brought)
{
	uint64_t limit = limit_memory_bytes(hold->memory.amount);
	uint64_t charged = limit_memory_charged(hierarchy, group);
	uint64_t held = 0;
	if (binding_memory_at_most(tools, hold, hierarchy) > charged + limit / 20)
		held = binding_memory(tools, hold, hierarchy);
	uint64_t brought = held > charged ? held - charged : 0;
	uint64_t room = limit / 8 > SMALLEST_ROOM ? limit / 8 : SMALLEST_ROOM;
	*ret_brought = brought;
	return limit > brought + room ? limit - brought : room;
}

static int
set_memory(const struct tools *tools, struct hold *hold, const struct hierarchy *hierarchy,
    struct str *text)
{
	auto_str group = {0};
	uint64_t brought = 0, set = 0;
	binding_group(tools, hold, &group);
	uint64_t allowed = memory_allowed(tools, hold, hierarchy, str_text(&group), &brought);
	int status = limit_set_memory(hierarchy, str_text(&group), allowed, &set);
	if (status && status != -EBUSY)
		return status;
	if (text && (brought || status == -EBUSY)) {
		str_add(text, "; it holds ");
		quantity_add(text, UNIT_SIZE, (int64_t)(brought ? brought : set));
		str_add(text, " already that cannot be taken back, and gets at most ");
		quantity_add(text, UNIT_SIZE, (int64_t)(brought ? set : 0));
		str_add(text, " beside it");
	}
	return 0;
}

static int
set_limits(struct throttle *throttle, struct hold *hold, struct str *text)
{
	const struct tools *tools = throttle->tools;
	auto_str group = {0};
	int status = 0;
	binding_group(tools, hold, &group);
	for (uint32_t i = 0; i < tools->cgroups.count && !status; i++) {
		const struct hierarchy *hierarchy = &tools->cgroups.hierarchies[i];
		if (!binding_uses(hold, hierarchy))
			continue;
		status = cgroup_make_limiting(hierarchy, str_text(&group));
		if (!status && hold->cpu.on && hierarchy->resources & 1u << RESOURCE_CPU)
			status = limit_set_cpu(hierarchy, str_text(&group),
			    unbound_allowed(&hold->unbound, hold->cpu.amount));
		if (!status && hold->memory.on && hierarchy->resources & 1u << RESOURCE_MEMORY)
			status = set_memory(tools, hold, hierarchy, text);
	}
	return status;
}

/* Until a pass finds nobody new: who is forked while we look is found by the next. */
static struct binding
bind_all(struct throttle *throttle, const struct hold *only)
{
	struct binding all = {0};
	for (int pass = 0; pass < MOST_PASSES; pass++) {
		struct binding done;
		binding_sweep(throttle->tools, &throttle->holds, only, &done);
		all.bound += done.bound;
		all.left = done.left;
		all.reason = done.reason;
		if (!done.bound)
			break;
	}
	return all;
}

static uint32_t
count_bound(struct throttle *throttle, struct hold *hold, enum resource resource)
{
	return binding_count(
	    throttle->tools, hold, cgroups_for(&throttle->tools->cgroups, resource));
}

static void
say_limit(
    struct throttle *throttle, struct hold *hold, enum resource resource, struct str *text)
{
	const struct limit *limit = hold_limit(hold, resource);
	str_addf(text, "%s limited to ", resource_name(resource));
	quantity_add(text, UNIT_PERCENT, limit->amount);
	str_add(text, " of this host (");
	if (resource == RESOURCE_CPU) {
		uint64_t quota, period;
		limit_cpu_quota(limit->amount, &quota, &period);
		str_addf(
		    text, "%" PRIu64 " ms in each %" PRIu64 " ms", quota / 1000, period / 1000);
	} else {
		quantity_add(text, UNIT_SIZE, (int64_t)limit_memory_bytes(limit->amount));
	}
	str_addf(text, "); %u processes bound", count_bound(throttle, hold, resource));
}

static void
say_failure(struct str *text, enum resource resource, int status)
{
	str_clear(text);
	str_addf(text, "cannot limit %s: %s", resource_name(resource), strerror(-status));
}

static int
check_order(const struct throttle *throttle, const struct action *action, struct str *text)
{
	enum resource resource = action->resource;
	if (resource != RESOURCE_CPU && resource != RESOURCE_MEMORY)
		str_addf(text, "throttling %s is not available in this release",
		    resource_name(resource));
	else if (action->subject.kind != KIND_ACCOUNT)
		str_addf(text, "throttling a single %s is not available in this release",
		    kind_name(action->subject.kind));
	else if (!cgroups_for(&throttle->tools->cgroups, resource))
		str_addf(
		    text, "no control group on this host limits %s", resource_name(resource));
	return text->length ? -ENOTSUP : 0;
}

/* The hold to be, with the new limit noted on disk before anything is done by it. */
static int
note_limit(struct throttle *throttle, const struct order *order, struct hold **ret_hold)
{
	const struct account *account = order->account;
	struct hold *hold = holds_find(&throttle->holds, account->id);
	if (!hold)
		hold = holds_add(&throttle->holds, account->id, account->generation);
	*hold_limit(hold, order->action->resource) =
	    (struct limit){true, order->action->amount, order->action->id};
	*ret_hold = hold;
	return holds_save(&throttle->holds, throttle->tools->state);
}

int
throttle_apply(struct throttle *throttle, const struct order *order, struct str *text)
{
	const struct action *action = order->action;
	struct hold *hold = holds_find(&throttle->holds, order->account->id);
	int status = check_order(throttle, action, text);
	if (status)
		return status;
	if (action->amount <= 0) {
		str_add(text, "a throttle needs an amount above zero");
		return -EINVAL;
	}
	if (hold && hold->generation != order->account->generation) {
		str_add(text, "the login's former holder is still held: release that first");
		return -ESTALE;
	}
	status = note_limit(throttle, order, &hold);
	crash_point(CRASH_ENFORCER_NOTED);
	/* Limits first, so that nobody is in the group without them; again with everybody in
	 * it. */
	status = status ? status : set_limits(throttle, hold, NULL);
	struct binding done = {0};
	auto_str brought = {0};
	if (!status)
		done = bind_all(throttle, hold);
	crash_point(CRASH_ENFORCER_BOUND);
	status = status ? status : set_limits(throttle, hold, &brought);
	if (status) {
		say_failure(text, action->resource, status);
		return status;
	}
	say_limit(throttle, hold, action->resource, text);
	str_add(text, str_text(&brought));
	if (action->resource == RESOURCE_CPU && !throttle->tools->entrance)
		str_add(text, "; newcomers are looked for twice a second, and what lives "
			      "shorter is not limited");
	if (done.left)
		str_addf(text, "; %u could not be: %s", done.left, strerror(-done.reason));
	return 0;
}

/*
 * A group of ours that no hold on record explains: the record was lost, and
 * with it the way back, so that the way leads to the top.
 */
static struct hold *
adopt(struct throttle *throttle, const struct action *action)
{
	struct hold *hold =
	    holds_add(&throttle->holds, action->subject.account, action->subject.generation);
	auto_str group = {0};
	bool found = false;
	binding_group(throttle->tools, hold, &group);
	for (uint32_t i = 0; i < throttle->tools->cgroups.count; i++) {
		const struct hierarchy *hierarchy = &throttle->tools->cgroups.hierarchies[i];
		struct origins *origins = hold_origins(hold, hierarchy);
		if (origins && origins_adopt(hierarchy, str_text(&group), origins))
			found = true;
	}
	if (found)
		return hold;
	holds_remove(&throttle->holds, hold);
	return NULL;
}

/* Lifts one limit in the group, which must not keep anybody waiting while it is emptied. */
static int
lift(struct throttle *throttle, struct hold *hold, enum resource resource)
{
	auto_str group = {0};
	const struct hierarchy *hierarchy = cgroups_for(&throttle->tools->cgroups, resource);
	binding_group(throttle->tools, hold, &group);
	int status = !hierarchy ? 0
		     : resource == RESOURCE_CPU
			 ? limit_lift_cpu(hierarchy, str_text(&group))
			 : limit_lift_memory(hierarchy, str_text(&group));
	return status == -ENOENT ? 0 : status;
}

/* Empties the groups that nothing is limited in any more. */
static int
let_go(struct throttle *throttle, struct hold *hold, struct str *text)
{
	int worst = 0;
	for (uint32_t i = 0; i < throttle->tools->cgroups.count; i++) {
		const struct hierarchy *hierarchy = &throttle->tools->cgroups.hierarchies[i];
		const struct origins *origins = hold_origins(hold, hierarchy);
		struct binding done;
		if (binding_uses(hold, hierarchy) || !origins)
			continue;
		bool had = origins->count > 0;
		int status = binding_undo(throttle->tools, hold, hierarchy, &done);
		if (had || status) {
			str_add(text, "; ");
			binding_say_return(&done, text);
		}
		worst = status ? status : worst;
	}
	return worst;
}

int
throttle_release(struct throttle *throttle, const struct action *action, struct str *text)
{
	struct hold *hold = holds_find(&throttle->holds, action->subject.account);
	if (!hold)
		hold = adopt(throttle, action);
	if (!hold) {
		str_add(text, "already so: nothing was limited");
		return 0;
	}
	if (hold->generation != action->subject.generation) {
		str_add(text, "what is limited belongs to another holder of the login");
		return -ESTALE;
	}
	struct limit *limit = hold_limit(hold, action->resource);
	str_addf(text, limit->on ? "%s limit lifted" : "already so: %s was not limited",
	    resource_name(action->resource));
	int status = lift(throttle, hold, action->resource);
	limit->on = false;
	int emptied = let_go(throttle, hold, text);
	if (!hold->cpu.on && !hold->memory.on && !emptied)
		holds_remove(&throttle->holds, hold);
	crash_point(CRASH_ENFORCER_LIFTED);
	int saved = holds_save(&throttle->holds, throttle->tools->state);
	return status ? status : emptied ? emptied : saved;
}

int
throttle_lead_on(struct throttle *throttle, const struct hierarchy *hierarchy,
    const char *group, const struct origins *from)
{
	bool led = false;
	for (size_t i = 0; i < throttle->holds.count; i++) {
		struct origins *origins = hold_origins(throttle->holds.items[i], hierarchy);
		if (origins && origins_lead_on(origins, group, from))
			led = true;
	}
	return led ? holds_save(&throttle->holds, throttle->tools->state) : 0;
}

static void
say_unbound(const struct unbound *unbound, struct str *text)
{
	if (!unbound->taken)
		return;
	str_add(text, ", less by ");
	quantity_add(text, UNIT_PERCENT, unbound->taken);
	str_add(text, " that newcomers use before they are bound");
}

static void
describe_resource(
    struct throttle *throttle, struct hold *hold, enum resource resource, struct str *text)
{
	const struct hierarchy *hierarchy = cgroups_for(&throttle->tools->cgroups, resource);
	if (!hold_limit(hold, resource)->on || !hierarchy)
		return;
	say_limit(throttle, hold, resource, text);
	if (resource == RESOURCE_CPU)
		say_unbound(&hold->unbound, text);
	str_add(text, ", from");
	const struct origins *origins = hold_origins(hold, hierarchy);
	if (origins)
		origins_say(origins, text);
	str_add_char(text, '\n');
}

int
throttle_describe(struct throttle *throttle, const struct action *action, struct str *text)
{
	struct hold *hold = holds_find(&throttle->holds, action->subject.account);
	if (hold && hold->generation == action->subject.generation) {
		describe_resource(throttle, hold, RESOURCE_CPU, text);
		describe_resource(throttle, hold, RESOURCE_MEMORY, text);
	}
	if (!text->length)
		str_add(text, "nothing is limited");
	return 0;
}

/* Holds are desired state: what somebody changed is set again, and said. */
static void
review(struct throttle *throttle)
{
	for (size_t i = 0; i < throttle->holds.count; i++) {
		struct hold *hold = throttle->holds.items[i];
		struct binding done;
		int status = set_limits(throttle, hold, NULL);
		if (status)
			log_warning("cannot keep the limits of account %u: %s", hold->account,
			    strerror(-status));
		binding_expel(throttle->tools, hold, &done);
		if (done.back + done.elsewhere)
			log_info("account %u: %u processes are not its own any more and not "
				 "limited",
			    hold->account, done.back + done.elsewhere);
	}
}

/* 0: there is none, for only memory is limited, in a hierarchy of its own. */
static uint64_t
group_of_processors(const struct throttle *throttle, const struct hold *hold)
{
	const struct hierarchy *hierarchy =
	    cgroups_for(&throttle->tools->cgroups, RESOURCE_CPU);
	auto_str group = {0};
	uint64_t number = 0;
	binding_group(throttle->tools, hold, &group);
	if (hierarchy && cgroup_number(hierarchy, str_text(&group), &number))
		number = 0;
	return number;
}

size_t
throttle_places(const struct throttle *throttle, struct entrance_place *places, size_t most)
{
	const struct accounts *accounts = throttle->tools->accounts;
	size_t count = 0;
	for (size_t i = 0; accounts && i < throttle->holds.count; i++) {
		const struct hold *hold = throttle->holds.items[i];
		const struct account *account =
		    guard_holder(accounts, hold->account, hold->generation);
		uint64_t group = group_of_processors(throttle, hold);
		for (uint32_t u = 0; account && u < account->uid_count && count < most; u++)
			if (account->uids[u].count)
				places[count++] =
				    (struct entrance_place){account->uids[u], group};
	}
	return count;
}

/* What newcomers used outside of their groups comes off what these get. */
static void
settle_unbound(struct throttle *throttle, int64_t now)
{
	const struct tools *tools = throttle->tools;
	uint64_t processors = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	for (size_t i = 0; tools->entrance && i < throttle->holds.count; i++) {
		struct hold *hold = throttle->holds.items[i];
		uint64_t group = hold->cpu.on ? group_of_processors(throttle, hold) : 0;
		uint64_t ns = 0;
		if (!group || entrance_unbound(tools->entrance, group, &ns) ||
		    !unbound_note(&hold->unbound, ns, now, processors))
			continue;
		int status = set_limits(throttle, hold, NULL);
		if (status)
			log_warning("cannot lower the limit of account %u: %s", hold->account,
			    strerror(-status));
	}
}

void
throttle_meet(struct throttle *throttle, uint32_t pid)
{
	struct binding done;
	if (throttle->holds.count)
		binding_meet(throttle->tools, &throttle->holds, pid, &done);
}

int64_t
throttle_sweep(struct throttle *throttle, int64_t now)
{
	if (!throttle->holds.count)
		return INT64_MAX;
	if (now >= throttle->swept_at + SWEEP_EVERY) {
		bind_all(throttle, NULL);
		settle_unbound(throttle, now);
		throttle->swept_at = now;
	}
	if (now >= throttle->reviewed_at + REVIEW_EVERY) {
		review(throttle);
		throttle->reviewed_at = now;
	}
	return throttle->swept_at + SWEEP_EVERY;
}
