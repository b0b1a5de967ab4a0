/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of a subject as a part of all that its account had, over one window: the account keeps
 * their sum, cut into the same slots. While nobody looked there may have been as many more as
 * there were in the mean, all its own or none: a gap of a minute hides nothing, and an hour
 * says little of a month.
 */
#include "engine/parts.h"

enum { HUNDREDTHS = 10000, LONGEST_TICK = 60 * 1000 };

static void
add(struct cell *cell, const struct series *series, const struct observation *observation)
{
	if (!cell->sum)
		cell->sum = ring_new(series->slots);
	ring_add(cell->sum, observation->at / series->width, (uint64_t)observation->value);
}

static uint64_t
sum_of(const struct engine *engine, const struct series *series, struct cell *cell)
{
	if (!cell || !cell->sum)
		return 0;
	ring_advance(cell->sum, engine->now / series->width);
	return cell->sum->sum;
}

static struct subject
account_of(const struct entity *entity)
{
	return (struct subject){
	    KIND_ACCOUNT, entity->subject.account, entity->subject.generation, 0};
}

/* Of the account's kind; the plan has it for each that is a part. */
static size_t
number_of_whole(const struct engine *engine, const struct series *part)
{
	const struct plan_of_kind *kind = &engine->kinds[KIND_ACCOUNT];
	struct series whole = series_of_whole(part);
	size_t number = 0;
	while (!series_equal(&kind->series[number], &whole))
		number++;
	return number;
}

void
part_sample(struct engine *engine, const struct entity *entity, const struct series *series,
    struct cell *cell, const struct observation *observation)
{
	struct subject owner = account_of(entity);
	if (observation->value <= 0)
		return;
	struct entity *account = entity_get(engine, &owner);
	account->touched = engine->now;
	add(cell, series, observation);
	add(entity_cell(engine, account, number_of_whole(engine, series)), series, observation);
}

void
parts_pass(struct engine *engine, int64_t now)
{
	int64_t passed = now - engine->ticked;
	engine->ticked = now;
	if (passed <= 0 || passed > LONGEST_TICK)
		return;
	for (size_t kind = 0; kind < KIND_COUNT; kind++)
		for (size_t i = 0; i < engine->kinds[kind].series_count; i++) {
			struct series *series = &engine->kinds[kind].series[i];
			enum sensor sensor = measure_info(series->measure)->sensor;
			if (series->kind == SERIES_PART &&
			    engine->sensors[sensor] == SENSOR_WORKS)
				ring_add(series->seen, now / series->width, (uint64_t)passed);
		}
}

struct bounds
part_bounds(const struct engine *engine, const struct series *series,
    const struct entity *entity, struct cell *cell)
{
	struct subject owner = entity ? account_of(entity) : (struct subject){0};
	const struct entity *account = entity ? entity_find(engine, &owner) : NULL;
	struct cell *of_account =
	    account ? account->cells[number_of_whole(engine, series)] : NULL;
	__int128 whole = sum_of(engine, series, of_account);
	__int128 part = sum_of(engine, series, cell);
	int64_t newest = engine->now / series->width;
	int64_t begin = (newest - series->slots + 1) * series->width;
	int64_t ms = engine->now - (begin > 0 ? begin : 0);
	ring_advance(series->seen, newest);
	int64_t seen = (int64_t)series->seen->sum < ms ? (int64_t)series->seen->sum : ms;
	if (!whole || !seen)
		return (struct bounds){.high = seen == ms ? 0 : HUNDREDTHS, .whole = 1};
	return (struct bounds){
	    .low = part * seen * HUNDREDTHS,
	    .high = (part * seen + whole * (ms - seen)) * HUNDREDTHS,
	    .whole = whole * ms,
	    .seen = whole * seen,
	};
}
