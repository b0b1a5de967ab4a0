/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects that did something lately, and what each holds. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/parts.h"

enum { SWEEP_INTERVAL = 60 * 1000, SCRIPT_IDLE = 24 * 3600 * 1000 };

/* Sixteen bytes, so that the map keeps it within the entry. */
struct entity_key {
	uint64_t who;
	uint64_t key;
};

static struct entity_key
key_of(const struct subject *subject)
{
	uint64_t generation = (uint64_t)(subject->generation & 0xffffff) << 8;
	return (struct entity_key){
	    (uint64_t)subject->account << 32 | generation | subject->kind,
	    subject->key,
	};
}

struct entity *
entity_find(const struct engine *engine, const struct subject *subject)
{
	struct entity_key key = key_of(subject);
	return map_find(engine->entities, &key, sizeof(key));
}

/* The account's entity is there before its scripts', so that they can be listed. */
static void
join_account(struct engine *engine, struct entity *entity)
{
	struct subject owner = {
	    KIND_ACCOUNT, entity->subject.account, entity->subject.generation, 0};
	struct entity *account = entity_get(engine, &owner);
	entity->account = account->account;
	entity->next_script = account->scripts;
	account->scripts = entity;
	account->script_count++;
}

struct entity *
entity_get(struct engine *engine, const struct subject *subject)
{
	struct entity *entity = entity_find(engine, subject);
	if (entity)
		return entity;
	entity = memory_new(1, sizeof(*entity));
	entity->subject = *subject;
	entity->touched = engine->now;
	if (subject->account)
		entity->account = accounts_find_id(engine->rules.accounts, subject->account);
	if (subject->kind == KIND_SCRIPT)
		join_account(engine, entity);
	size_t series = engine->kinds[subject->kind].series_count;
	entity->cells = memory_new(series, sizeof(*entity->cells));
	struct entity_key key = key_of(subject);
	map_put(engine->entities, &key, sizeof(key), entity);
	return entity;
}

static void
free_groups(struct map *groups)
{
	size_t position = 0;
	for (struct cell *cell; groups && (cell = map_next(groups, &position));)
		cell_free(cell);
	map_free(groups);
}

void
cell_free(struct cell *cell)
{
	if (!cell)
		return;
	free_groups(cell->groups);
	free(cell->sum);
	free(cell->other);
	free(cell->exact);
	free(cell->text);
	free(cell);
}

static void
entity_free(struct engine *engine, struct entity *entity)
{
	for (size_t i = 0; i < engine->kinds[entity->subject.kind].series_count; i++)
		cell_free(entity->cells[i]);
	free(entity->cells);
	free(entity->holds);
	free(entity->cpu_lately);
	free(entity->memory_lately);
	free(entity->io_lately);
	free(entity->origin);
	free(entity->label);
	free(entity->interpreter);
	deeds_free(entity);
	runs_free(entity);
	free(entity);
}

static void
leave_account(struct engine *engine, struct entity *entity)
{
	struct subject owner = {
	    KIND_ACCOUNT, entity->subject.account, entity->subject.generation, 0};
	struct entity *account = entity_find(engine, &owner);
	if (!account)
		return;
	struct entity **link = &account->scripts;
	while (*link && *link != entity)
		link = &(*link)->next_script;
	if (*link) {
		*link = entity->next_script;
		account->script_count--;
	}
}

void
entity_drop(struct engine *engine, struct entity *entity)
{
	if (entity->subject.kind == KIND_SCRIPT)
		leave_account(engine, entity);
	while (entity->scripts)
		entity_drop(engine, entity->scripts);
	struct entity_key key = key_of(&entity->subject);
	map_remove(engine->entities, &key, sizeof(key));
	entity_free(engine, entity);
}

void
entity_drop_all(struct engine *engine)
{
	size_t position = 0;
	for (struct entity *entity; (entity = map_next(engine->entities, &position));)
		entity_free(engine, entity);
	map_free(engine->entities);
	map_free(engine->by_uid);
	engine->entities = map_new();
	engine->by_uid = map_new();
	engine->host = NULL;
}

