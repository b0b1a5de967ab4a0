/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine knows anyway, put together for people; and the scripts behind a breach. */
#include "engine/usage.h"

#include <string.h>

#include "engine/parts.h"

enum { HUNDREDTHS = 10000, NS_PER_MS = 1000000 };

static int64_t
part(unsigned __int128 used, unsigned __int128 whole)
{
	unsigned __int128 share = whole ? used * HUNDREDTHS / whole : 0;
	return share > INT64_MAX ? INT64_MAX : (int64_t)share;
}

static uint64_t
a_second(const struct engine *engine, uint64_t bytes)
{
	uint64_t interval = (uint64_t)engine->last.interval_ns;
	return interval ? (uint64_t)((unsigned __int128)bytes * NS_PER_MS * 1000 / interval)
			: 0;
}

struct usage_host
usage_host(const struct engine *engine)
{
	const struct frame *last = &engine->last;
	return (struct usage_host){
	    .at = last->at,
	    .interval_ns = last->interval_ns,
	    .cpu_ns = last->cpu_ns,
	    .memory = last->memory,
	    .lost = last->lost,
	    .cpu_share = part(engine->last_cpu_ns, last->cpu_ns),
	    .memory_share = part(engine->last_memory, last->memory),
	    .tells_disks = last->io_ns != 0,
	    .io_share = part(last->io_busy_ns, last->io_ns),
	    .io_rate = a_second(engine, engine->last_moved),
	    .processes = engine->last_processes,
	    .frames = engine->frames,
	    .observations = engine->observations,
	    .subjects = map_count(engine->entities),
	    .emergency = engine->emergency,
	};
}

/* As ring_advance() would leave the sum, without changing anything. */
static uint64_t
sum_until(const struct ring *ring, int64_t slot)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; ring && i < ring->count; i++)
		sum += ring_at(ring, slot - i);
	return sum;
}

/* A frame's capacity, times the two minutes. */
static int64_t
cpu_lately(const struct engine *engine, const struct entity *entity)
{
	if (!engine->last.at)
		return 0;
	uint64_t used = sum_until(entity->cpu_lately, engine->last.at / LATELY_WIDTH);
	unsigned __int128 whole = (unsigned __int128)engine->last.cpu_ns * LATELY_SLOTS *
				  LATELY_WIDTH /
				  (uint64_t)(engine->last.interval_ns / NS_PER_MS);
	return part(used, whole);
}

/* As of the last stretch that was told, until a few of them have gone by in silence. */
static int64_t
database_share(const struct engine *engine, const struct entity *entity)
{
	int64_t ms = entity->database_until - entity->database_from;
	int64_t least = (int64_t)(entity->database_ns / NS_PER_MS);
	ms = ms > least ? ms : least;
	if (!entity->database_until || !engine->last.at || ms <= 0 ||
	    engine->now - entity->database_until > ms * STALE_PERIODS)
		return 0;
	unsigned __int128 whole = (unsigned __int128)engine->last.cpu_ns * (uint64_t)ms /
				  (uint64_t)(engine->last.interval_ns / NS_PER_MS);
	return part(entity->database_ns, whole);
}

static const char *
name_of(const struct entity *entity)
{
	if (entity->label)
		return entity->label;
	if (entity->subject.kind == KIND_SCRIPT)
		return entity->subject.key == OTHER_SCRIPTS ? "other scripts" : "";
	return entity->account ? entity->account->name : "";
}

static struct usage
usage_of(const struct engine *engine, const struct entity *entity)
{
	bool present = entity->frame == engine->frames && engine->last.at;
	struct usage usage = {
	    .subject = entity->subject,
	    .uid = entity->uid,
	    .name = name_of(entity),
	    .interpreter = entity->interpreter ? entity->interpreter : "",
	    .cpu_lately = cpu_lately(engine, entity),
	    .database_share = database_share(engine, entity),
	    .database_ms_today = entity->database_ns_today / NS_PER_MS,
	    .cpu_ms_today = (entity->cpu_ns_today + entity->database_ns_today) / NS_PER_MS,
	    .runs_today = entity->runs_today,
	    .starter = origin_of(entity),
	    .seen = entity->touched,
	};
	usage.cpu_share = usage.database_share;
	if (!present)
		return usage;
	usage.cpu_share += part(entity->cpu_ns, engine->last.cpu_ns);
	usage.memory_share = part(entity->memory, engine->last.memory);
	usage.memory = entity->memory;
	usage.io_share = part(entity->io_ns, engine->last.io_ns);
	usage.io_rate = a_second(engine, entity->moved);
	usage.processes = entity->processes;
	usage.pid = entity->pid;
	usage.pid_start = entity->pid_start;
	return usage;
}

static bool
next_of(const struct engine *engine, size_t *position, bool owned, struct usage *ret_usage)
{
	for (struct entity *entity; (entity = map_next(engine->entities, position));) {
		if (entity->subject.kind != KIND_ACCOUNT ||
		    (entity->subject.account != 0) != owned)
			continue;
		*ret_usage = usage_of(engine, entity);
		return true;
	}
	return false;
}

bool
usage_next_account(const struct engine *engine, size_t *position, struct usage *ret_usage)
{
	return next_of(engine, position, true, ret_usage);
}

bool
usage_next_unowned(const struct engine *engine, size_t *position, struct usage *ret_usage)
{
	return next_of(engine, position, false, ret_usage);
}

