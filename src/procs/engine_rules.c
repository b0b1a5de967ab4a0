/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three blobs of one reading come one after the other, the accounts last.
 * The flow borrows from all three, so the old set stays whole until the new
 * one is, and they are exchanged at once.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "policy/load.h"
#include "procs/engine.h"

static struct rule_set *
rule_set_new(void)
{
	struct rule_set *set = memory_new(1, sizeof(*set));
	set->arena = arena_new();
	return set;
}

static void
rule_set_free(struct rule_set *set)
{
	if (!set)
		return;
	policy_free(set->policy);
	accounts_free(set->accounts);
	arena_free(set->arena);
	free(set);
}

static struct flow_rules
flow_rules_of(const struct rule_set *set)
{
	return (struct flow_rules){set->policy, set->accounts, &set->config};
}

/* The reader has checked it already; this is the same text and the same checker. */
static int
decode_policy(const void *bytes, size_t length, struct policy **ret_policy)
{
	struct policy_set *set = NULL;
	int status = policy_set_decode(bytes, length, &set);
	if (status)
		return status;
	struct diag *diag = diag_new();
	status = policy_load(set, NULL, NULL, diag, ret_policy);
	auto_str words = {0};
	diag_print(diag, &words);
	if (status)
		log_error("the policy that was read does not load: %s", str_text(&words));
	diag_free(diag);
	policy_set_free(set);
	return status;
}

static void
tell_own_sensor(struct engine_inside *inside, enum sensor sensor, const char *by)
{
	struct sensor_fact *fact = &inside->facts.sensors[sensor];
	fact->works = true;
	record_set_text(fact->by, sizeof(fact->by), by);
	flow_set_sensor(inside->flow, sensor, true);
}

/*
 * What the engine itself makes, and what stands in the account's record, is
 * always there; the sensor process tells of its own. What nobody feeds takes
 * part in no decision: untold, it would be unknown for ever, and cure nothing.
 */
static void
tell_own_sensors(struct engine_inside *inside)
{
	for (enum sensor sensor = 0; sensor < SENSOR_COUNT; sensor++)
		if (sensor == SENSOR_ENGINE)
			tell_own_sensor(inside, sensor, "the engine");
		else if (sensor == SENSOR_ACCOUNT)
			tell_own_sensor(inside, sensor, "the accounts");
		else if (sensor == SENSOR_REQUESTS)
			tell_own_sensor(inside, sensor, "the queue of the staff");
		else if (sensor == SENSOR_CASES)
			tell_own_sensor(inside, sensor, "the casefiles");
		else if (sensor != SENSOR_KERNEL && sensor != SENSOR_PRESSURE &&
			 sensor != SENSOR_IO)
			flow_set_sensor(
			    inside->flow, sensor, inside->facts.sensors[sensor].works);
}

void
engine_forget(struct engine_inside *inside)
{
	struct flow_rules rules = flow_rules_of(inside->rules);
	flow_free(inside->flow);
	inside->flow = flow_new(&rules);
	inside->facts.flow = inside->flow;
	inside->replayed = 0;
	inside->last = (struct policy_anchor){0};
	tell_own_sensors(inside);
}

static void
bring_into_force(struct engine_inside *inside)
{
	struct rule_set *old = inside->rules;
	inside->rules = take(inside->next);
	struct flow_rules rules = flow_rules_of(inside->rules);
	if (inside->flow)
		flow_reload(inside->flow, &rules, engine_moment(inside));
	else
		inside->flow = flow_new(&rules);
	tell_own_sensors(inside);
	inside->facts.flow = inside->flow;
	inside->facts.policy = rules.policy;
	inside->facts.accounts = rules.accounts;
	inside->facts.config = rules.config;
	engine_tell_wanted(inside);
	rule_set_free(old);
}

static bool
is_complete(const struct rule_set *set)
{
	return set->has_config && set->policy && set->accounts;
}

static int
decode_blob(struct rule_set *set, enum blob kind, const void *bytes, size_t length)
{
	switch (kind) {
	case BLOB_CONFIG:
		set->has_config = true;
		return config_decode(bytes, length, set->arena, &set->config);
	case BLOB_POLICY:
		policy_free(take(set->policy));
		return decode_policy(bytes, length, &set->policy);
	case BLOB_ACCOUNTS:
		accounts_free(take(set->accounts));
		return accounts_decode(bytes, length, &set->accounts);
	case BLOB_HOLDERS:
	case BLOB_COUNT:
		break;
	}
	return -EBADMSG;
}

int
engine_accept_blob(
    struct engine_inside *inside, enum blob kind, const void *bytes, size_t length)
{
	if (!inside->next)
		inside->next = rule_set_new();
	int status = decode_blob(inside->next, kind, bytes, length);
	if (!status && kind == BLOB_ACCOUNTS && is_complete(inside->next)) {
		bring_into_force(inside);
		engine_release(inside);
	}
	return status;
}

void
engine_let_go(struct engine_inside *inside)
{
	flow_free(take(inside->flow));
	rule_set_free(take(inside->rules));
	rule_set_free(take(inside->next));
}