struct cell *
entity_cell(struct engine *engine, struct entity *entity, size_t number)
{
	struct cell *cell = entity->cells[number];
	if (cell)
		return cell;
	const struct series *series = &engine->kinds[entity->subject.kind].series[number];
	cell = memory_new(1, sizeof(*cell));
	if (series->kind == SERIES_FRAME)
		cell->sum = ring_new(series->slots);
	entity->cells[number] = cell;
	return cell;
}

/* Whether nothing that was put into the cell itself is inside its window any more. */
static bool
holds_nothing(const struct engine *engine, const struct series *series, struct cell *cell)
{
	if (is_of_deeds(series))
		return engine->now - cell->level_at >= DEED_LASTS;
	if (series->kind == SERIES_LEVEL)
		return !cell->has_level;
	exact_expire(cell, engine->now - series->span);
	if (cell->exact_count)
		return false;
	if (cell->sum)
		ring_advance(cell->sum, engine->now / series->width);
	if (cell->other)
		ring_advance(cell->other, engine->now / series->width);
	return (!cell->sum || !cell->sum->sum) && (!cell->other || !cell->other->sum) &&
	       !cell->has_level;
}

void
cell_drop_groups(const struct engine *engine, const struct series *series, struct cell *cell)
{
	size_t position = 0, length;
	const void *key;
	for (struct cell *group;
	     cell->groups && (group = map_next_key(cell->groups, &position, &key, &length));)
		if (holds_nothing(engine, series, group))
			cell_free(map_remove(cell->groups, key, length));
	if (cell->groups && !map_count(cell->groups))
		map_free(take(cell->groups));
}

/* Of a cell with groups these alone count. */
static bool
cell_is_empty(const struct engine *engine, const struct series *series, struct cell *cell)
{
	cell_drop_groups(engine, series, cell);
	return !cell->groups && (series->group || holds_nothing(engine, series, cell));
}

static bool
sweep_cells(struct engine *engine, struct entity *entity)
{
	const struct plan_of_kind *kind = &engine->kinds[entity->subject.kind];
	bool empty = true;
	for (size_t i = 0; i < kind->series_count; i++) {
		struct cell *cell = entity->cells[i];
		if (!cell)
			continue;
		if (cell_is_empty(engine, &kind->series[i], cell)) {
			cell_free(cell);
			entity->cells[i] = NULL;
		} else {
			empty = false;
		}
	}
	return empty;
}

static void
sweep_lately(struct engine *engine, struct entity *entity)
{
	if (engine->now - entity->touched <= (int64_t)LATELY_SLOTS * LATELY_WIDTH)
		return;
	free(take(entity->cpu_lately));
	free(take(entity->memory_lately));
	free(take(entity->io_lately));
}

/* Totals are shown until midnight; the name of a script is said to us only once. */
static bool
may_forget(const struct engine *engine, const struct entity *entity)
{
	if (entity == engine->host || entity->scripts || entity->cpu_ns_today ||
	    entity->runs_today || entity->database_ns_today)
		return false;
	if (entity->subject.kind == KIND_SCRIPT)
		return engine->now - entity->touched > SCRIPT_IDLE;
	return engine->now - entity->touched > SWEEP_INTERVAL;
}

void
engine_sweep(struct engine *engine)
{
	if (engine->now - engine->swept < SWEEP_INTERVAL)
		return;
	engine->swept = engine->now;
	bool forgot = false;
	size_t position = 0;
	for (struct entity *entity; (entity = map_next(engine->entities, &position));) {
		bool empty = sweep_cells(engine, entity);
		sweep_lately(engine, entity);
		if (!empty || !may_forget(engine, entity))
			continue;
		entity_drop(engine, entity);
		forgot = true;
	}
	/* Only a short way to entities: what it knew is found again by the long one. */
	if (forgot) {
		map_free(engine->by_uid);
		engine->by_uid = map_new();
	}
}
