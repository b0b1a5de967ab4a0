/* SPDX-License-Identifier: Apache-2.0 */
#include "config/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"

/* An account being put together. */
struct draft {
	struct account account;
	const struct declared *declared; /* NULL: a login of its own */
	struct uid_range *ranges;	 /* heap: own uids, then subordinate ones */
	size_t count;
	size_t capacity;
};

struct building {
	const struct account_sources *sources;
	struct arena *arena;
	struct diag *diag;
	struct draft **drafts; /* the drafts live in the arena */
	size_t count;
	size_t capacity;
	struct map *by_uid;  /* own uid -> draft */
	struct map *by_name; /* -> draft */
	struct map *by_id;
};

static struct draft *
add_draft(struct building *building, const char *name, const struct declared *declared)
{
	struct draft *draft = arena_alloc(building->arena, sizeof(*draft));
	draft->account =
	    (struct account){.name = name, .initial_bytes = -1, .initial_files = -1};
	draft->declared = declared;
	memory_grow(
	    &building->drafts, building->count, &building->capacity, sizeof(struct draft *));
	building->drafts[building->count++] = draft;
	map_put_text(building->by_name, name, draft);
	return draft;
}

static void
add_range(struct draft *draft, uint32_t first, uint32_t count)
{
	memory_grow(&draft->ranges, draft->count, &draft->capacity, sizeof(*draft->ranges));
	draft->ranges[draft->count++] = (struct uid_range){first, count};
}

/* Own uids. */

static void
claim_uid(
    struct building *building, struct draft *draft, uint32_t uid, const struct place *place)
{
	const struct draft *owner = map_find_u64(building->by_uid, uid);
	if (owner == draft)
		return;
	if (owner) {
		diag_add(building->diag, SEVERITY_ERROR, place, NULL,
		    "uid %u belongs to account '%s' already", uid, owner->account.name);
		return;
	}
	map_put_u64(building->by_uid, uid, draft);
	add_range(draft, uid, 1);
	draft->account.own_uids++;
}

static void
draft_declared(struct building *building, const struct declared *declared)
{
	if (map_find_text(building->by_name, declared->name)) {
		diag_add(building->diag, SEVERITY_ERROR, &declared->place, NULL,
		    "there is an account '%s' already", declared->name);
		return;
	}
	const struct user *user = users_find_name(building->sources->users, declared->name);
	struct draft *draft = add_draft(building, declared->name, declared);
	draft->account.home = user ? user->home : "";
	if (user)
		claim_uid(building, draft, user->uid, &declared->place);
	for (size_t i = 0; i < declared->uid_count; i++)
		claim_uid(building, draft, declared->uids[i], &declared->uid_places[i]);
	if (!user && !declared->uid_count)
		diag_add(building->diag, SEVERITY_ERROR, &declared->place,
		    "say its uids { ... } if it has no login",
		    "no user '%s' in the list of users", declared->name);
}

static void
draft_login(struct building *building, const struct user *user)
{
	const struct config *config = building->sources->config;
	if (user->uid < config->uid_first || user->uid > config->uid_last ||
	    map_find_u64(building->by_uid, user->uid) ||
	    map_find_text(building->by_name, user->name))
		return;
	struct draft *draft = add_draft(building, user->name, NULL);
	draft->account.home = user->home;
	claim_uid(building, draft, user->uid, NULL);
}

/* What is known of each. */

static const char *
default_plan(const struct building *building, uint32_t uid)
{
	const struct declarations *declarations = building->sources->declarations;
	for (size_t i = 0; i < declarations->rule_count; i++)
		if (uid >= declarations->rules[i].first && uid <= declarations->rules[i].last)
			return declarations->rules[i].plan;
	return "";
}

static void
overlay(struct account *account, const struct declared *declared)
{
	account->id = declared->id >= 0 ? (uint32_t)declared->id : account->id;
	account->plan = declared->plan ? declared->plan : account->plan;
	account->contact = declared->contact ? declared->contact : "";
	account->home = declared->home ? declared->home : account->home;
	account->is_protected = declared->is_protected;
	account->initial_bytes = declared->initial_bytes;
	account->initial_files = declared->initial_files;
	account->created = declared->created;
	account->domain_count = (uint32_t)declared->domain_count;
	account->domains = declared->domains;
	account->address_count = (uint32_t)declared->address_count;
	account->addresses = declared->addresses;
	account->limit_count = (uint32_t)declared->limit_count;
	account->limits = declared->limits;
}

static void
fill_in(struct building *building, struct draft *draft)
{
	struct account *account = &draft->account;
	account->id = draft->count ? draft->ranges[0].first : 0;
	account->plan = default_plan(building, account->id);
	account->contact = "";
	if (draft->declared)
		overlay(account, draft->declared);
	const struct draft *other = map_put_u64(building->by_id, account->id, draft);
	if (other && draft->count)
		diag_add(building->diag, SEVERITY_ERROR,
		    draft->declared ? &draft->declared->place : NULL, NULL,
		    "accounts '%s' and '%s' have one id, %u", other->account.name,
		    account->name, account->id);
	account->generation =
	    holders_generation(building->sources->holders, account->id, account->name);
}

/* Subordinate uids. */

/* One range of anybody's, for finding those that overlap. */
struct span {
	struct uid_range range;
	struct draft *draft;
	const struct place *place; /* NULL: not from accounts.conf */
	bool own;
	bool contested;
};

struct spans {
	struct span *list;
	size_t count;
	size_t capacity;
};

static void
add_span(struct spans *spans, struct span span)
{
	memory_grow(&spans->list, spans->count, &spans->capacity, sizeof(*spans->list));
	spans->list[spans->count++] = span;
}

