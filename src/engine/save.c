/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as bytes. Series travel with their description, so a checkpoint
 * is read under another policy too: what that asks for in the same way is
 * kept, the rest is read and dropped. Every number is distrusted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/parts.h"

enum { LONGEST_LABEL = 4096, LONGEST_GROUP = 64, MOST_SLOTS = 4096, LEAST_SERIES = 40 };

/* ---- writing ---- */

static void
put_ring(struct str *out, const struct ring *ring)
{
	wire_put_u8(out, ring != NULL);
	if (ring)
		ring_encode(ring, out);
}

static void
put_series(struct str *out, const struct series *series)
{
	wire_put_u32(out, series->kind);
	wire_put_u32(out, series->measure);
	wire_put_text(out, series->group);
	wire_put_i64(out, series->span);
	wire_put_i64(out, series->width);
	wire_put_u32(out, series->slots);
	wire_put_u32(out, series->stride);
	wire_put_u8(out, series->evidence);
	wire_put_u8(out, series->exact);
	wire_put_text(out, series->clause ? series->clause->id : "");
	wire_put_u32(out, series->comparison ? series->comparison->index : 0);
	put_ring(out, series->seen);
	put_ring(out, series->capacity);
}

static void
put_cell(struct str *out, const struct cell *cell)
{
	put_ring(out, cell->sum);
	put_ring(out, cell->other);
	wire_put_u32(out, cell->exact_count);
	for (uint32_t i = 0; i < cell->exact_count; i++) {
		wire_put_i64(out, cell->exact[i].at);
		wire_put_i64(out, cell->exact[i].value);
		wire_put_u64(out, cell->exact[i].weight);
	}
	wire_put_u8(out, cell->has_level);
	wire_put_i64(out, cell->level);
	wire_put_i64(out, cell->level_at);
	wire_put_i64(out, cell->period);
	wire_put_text(out, cell->text);
	wire_put_u32(out, cell->groups ? (uint32_t)map_count(cell->groups) : 0);
	size_t position = 0, length;
	const void *key;
	for (struct cell *group;
	     cell->groups && (group = map_next_key(cell->groups, &position, &key, &length));) {
		uint64_t identity;
		memcpy(&identity, key, sizeof(identity));
		wire_put_u64(out, identity);
		put_cell(out, group);
	}
}

static void
put_holds(struct str *out, const struct entity *entity, size_t count)
{
	wire_put_u32(out, entity->holds ? (uint32_t)count : 0);
	for (size_t i = 0; entity->holds && i < count; i++) {
		const struct hold *hold = &entity->holds[i];
		wire_put_u8(out, hold->begun);
		wire_put_u32(out, hold->last);
		wire_put_i64(out, hold->at);
		wire_put_i64(out, hold->held);
		wire_put_i64(out, hold->unknown);
	}
}

static void
put_entity(struct str *out, const struct engine *engine, const struct entity *entity)
{
	const struct plan_of_kind *kind = &engine->kinds[entity->subject.kind];
	subject_encode(&entity->subject, out);
	wire_put_u32(out, entity->uid);
	wire_put_text(out, entity->label);
	wire_put_text(out, entity->interpreter);
	wire_put_i64(out, entity->touched);
	wire_put_u8(out, entity->observed);
	wire_put_u64(out, entity->cpu_ns_today);
	wire_put_u64(out, entity->runs_today);
	wire_put_u64(out, entity->database_ns_today);
	origin_encode(entity->origin, out);
	put_ring(out, entity->cpu_lately);
	put_ring(out, entity->memory_lately);
	put_ring(out, entity->io_lately);
	uint32_t cells = 0;
	for (size_t i = 0; i < kind->series_count; i++)
		cells += entity->cells[i] != NULL;
	wire_put_u32(out, cells);
	for (size_t i = 0; i < kind->series_count; i++) {
		if (!entity->cells[i])
			continue;
		wire_put_u32(out, (uint32_t)i);
		put_cell(out, entity->cells[i]);
	}
	put_holds(out, entity, kind->hold_count);
}

void
engine_encode(const struct engine *engine, struct str *out)
{
	wire_put_text(out, engine->rules.policy->digest);
	wire_put_i64(out, engine->now);
	wire_put_i64(out, engine->last.at);
	wire_put_i64(out, engine->last.interval_ns);
	wire_put_u64(out, engine->last.cpu_ns);
	wire_put_u64(out, engine->last.memory);
	wire_put_u64(out, engine->last.io_ns);
	wire_put_u8(out, engine->emergency);
	wire_put_i64(out, engine->emergency_kept);
	wire_put_u32(out, engine->distress);
	put_ring(out, engine->cpu_lately);
	put_ring(out, engine->memory_lately);
	put_ring(out, engine->io_lately);
	wire_put_u32(out, SENSOR_COUNT);
	for (size_t i = 0; i < SENSOR_COUNT; i++)
		wire_put_u32(out, engine->sensors[i]);
	wire_put_u32(out, KIND_COUNT);
	for (size_t kind = 0; kind < KIND_COUNT; kind++) {
		wire_put_u32(out, (uint32_t)engine->kinds[kind].series_count);
		for (size_t i = 0; i < engine->kinds[kind].series_count; i++)
			put_series(out, &engine->kinds[kind].series[i]);
	}
	wire_put_u32(out, (uint32_t)map_count(engine->entities));
	size_t position = 0;
	for (const struct entity *entity; (entity = map_next(engine->entities, &position));)
		put_entity(out, engine, entity);
}