static const struct entity *
account_entity(const struct engine *engine, uint32_t id)
{
	const struct account *account = accounts_find_id(engine->rules.accounts, id);
	if (!account)
		return NULL;
	struct subject subject = {KIND_ACCOUNT, id, account->generation, 0};
	return entity_find(engine, &subject);
}

bool
usage_of_account(const struct engine *engine, uint32_t account, struct usage *ret_usage)
{
	const struct entity *entity = account_entity(engine, account);
	if (!entity)
		return false;
	*ret_usage = usage_of(engine, entity);
	return true;
}

bool
usage_next_script(
    const struct engine *engine, uint32_t account, size_t *position, struct usage *ret_usage)
{
	const struct entity *owner = account_entity(engine, account);
	const struct entity *script = owner ? owner->scripts : NULL;
	for (size_t i = 0; script && i < *position; i++)
		script = script->next_script;
	if (!script)
		return false;
	++*position;
	*ret_usage = usage_of(engine, script);
	return true;
}

/* ---- the scripts behind a breach ---- */

/* The two windows of one span: the account's, and the coarser one of its scripts. */
struct pair {
	const struct series *account;
	size_t account_number;
	const struct series *script;
	size_t script_number;
};

static bool
find_account_series(
    const struct engine *engine, const struct finding *finding, struct pair *pair)
{
	const struct plan_of_kind *kind = &engine->kinds[KIND_ACCOUNT];
	for (size_t i = 0; i < kind->series_count; i++) {
		const struct series *series = &kind->series[i];
		if (series->kind != SERIES_FRAME || (int)series->measure != finding->measure)
			continue;
		int64_t window = series->stride ? series->width * series->stride : series->span;
		if (!pair->account || window == finding->window) {
			pair->account = series;
			pair->account_number = i;
		}
	}
	return pair->account != NULL;
}

static bool
find_pair(const struct engine *engine, const struct finding *finding, struct pair *pair)
{
	*pair = (struct pair){0};
	if (finding->subject.kind != KIND_ACCOUNT || finding->measure < 0 ||
	    !find_account_series(engine, finding, pair))
		return false;
	const struct plan_of_kind *kind = &engine->kinds[KIND_SCRIPT];
	for (size_t i = 0; i < kind->series_count; i++) {
		const struct series *series = &kind->series[i];
		if (series->evidence && series->measure == pair->account->measure &&
		    series->span == pair->account->span) {
			pair->script = series;
			pair->script_number = i;
		}
	}
	return pair->script != NULL;
}

static void
insert(struct finding *finding, const struct evidence *evidence)
{
	uint32_t at = finding->evidence_count;
	while (at > 0 && finding->evidence[at - 1].of_own < evidence->of_own)
		at--;
	if (at == MOST_EVIDENCE)
		return;
	uint32_t last = finding->evidence_count < MOST_EVIDENCE ? finding->evidence_count
								: MOST_EVIDENCE - 1;
	for (uint32_t i = last; i > at; i--)
		finding->evidence[i] = finding->evidence[i - 1];
	finding->evidence[at] = *evidence;
	finding->evidence_count = last + 1;
}

/* The account's ring over just the time that the coarser rings of its scripts cover. */
static uint64_t
sum_alike(const struct engine *engine, const struct pair *pair, const struct ring *ring)
{
	int64_t oldest = engine->now / pair->script->width - EVIDENCE_SLOTS + 1;
	int64_t ratio = pair->script->width / pair->account->width;
	int64_t newest = engine->now / pair->account->width;
	uint64_t sum = 0;
	for (int64_t slot = newest; slot >= oldest * ratio && newest - slot < ring->count;
	     slot--)
		sum += ring_at(ring, slot);
	return sum;
}

/* Whose part of what the account used is how large. */
static void
give_scripts(struct engine *engine, const struct entity *account, struct finding *finding)
{
	struct pair pair;
	if (!find_pair(engine, finding, &pair) || !account->cells[pair.account_number])
		return;
	uint64_t own = sum_alike(engine, &pair, account->cells[pair.account_number]->sum);
	uint64_t capacity = sum_alike(engine, &pair, pair.account->capacity);
	struct proof proof = proof_of(engine, pair.account->measure, &finding->subject);
	for (const struct entity *script = account->scripts; script;
	     script = script->next_script) {
		struct cell *cell = script->cells[pair.script_number];
		if (!cell)
			continue;
		ring_advance(cell->sum, engine->now / pair.script->width);
		int64_t of_own = part(cell->sum->sum, own);
		if (of_own < 1)
			continue;
		struct evidence evidence = {
		    .script = script->subject.key,
		    .label = name_of(script),
		    .value = part(cell->sum->sum, capacity) * proof.of / HUNDREDTHS,
		    .of_own = of_own > HUNDREDTHS ? HUNDREDTHS : of_own,
		    .starter = origin_of(script),
		    .deed = "",
		};
		insert(finding, &evidence);
	}
}

void
engine_evidence(struct engine *engine, struct finding *finding)
{
	finding->evidence_count = 0;
	const struct entity *entity = entity_find(engine, &finding->subject);
	if (!entity)
		return;
	deeds_give(entity, finding);
	if (!finding->evidence_count && finding->subject.kind != KIND_PROCESS)
		give_scripts(engine, entity, finding);
}
