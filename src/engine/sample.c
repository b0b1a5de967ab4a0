/* SPDX-License-Identifier: Apache-2.0 */
/* One observation goes into the cells that ask for it. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/parts.h"

enum { FIRST_PERIOD = 60 * 1000, LONGEST_PERIOD = 7 * 24 * 3600 * 1000 };

void
exact_expire(struct cell *cell, int64_t from)
{
	uint32_t gone = 0;
	while (gone < cell->exact_count && cell->exact[gone].at <= from)
		gone++;
	if (!gone)
		return;
	cell->exact_count -= gone;
	memmove(cell->exact, cell->exact + gone, cell->exact_count * sizeof(*cell->exact));
}

/* Room for one more: the oldest makes it, since the limit is far below what is kept. */
static struct exact *
exact_room(struct cell *cell, uint32_t most)
{
	if (!cell->exact)
		cell->exact = memory_new(most, sizeof(*cell->exact));
	if (cell->exact_count == most) {
		memmove(cell->exact, cell->exact + 1, (most - 1) * sizeof(*cell->exact));
		cell->exact_count--;
	}
	return &cell->exact[cell->exact_count++];
}

/* How long a sample speaks: until the next one, or three periods when none comes. */
static int64_t
period_of(const struct cell *cell)
{
	return cell->period ? cell->period : FIRST_PERIOD;
}

/* The last level held from its sample to this instant, as far as it is believed. */
static void
extend_mean(const struct series *series, struct cell *cell, int64_t until)
{
	int64_t most = cell->level_at + STALE_PERIODS * period_of(cell);
	if (until > most)
		until = most;
	if (until - cell->level_at > series->span)
		cell->level_at = until - series->span;
	for (int64_t from = cell->level_at; from < until;) {
		int64_t slot = from / series->width;
		int64_t end = (slot + 1) * series->width;
		if (end > until)
			end = until;
		uint64_t level = cell->level > 0 ? (uint64_t)cell->level : 0;
		ring_add(cell->sum, slot, level * (uint64_t)(end - from));
		ring_add(cell->other, slot, (uint64_t)(end - from));
		from = end;
	}
}

static void
set_level(struct cell *cell, const struct observation *observation)
{
	int64_t since = observation->at - cell->level_at;
	if (cell->has_level && since > 0 && since < LONGEST_PERIOD)
		cell->period = since;
	cell->has_level = true;
	cell->level = observation->value;
	cell->level_at = observation->at;
}

static void
keep_text(struct cell *cell, const char *text)
{
	if (text_equal(cell->text, text))
		return;
	free(cell->text);
	cell->text = memory_copy_text(text);
}

static void
sample_mean(
    const struct series *series, struct cell *cell, const struct observation *observation)
{
	if (!cell->sum) {
		cell->sum = ring_new(series->slots);
		cell->other = ring_new(series->slots);
	}
	if (cell->has_level)
		extend_mean(series, cell, observation->at);
	set_level(cell, observation);
}

static void
sample_sum(
    const struct series *series, struct cell *cell, const struct observation *observation)
{
	uint64_t amount = observation->value > 0 ? (uint64_t)observation->value : 0;
	if (series->exact) {
		exact_expire(cell, observation->at - series->span);
		*exact_room(cell, MOST_EXACT) = (struct exact){observation->at, 0, amount};
		return;
	}
	if (!cell->sum)
		cell->sum = ring_new(series->slots);
	ring_add(cell->sum, observation->at / series->width, amount);
}

/* A value seen again is young again. */
static void
sample_distinct(
    const struct series *series, struct cell *cell, const struct observation *observation)
{
	exact_expire(cell, observation->at - series->span);
	for (uint32_t i = 0; i < cell->exact_count; i++) {
		if (cell->exact[i].value != observation->value)
			continue;
		cell->exact_count--;
		memmove(cell->exact + i, cell->exact + i + 1,
		    (cell->exact_count - i) * sizeof(*cell->exact));
		break;
	}
	*exact_room(cell, MOST_DISTINCT) =
	    (struct exact){observation->at, observation->value, 1};
}

void
series_add_runs(struct engine *engine, struct entity *entity, size_t number, int64_t at,
    int64_t measured, uint64_t count)
{
	const struct series *series = &engine->kinds[entity->subject.kind].series[number];
	int64_t limit;
	if (!engine_limit(engine, entity->account, &series->comparison->operand, &limit))
		return;
	struct cell *cell = entity_cell(engine, entity, number);
	if (!cell->sum) {
		cell->sum = ring_new(series->slots);
		cell->other = ring_new(series->slots);
	}
	struct bounds value = {measured, measured, 1, NULL, 0};
	int64_t slot = at / series->width;
	ring_add(cell->other, slot, count);
	if (bounds_compare(&value, series->comparison->operator, limit) == VERDICT_TRUE)
		ring_add(cell->sum, slot, count);
}

static void
drop_longest_silent(struct map *groups)
{
	const void *key, *silent_key = NULL;
	size_t position = 0, length, silent_length = 0;
	const struct cell *silent = NULL;
	for (const struct cell *group;
	     (group = map_next_key(groups, &position, &key, &length));) {
		if (silent && silent->sampled <= group->sampled)
			continue;
		silent = group;
		silent_key = key;
		silent_length = length;
	}
	cell_free(map_remove(groups, silent_key, silent_length));
}

/*
 * `per`: a cell for each group. SECURITY: whoever invents groups without end drives others out;
 * that hides one of them, where a cell that several share would make one guilty of what all
 * did.
 */
static struct cell *
group_of(
    const struct engine *engine, const struct series *series, struct cell *cell, uint64_t key)
{
	struct cell *group = cell->groups ? map_find_u64(cell->groups, key) : NULL;
	if (group)
		return group;
	if (cell->groups && map_count(cell->groups) >= MOST_GROUPS)
		cell_drop_groups(engine, series, cell);
	if (cell->groups && map_count(cell->groups) >= MOST_GROUPS)
		drop_longest_silent(cell->groups);
	if (!cell->groups)
		cell->groups = map_new();
	group = memory_new(1, sizeof(*group));
	map_put_u64(cell->groups, key, group);
	return group;
}

void
series_sample(struct engine *engine, struct entity *entity, size_t number,
    const struct observation *observation)
{
	const struct series *series = &engine->kinds[entity->subject.kind].series[number];
	struct cell *cell = entity_cell(engine, entity, number);
	if (series->group) {
		cell = group_of(engine, series, cell, observation->group);
		cell->sampled = engine->now;
	}
	if (series->group || measure_info(series->measure)->unit == UNIT_TEXT)
		keep_text(cell, observation->label);
	switch (series->kind) {
	case SERIES_LEVEL:
		set_level(cell, observation);
		break;
	case SERIES_MEAN:
		sample_mean(series, cell, observation);
		break;
	case SERIES_SUM:
		sample_sum(series, cell, observation);
		break;
	case SERIES_DISTINCT:
		sample_distinct(series, cell, observation);
		break;
	case SERIES_RUNS:
		series_add_runs(engine, entity, number, observation->at, observation->value, 1);
		break;
	case SERIES_PART:
		part_sample(engine, entity, series, cell, observation);
		break;
	case SERIES_FRAME:
		if (adds_up(series->measure) && observation->value > 0)
			ring_add(cell->sum, observation->at / series->width,
			    (uint64_t)observation->value *
				(series->measure == MEASURE_SCRIPT_CPU ? 1000000 : 1));
		break;
	}
}