/* ---- reading ---- */

/* The series of a checkpoint, and what they are called today. */
struct reading {
	struct wire_reader *reader;
	struct engine *engine;
	struct arena *arena;
	int64_t now;
	bool same_policy;
	struct series *series[KIND_COUNT]; /* in the arena */
	int *number[KIND_COUNT];	   /* today's, or -1 */
	uint32_t count[KIND_COUNT];
};

static struct ring *
get_ring(struct reading *reading, uint32_t slots, int64_t width)
{
	if (!wire_get_u8(reading->reader))
		return NULL;
	if (!slots) {
		reading->reader->failed = true;
		return NULL;
	}
	struct ring *ring = ring_decode(reading->reader, slots);
	/* A ring of the future would take no amount until then. */
	if (ring && ring->newest > reading->now / width) {
		reading->reader->failed = true;
		free(ring);
		return NULL;
	}
	return ring;
}

static struct series
get_series(struct reading *reading, enum subject_kind home)
{
	struct wire_reader *reader = reading->reader;
	struct series series = {.home = home};
	series.kind = wire_get_below(reader, SERIES_PART + 1);
	series.measure = wire_get_below(reader, MEASURE_COUNT);
	series.group = wire_get_text(reader, reading->arena, LONGEST_GROUP);
	if (!*series.group)
		series.group = NULL;
	series.span = wire_get_i64(reader);
	series.width = wire_get_i64(reader);
	series.slots = wire_get_below(reader, MOST_SLOTS);
	series.stride = wire_get_u32(reader);
	series.evidence = wire_get_u8(reader) != 0;
	series.exact = wire_get_u8(reader) != 0;
	struct clause *clause = arena_alloc(reading->arena, sizeof(*clause));
	struct comparison *comparison = arena_alloc(reading->arena, sizeof(*comparison));
	wire_get_text_into(reader, clause->id, sizeof(clause->id));
	comparison->index = wire_get_u32(reader);
	series.clause = clause;
	series.comparison = comparison;
	if (series.kind == SERIES_LEVEL)
		series.width = 1;
	if (series.width <= 0 || series.span < 0)
		reader->failed = true;
	if (reader->failed)
		series.width = 1;
	return series;
}

static void
get_coverage(struct reading *reading, const struct series *from, struct series *to)
{
	struct ring *seen = get_ring(reading, from->slots, from->width);
	struct ring *capacity = get_ring(reading, from->slots, from->width);
	if (to && to->seen && seen && !to->capacity == !capacity) {
		free(to->seen);
		free(to->capacity);
		to->seen = take(seen);
		to->capacity = take(capacity);
	}
	free(seen);
	free(capacity);
}

static void
get_plan(struct reading *reading, enum subject_kind home)
{
	struct plan_of_kind *kind = &reading->engine->kinds[home];
	uint32_t count = wire_get_count(reading->reader, LEAST_SERIES);
	reading->count[home] = count;
	reading->series[home] = arena_alloc(reading->arena, count * sizeof(struct series));
	reading->number[home] = arena_alloc(reading->arena, count * sizeof(int));
	for (uint32_t i = 0; i < count; i++) {
		struct series *series = &reading->series[home][i];
		*series = get_series(reading, home);
		int number = -1;
		for (size_t today = 0; today < kind->series_count; today++)
			if (series_equal(&kind->series[today], series))
				number = (int)today;
		reading->number[home][i] = number;
		get_coverage(reading, series, number >= 0 ? &kind->series[number] : NULL);
	}
}

static void
get_exact(struct reading *reading, struct cell *cell)
{
	cell->exact_count = wire_get_count(reading->reader, 24);
	if (cell->exact_count > MOST_DISTINCT) {
		reading->reader->failed = true;
		cell->exact_count = 0;
	}
	if (!cell->exact_count)
		return;
	cell->exact = memory_new(MOST_DISTINCT, sizeof(*cell->exact));
	for (uint32_t i = 0; i < cell->exact_count; i++) {
		cell->exact[i].at = wire_get_i64(reading->reader);
		cell->exact[i].value = wire_get_i64(reading->reader);
		cell->exact[i].weight = wire_get_u64(reading->reader) & UINT32_MAX;
	}
}