/* The owner of a line of subuid(5), by name or by uid; NULL if it is no account. */
static struct draft *
find_owner(const struct building *building, const char *owner)
{
	const struct user *user = users_find_name(building->sources->users, owner);
	char *end;
	unsigned long uid = strtoul(owner, &end, 10);
	if (!user && (*end || end == owner))
		return map_find_text(building->by_name, owner);
	return map_find_u64(building->by_uid, user ? user->uid : uid);
}

static void
gather_spans(const struct building *building, struct spans *spans)
{
	const struct subordinates *subordinates = building->sources->subordinates;
	for (size_t i = 0; i < building->count; i++) {
		struct draft *draft = building->drafts[i];
		const struct declared *declared = draft->declared;
		for (size_t j = 0; j < draft->count; j++)
			add_span(
			    spans, (struct span){draft->ranges[j], draft, NULL, true, false});
		for (size_t j = 0; declared && j < declared->subuid_count; j++)
			add_span(spans, (struct span){declared->subuids[j], draft,
					    &declared->subuid_places[j], false, false});
	}
	for (size_t i = 0; i < subordinates->count; i++) {
		struct draft *draft = find_owner(building, subordinates->list[i].owner);
		if (draft)
			add_span(spans, (struct span){subordinates->list[i].range, draft, NULL,
					    false, false});
	}
}

static uint64_t
span_end(const struct span *span)
{
	return (uint64_t)span->range.first + span->range.count;
}

static int
by_first(const void *left, const void *right)
{
	const struct span *one = left, *other = right;
	if (one->range.first != other->range.first)
		return one->range.first < other->range.first ? -1 : 1;
	return one->own != other->own ? (one->own ? -1 : 1) : 0;
}

/* Ranges of one account that touch or overlap become one; sorted by their first uid. */
static void
merge_own_spans(struct spans *spans)
{
	size_t kept = 0;
	for (size_t i = 0; i < spans->count; i++) {
		struct span *last = kept ? &spans->list[kept - 1] : NULL;
		struct span *span = &spans->list[i];
		if (last && last->draft == span->draft && !last->own && !span->own &&
		    span->range.first <= span_end(last)) {
			uint64_t end =
			    span_end(span) > span_end(last) ? span_end(span) : span_end(last);
			last->range.count = (uint32_t)(end - last->range.first);
		} else {
			spans->list[kept++] = *span;
		}
	}
	spans->count = kept;
}

static void
contest(struct building *building, struct span *one, struct span *other)
{
	one->contested = other->contested = true;
	const struct place *place = other->place ? other->place : one->place;
	diag_add(building->diag, place ? SEVERITY_ERROR : SEVERITY_WARNING, place, NULL,
	    "uids from %u on belong to '%s' and to '%s': the subordinate ones count for nobody",
	    other->range.first, one->draft->account.name, other->draft->account.name);
}

static void
find_contested(struct building *building, struct spans *spans)
{
	struct span *widest = NULL;
	for (size_t i = 0; i < spans->count; i++) {
		struct span *span = &spans->list[i];
		if (widest && span_end(widest) > span->range.first)
			contest(building, widest, span);
		if (!widest || span_end(span) > span_end(widest))
			widest = span;
	}
}

static void
give_subordinates(struct building *building)
{
	struct spans spans = {0};
	gather_spans(building, &spans);
	if (spans.count)
		qsort(spans.list, spans.count, sizeof(*spans.list), by_first);
	merge_own_spans(&spans);
	find_contested(building, &spans);
	for (size_t i = 0; i < spans.count; i++)
		if (!spans.list[i].own && !spans.list[i].contested)
			add_range(spans.list[i].draft, spans.list[i].range.first,
			    spans.list[i].range.count);
	free(spans.list);
}

/* The result. */

static int
by_id(const void *left, const void *right)
{
	const struct account *one = left, *other = right;
	return one->id < other->id ? -1 : one->id > other->id;
}

static struct account *
copy_records(const struct building *building)
{
	struct account *records =
	    arena_alloc(building->arena, (building->count + 1) * sizeof(*records));
	for (size_t i = 0; i < building->count; i++) {
		const struct draft *draft = building->drafts[i];
		records[i] = draft->account;
		records[i].uid_count = (uint32_t)draft->count;
		records[i].uids =
		    arena_alloc(building->arena, (draft->count + 1) * sizeof(struct uid_range));
		if (draft->count)
			memcpy(records[i].uids, draft->ranges,
			    draft->count * sizeof(struct uid_range));
	}
	if (building->count)
		qsort(records, building->count, sizeof(*records), by_id);
	return records;
}

static void
building_done(struct building *building)
{
	for (size_t i = 0; i < building->count; i++)
		free(building->drafts[i]->ranges);
	free(building->drafts);
	map_free(building->by_uid);
	map_free(building->by_name);
	map_free(building->by_id);
}

const struct account *
accounts_build(const struct account_sources *sources, struct arena *arena, struct diag *diag,
    size_t *ret_count)
{
	struct building building = {
	    .sources = sources,
	    .arena = arena,
	    .diag = diag,
	    .by_uid = map_new(),
	    .by_name = map_new(),
	    .by_id = map_new(),
	};
	for (size_t i = 0; i < sources->declarations->count; i++)
		draft_declared(&building, &sources->declarations->accounts[i]);
	for (size_t i = 0; i < sources->users->count; i++)
		draft_login(&building, sources->users->list[i]);
	for (size_t i = 0; i < building.count; i++)
		fill_in(&building, building.drafts[i]);
	give_subordinates(&building);
	const struct account *records = copy_records(&building);
	*ret_count = building.count;
	building_done(&building);
	return records;
}
