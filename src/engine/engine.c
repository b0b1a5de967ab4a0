/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/parts.h"

static void
begin_host(struct engine *engine)
{
	struct subject host = {.kind = KIND_HOST};
	engine->host = entity_get(engine, &host);
}

/* Who does nothing is weighed by nobody; but that a record is wrong shows without any use. */
static void
meet_planless(struct engine *engine)
{
	const struct accounts *accounts = engine->rules.accounts;
	for (size_t i = 0; i < accounts_count(accounts); i++) {
		const struct account *account = accounts_at(accounts, i);
		struct subject subject = {KIND_ACCOUNT, account->id, account->generation, 0};
		if (policy_plan(engine->rules.policy, account->plan))
			continue;
		struct entity *entity = entity_get(engine, &subject);
		entity->account = account;
		entity->observed = true;
		entity->touched = engine->now;
	}
}

struct engine *
engine_new(const struct engine_rules *rules)
{
	struct engine *engine = memory_new(1, sizeof(*engine));
	engine->rules = *rules;
	engine->entities = map_new();
	engine->pools = pools_new();
	engine->by_uid = map_new();
	engine->cpu_lately = ring_new(LATELY_SLOTS);
	engine->memory_lately = ring_new(LATELY_SLOTS);
	engine->io_lately = ring_new(LATELY_SLOTS);
	engine->sensors[SENSOR_ENGINE] = SENSOR_WORKS;
	engine->sensors[SENSOR_ACCOUNT] = SENSOR_WORKS;
	engine->sensors[SENSOR_REQUESTS] = SENSOR_WORKS;
	engine->sensors[SENSOR_CASES] = SENSOR_WORKS;
	engine->emergency_kept = INT64_MAX;
	plan_make(engine);
	begin_host(engine);
	meet_planless(engine);
	return engine;
}

void
engine_free(struct engine *engine)
{
	if (!engine)
		return;
	entity_drop_all(engine);
	map_free(engine->entities);
	map_free(engine->by_uid);
	plan_done(engine->kinds);
	pools_free(engine->pools);
	free(engine->cpu_lately);
	free(engine->memory_lately);
	free(engine->io_lately);
	free(engine->findings);
	free(engine->touched);
	free(engine->doubts);
	free(engine);
}

static int
same_series(const struct plan_of_kind *kind, const struct series *wanted)
{
	for (size_t i = 0; i < kind->series_count; i++)
		if (series_equal(&kind->series[i], wanted))
			return (int)i;
	return -1;
}

/* The cells of an entity move to the numbers that their series have now. */
static void
move_cells(
    const struct plan_of_kind *before, const struct plan_of_kind *after, struct entity *entity)
{
	struct cell **cells = memory_new(after->series_count, sizeof(*cells));
	for (size_t i = 0; i < before->series_count; i++) {
		int number = same_series(after, &before->series[i]);
		if (number >= 0)
			cells[number] = entity->cells[i];
		else
			cell_free(entity->cells[i]);
	}
	free(entity->cells);
	entity->cells = cells;
	free(take(entity->holds));
}

static void
move_coverage(struct plan_of_kind *before, const struct plan_of_kind *after)
{
	for (size_t i = 0; i < before->series_count; i++) {
		int number = same_series(after, &before->series[i]);
		if (number < 0 || !before->series[i].seen)
			continue;
		free(after->series[number].seen);
		free(after->series[number].capacity);
		after->series[number].seen = take(before->series[i].seen);
		after->series[number].capacity = take(before->series[i].capacity);
	}
}

/* Accounts may have gone, or have got other uids. */
static void
move_accounts(struct engine *engine)
{
	map_free(engine->by_uid);
	engine->by_uid = map_new();
	size_t position = 0;
	for (struct entity *entity; (entity = map_next(engine->entities, &position));) {
		const struct account *account =
		    entity->subject.account
			? accounts_find_id(engine->rules.accounts, entity->subject.account)
			: NULL;
		if (account && account->generation != entity->subject.generation)
			account = NULL;
		entity->account = account;
	}
}