static char *
get_label(struct reading *reading)
{
	const char *text = wire_get_text(reading->reader, reading->arena, LONGEST_LABEL);
	return *text ? memory_copy_text(text) : NULL;
}

/* Whether the cell has what value.c expects of one of its kind. */
static bool
is_sound(const struct reading *reading, const struct series *series, const struct cell *cell)
{
	if (cell->level_at < 0 || cell->level_at > reading->now || cell->period < 0 ||
	    cell->period > INT64_C(1) << 40)
		return false;
	if (series->kind == SERIES_FRAME)
		return cell->sum != NULL;
	return !cell->sum == !cell->other || series->kind == SERIES_SUM ||
	       series->kind == SERIES_PART;
}

static struct cell *
get_cell(struct reading *reading, const struct series *series, bool is_group)
{
	struct wire_reader *reader = reading->reader;
	struct cell *cell = memory_new(1, sizeof(*cell));
	cell->sum = get_ring(reading, series->slots, series->width);
	cell->other = get_ring(reading, series->slots, series->width);
	get_exact(reading, cell);
	cell->has_level = wire_get_u8(reader) != 0;
	cell->level = wire_get_i64(reader);
	cell->level_at = wire_get_i64(reader);
	cell->period = wire_get_i64(reader);
	cell->text = get_label(reading);
	if (!is_sound(reading, series, cell))
		reader->failed = true;
	uint32_t groups = wire_get_count(reader, 32);
	if (groups > MOST_GROUPS + 1 || (groups && (is_group || !series->group)))
		reader->failed = true;
	for (uint32_t i = 0; i < groups && !reader->failed; i++) {
		uint64_t identity = wire_get_u64(reader);
		struct cell *group = get_cell(reading, series, true);
		if (!cell->groups)
			cell->groups = map_new();
		cell_free(map_put_u64(cell->groups, identity, group));
	}
	/* Of older lives it may be all for whom there was no room of their own. */
	if (groups >= MOST_GROUPS && cell->groups)
		cell_free(map_remove_u64(cell->groups, 0));
	if (cell->groups && map_count(cell->groups) > MOST_GROUPS)
		reader->failed = true;
	return cell;
}

static void
get_cells(struct reading *reading, struct entity *entity)
{
	enum subject_kind kind = entity->subject.kind;
	uint32_t count = wire_get_count(reading->reader, 32);
	for (uint32_t i = 0; i < count && !reading->reader->failed; i++) {
		uint32_t number = wire_get_below(reading->reader, reading->count[kind]);
		if (reading->reader->failed)
			return;
		struct cell *cell = get_cell(reading, &reading->series[kind][number], false);
		int today = reading->number[kind][number];
		if (today < 0 || entity->cells[today] || reading->reader->failed)
			cell_free(cell);
		else
			entity->cells[today] = cell;
	}
}

/* Between checkpoint and now nobody looked: that stretch is unknown. */
static void
get_holds(struct reading *reading, struct entity *entity)
{
	size_t wanted = reading->engine->kinds[entity->subject.kind].hold_count;
	uint32_t count = wire_get_count(reading->reader, 29);
	bool keep = reading->same_policy && count == wanted && count && !entity->holds;
	if (keep)
		entity->holds = memory_new(count, sizeof(*entity->holds));
	for (uint32_t i = 0; i < count; i++) {
		struct hold hold = {0};
		hold.begun = wire_get_u8(reading->reader) != 0;
		hold.last = wire_get_below(reading->reader, VERDICT_TRUE + 1);
		hold.at = wire_get_i64(reading->reader);
		hold.held = wire_get_i64(reading->reader);
		hold.unknown = wire_get_i64(reading->reader);
		if (hold.at < 0 || hold.at > reading->now || hold.held < 0 ||
		    hold.held > INT64_C(1) << 52 || hold.unknown < 0 ||
		    hold.unknown > INT64_C(1) << 52)
			reading->reader->failed = true;
		if (hold.last == VERDICT_TRUE)
			hold.last = VERDICT_UNKNOWN;
		if (keep)
			entity->holds[i] = hold;
	}
}

static void
replace_ring(struct ring **ring, struct ring *with)
{
	free(*ring);
	*ring = with;
}

/* An entity of an account that is gone is read like the others, and then forgotten. */
static bool
is_owned(const struct engine *engine, const struct subject *subject)
{
	if (!subject->account)
		return true;
	const struct account *account =
	    accounts_find_id(engine->rules.accounts, subject->account);
	return account && account->generation == subject->generation;
}

