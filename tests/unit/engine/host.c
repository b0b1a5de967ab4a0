/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/load.h"

static void
make_accounts(struct host *host)
{
	auto_str blob = {0};
	struct uid_range alice = {ALICE, 1}, bob = {BOB, 1};
	struct own_limit limit = {"files", 7, UNIT_COUNT};
	struct account records[] = {
	    {.id = ALICE,
		.name = "alice",
		.plan = "basic",
		.contact = "a@example.net",
		.home = "/",
		.initial_bytes = 1000,
		.uids = &alice,
		.uid_count = 1,
		.own_uids = 1},
	    {.id = BOB,
		.name = "bob",
		.plan = "basic",
		.contact = "b@example.net",
		.home = "/",
		.initial_bytes = -1,
		.uids = &bob,
		.uid_count = 1,
		.own_uids = 1,
		.limit_count = 1,
		.limits = &limit},
	};
	accounts_encode(records, 2, 1000, &blob);
	if (accounts_decode(blob.data, blob.length, &host->accounts))
		abort();
}

void
host_begin(struct host *host, const char *terms)
{
	*host = (struct host){.config = config_default()};
	make_accounts(host);
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	policy_set_add(set, "test.policy", terms, strlen(terms));
	if (policy_load(set, NULL, NULL, diag, &host->policy)) {
		auto_str said = {0};
		diag_print(diag, &said);
		fputs(str_text(&said), stderr);
		abort();
	}
	diag_free(diag);
	policy_set_free(set);
	struct engine_rules rules = {host->policy, host->accounts, 80};
	host->engine = engine_new(&rules);
}

void
host_end(struct host *host)
{
	engine_free(host->engine);
	policy_free(host->policy);
	accounts_free(host->accounts);
}

/* Who asks what is really held is told at once. */
static void
answer_doubts(struct host *host)
{
	struct subject account;
	while (engine_next_doubt(host->engine, &account)) {
		host->doubts++;
		engine_prove_memory(host->engine, &account,
		    host->held / 100 * (100 - host->shared), host->silent ? 0 : host->held);
	}
}

void
host_run(struct host *host, int64_t ms, uint32_t uid, int64_t cpu, int64_t memory)
{
	host->held = (uint64_t)memory << 20;
	for (int64_t passed = 0; passed < ms; passed += SECOND) {
		host->now += SECOND;
		struct frame_row rows[] = {
		    {.uid = uid,
			.processes = 1,
			.cpu_ns = (uint64_t)cpu * 400000,
			.memory = host->held},
		    {.uid = uid,
			.processes = 1,
			.script = 77,
			.pid = 4711,
			.pid_start = 42,
			.other_count = 1,
			.others = &(struct target){4712, 43},
			.cpu_ns = (uint64_t)cpu * 300000,
			.memory = (uint64_t)memory << 19},
		    {.uid = uid,
			.processes = 1,
			.script = 78,
			.cpu_ns = (uint64_t)cpu * 100000},
		};
		struct frame frame = {.at = host->now,
		    .interval_ns = 1000000000,
		    .cpu_ns = 4000000000,
		    .memory = UINT64_C(10000) << 20,
		    .row_count = uid ? 3 : 0,
		    .rows = rows};
		engine_frame(host->engine, &frame);
		answer_doubts(host);
	}
}

void
host_skip(struct host *host, int64_t ms)
{
	host->now += ms;
	engine_tick(host->engine, host->now);
}

struct finding
host_weigh(struct host *host, const char *clause, uint32_t uid)
{
	struct subject subject = {uid ? KIND_ACCOUNT : KIND_HOST, uid, 0, 0};
	return engine_weigh(host->engine, policy_clause(host->policy, clause), &subject);
}

void
host_observe(
    struct host *host, uint32_t uid, const char *measure, int64_t value, uint64_t group)
{
	struct observation observation = {
	    .measure = (enum measure)measure_find(measure),
	    .subject = {uid ? KIND_ACCOUNT : KIND_HOST, uid, 0, 0},
	    .at = host->now,
	    .value = value,
	    .group = group,
	    .label = "label",
	};
	engine_observe(host->engine, &observation);
}