void
engine_reload(struct engine *engine, const struct engine_rules *rules)
{
	struct plan_of_kind before[KIND_COUNT];
	memcpy(before, engine->kinds, sizeof(before));
	engine->rules = *rules;
	engine->finding_count = 0;
	plan_make(engine);
	for (size_t kind = 0; kind < KIND_COUNT; kind++)
		move_coverage(&before[kind], &engine->kinds[kind]);
	size_t position = 0;
	for (struct entity *entity; (entity = map_next(engine->entities, &position));)
		move_cells(&before[entity->subject.kind], &engine->kinds[entity->subject.kind],
		    entity);
	plan_done(before);
	move_accounts(engine);
	meet_planless(engine);
}

void
engine_set_sensor(struct engine *engine, enum sensor sensor, bool works)
{
	enum sensor_state state = works ? SENSOR_WORKS : SENSOR_NEVER;
	if (engine->sensors[sensor] != state)
		engine->sensor_since[sensor] = engine->now;
	engine->sensors[sensor] = state;
}

bool
engine_knows(const struct engine *engine, const struct subject *subject)
{
	if (!subject->account)
		return subject->kind == KIND_HOST || subject->kind == KIND_CLIENT;
	const struct account *account =
	    accounts_find_id(engine->rules.accounts, subject->account);
	return account && account->generation == subject->generation;
}

/* NULL: it is about nobody. */
static struct entity *
take_observation(struct engine *engine, const struct observation *observation)
{
	const struct subject *subject = &observation->subject;
	engine->finding_count = 0;
	if (!engine_knows(engine, subject) || observation->at <= 0 ||
	    observation->at >= INT64_C(1) << 52)
		return NULL;
	if (observation->at > engine->now)
		engine->now = observation->at;
	engine->observations++;
	enum sensor sensor = measure_info(observation->measure)->sensor;
	if (engine->sensors[sensor] != SENSOR_WORKS)
		engine_set_sensor(engine, sensor, true);
	struct entity *entity = entity_get(engine, subject);
	entity->touched = engine->now;
	entity->observed = true;
	if (!entity->label && *observation->label && subject->kind != KIND_ACCOUNT &&
	    subject->kind != KIND_HOST)
		entity->label = memory_copy_text(observation->label);
	const struct plan_of_kind *kind = &engine->kinds[subject->kind];
	for (size_t i = 0; i < kind->series_count; i++)
		if (kind->series[i].measure == observation->measure &&
		    (kind->series[i].kind != SERIES_FRAME || adds_up(observation->measure)))
			series_sample(engine, entity, i, observation);
	return entity;
}

void
engine_note(struct engine *engine, const struct observation *observation)
{
	(void)take_observation(engine, observation);
}

void
engine_observe(struct engine *engine, const struct observation *observation)
{
	struct entity *entity = take_observation(engine, observation);
	if (!entity)
		return;
	if (entity == engine->host)
		weigh_emergency(engine);
	weigh_entity(engine, entity);
}

void
engine_tick(struct engine *engine, int64_t now)
{
	engine->finding_count = 0;
	if (now > engine->now)
		engine->now = now;
	parts_pass(engine, engine->now);
	weigh_emergency(engine);
	size_t position = 0;
	for (struct entity *entity; (entity = map_next(engine->entities, &position));)
		if (entity->observed || entity->holds || entity == engine->host)
			weigh_entity(engine, entity);
	engine_sweep(engine);
}

void
engine_new_day(struct engine *engine)
{
	size_t position = 0;
	for (struct entity *entity; (entity = map_next(engine->entities, &position));)
		entity->cpu_ns_today = entity->runs_today = entity->database_ns_today = 0;
}

const struct finding *
engine_findings(struct engine *engine, size_t *ret_count)
{
	*ret_count = engine->finding_count;
	return engine->findings;
}

bool
engine_emergency(const struct engine *engine)
{
	return engine->emergency;
}

int64_t
engine_now(const struct engine *engine)
{
	return engine->now;
}