static void
get_entity(struct reading *reading)
{
	struct wire_reader *reader = reading->reader;
	struct subject subject = subject_decode(reader);
	if (subject.kind == KIND_SCRIPT && !subject.account)
		reader->failed = true;
	if (reader->failed)
		return;
	struct entity *entity = entity_get(reading->engine, &subject);
	entity->uid = wire_get_u32(reader);
	free(entity->label);
	free(entity->interpreter);
	entity->label = get_label(reading);
	entity->interpreter = get_label(reading);
	entity->touched = wire_get_i64(reader);
	if (entity->touched < 0 || entity->touched > reading->now)
		reader->failed = true;
	entity->observed = wire_get_u8(reader) != 0;
	entity->cpu_ns_today = wire_get_u64(reader);
	entity->runs_today = wire_get_u64(reader);
	entity->database_ns_today = wire_get_u64(reader);
	free(entity->origin);
	entity->origin = origin_decode(reader, reading->now);
	replace_ring(&entity->cpu_lately, get_ring(reading, LATELY_SLOTS, LATELY_WIDTH));
	replace_ring(&entity->memory_lately, get_ring(reading, LATELY_SLOTS, LATELY_WIDTH));
	replace_ring(&entity->io_lately, get_ring(reading, LATELY_SLOTS, LATELY_WIDTH));
	get_cells(reading, entity);
	get_holds(reading, entity);
	if (!is_owned(reading->engine, &subject) && !entity->scripts)
		entity_drop(reading->engine, entity);
}

static void
get_head(struct reading *reading)
{
	struct wire_reader *reader = reading->reader;
	struct engine *engine = reading->engine;
	const char *digest =
	    wire_get_text(reader, reading->arena, sizeof(engine->rules.policy->digest));
	reading->same_policy = strcmp(digest, engine->rules.policy->digest) == 0;
	int64_t before = wire_get_i64(reader);
	engine->last.at = wire_get_i64(reader);
	engine->last.interval_ns = wire_get_i64(reader);
	engine->last.cpu_ns = wire_get_u64(reader);
	engine->last.memory = wire_get_u64(reader);
	engine->last.io_ns = wire_get_u64(reader);
	if (before < 0 || before > reading->now || engine->last.at < 0 ||
	    engine->last.at > reading->now || engine->last.cpu_ns >> 56 ||
	    engine->last.memory >> 56 || engine->last.io_ns >> 56 ||
	    (engine->last.at && engine->last.interval_ns < 1000000))
		reader->failed = true;
	engine->emergency = wire_get_u8(reader) != 0;
	engine->emergency_kept = wire_get_i64(reader);
	engine->distress = wire_get_u32(reader);
	replace_ring(&engine->cpu_lately, get_ring(reading, LATELY_SLOTS, LATELY_WIDTH));
	replace_ring(&engine->memory_lately, get_ring(reading, LATELY_SLOTS, LATELY_WIDTH));
	replace_ring(&engine->io_lately, get_ring(reading, LATELY_SLOTS, LATELY_WIDTH));
	if (!engine->cpu_lately || !engine->memory_lately || !engine->io_lately ||
	    engine->emergency_kept < 0)
		reader->failed = true;
	/* New ones are the last. */
	uint32_t sensors = wire_get_u32(reader);
	if (sensors > SENSOR_COUNT)
		reader->failed = true;
	for (size_t i = 0; i < sensors && i < SENSOR_COUNT; i++) {
		engine->sensors[i] = wire_get_below(reader, SENSOR_NEVER + 1);
		engine->sensor_since[i] = reading->now;
	}
}

/* Back to how engine_new() made it. */
static void
empty(struct engine *engine)
{
	entity_drop_all(engine);
	plan_done(engine->kinds);
	free(take(engine->cpu_lately));
	free(take(engine->memory_lately));
	free(take(engine->io_lately));
	struct engine *fresh = engine_new(&engine->rules);
	map_free(engine->entities);
	map_free(engine->by_uid);
	pools_free(engine->pools);
	free(engine->findings);
	free(engine->touched);
	free(engine->doubts);
	*engine = *fresh;
	free(fresh);
}

int
engine_decode(struct engine *engine, struct wire_reader *reader, int64_t now)
{
	empty(engine);
	auto_arena struct arena *arena = arena_new();
	struct reading reading = {
	    .reader = reader, .engine = engine, .arena = arena, .now = now};
	engine->now = engine->ticked = now;
	get_head(&reading);
	if (wire_get_u32(reader) != KIND_COUNT)
		reader->failed = true;
	for (size_t kind = 0; kind < KIND_COUNT && !reader->failed; kind++)
		get_plan(&reading, (enum subject_kind)kind);
	uint32_t count = wire_get_count(reader, LEAST_SERIES);
	for (uint32_t i = 0; i < count && !reader->failed; i++)
		get_entity(&reading);
	if (!reader->failed)
		return 0;
	empty(engine);
	return -EBADMSG;
}
