/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/scrutiny.h"

#include <string.h>

#include "flow/internal.h"

int64_t
flow_breaches(void *context, const struct account *account, int64_t span)
{
	const struct flow *flow = context;
	int64_t since = span ? flow->now.policy - span : INT64_MIN;
	return cases_breaches(flow->cases, account->id, account->generation, since);
}

bool
flow_watched(const struct flow *flow, const struct account *account)
{
	const struct clause *scrutiny = flow->rules.policy->scrutiny;
	struct subject subject = {KIND_ACCOUNT, account->id, account->generation, 0};
	return scrutiny &&
	       engine_weigh(flow->engine, scrutiny, &subject).verdict == VERDICT_TRUE;
}

static struct case_time
time_of(struct moment now)
{
	return (struct case_time){now.policy, now.wall};
}

void
flow_listed(struct flow *flow, const struct listing *listing, struct moment now)
{
	const struct account *account =
	    accounts_find_id(flow->rules.accounts, listing->account);
	flow_at(flow, now);
	if (account && account->generation == listing->generation)
		cases_listed(flow->cases, account, listing, time_of(flow->now));
}

int
flow_sign_off(struct flow *flow, const struct review_request *request, struct moment now,
    struct str *ret_text)
{
	flow_at(flow, now);
	return cases_sign_off(flow->cases, request, time_of(flow->now), ret_text);
}

int
flow_report_sent(struct flow *flow, const struct review_request *request, struct moment now,
    struct str *ret_text)
{
	flow_at(flow, now);
	return cases_report_sent(flow->cases, request, time_of(flow->now), ret_text);
}

int
flow_legal_hold(struct flow *flow, const struct review_request *request, struct moment now,
    struct str *ret_text)
{
	flow_at(flow, now);
	return cases_legal_hold(flow->cases, request, time_of(flow->now), ret_text);
}

/* ---- evidence ---- */

static const struct casefile *
case_of_action(const struct flow *flow, uint64_t action)
{
	size_t position = 0;
	for (const struct casefile *casefile; (casefile = cases_next(flow->cases, &position));)
		for (size_t i = 0; i < casefile->order_count; i++)
			if (casefile->orders[i].world == action)
				return casefile;
	return NULL;
}

/* Labels that are no paths ("dash -c") name no file. */
static void
add_file(struct evidence_package *package, struct arena *arena, const char *label)
{
	if (*label != '/' || package->file_count == MOST_EVIDENCE_FILES)
		return;
	for (uint32_t i = 0; i < package->file_count; i++)
		if (strcmp(package->files[i].path, label) == 0)
			return;
	package->files[package->file_count++] =
	    (struct evidence_file){.path = arena_copy_text(arena, label), .digest = ""};
}

struct evidence_package
flow_evidence(const struct flow *flow, const struct action *action, struct arena *arena)
{
	struct evidence_package package = {
	    .action = action->id,
	    .account = action->subject.account,
	    .generation = action->subject.generation,
	    .account_name = arena_copy_text(arena, action->account_name),
	    .clause = "",
	    .wall = flow->now.wall,
	    .files = arena_alloc(arena, MOST_EVIDENCE_FILES * sizeof(*package.files)),
	};
	const struct casefile *casefile = case_of_action(flow, action->id);
	if (!casefile)
		return package;
	package.case_number = casefile->number;
	package.clause = arena_copy_text(arena, casefile->clause);
	add_file(&package, arena, casefile->label);
	for (size_t i = 0; i < casefile->exhibit_count; i++)
		add_file(&package, arena, casefile->exhibits[i].label);
	return package;
}
