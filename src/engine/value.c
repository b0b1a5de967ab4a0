/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a window says, with its doubt. What was not seen counts as nothing in
 * the lower bound and as the most possible in the upper one; a comparison is
 * decided only where both bounds agree. Values are fractions and are compared
 * exactly.
 */
#include "engine/parts.h"

enum { HUNDREDTHS = 10000, NS_PER_MS = 1000000, FIRST_PERIOD = 60 * 1000 };

static const struct bounds nothing_known = {0};

int64_t
frame_now(const struct engine *engine)
{
	int64_t interval = engine->last.interval_ns / NS_PER_MS;
	int64_t age = engine->now - engine->last.at;
	/* The stretch since the last frame is not a gap as long as the next one may come. */
	return engine->last.at && age <= STALE_PERIODS * interval ? engine->last.at
								  : engine->now;
}

/* What the host could give in one ms, as a fraction, by the last frame. */
static unsigned __int128
capacity_of(const struct engine *engine, enum measure measure, int64_t ms)
{
	if (!engine->last.at || ms <= 0)
		return 0;
	if (measure == MEASURE_MEMORY_SHARE)
		return (unsigned __int128)(engine->last.memory >> 10) * (uint64_t)ms;
	/* Whatever disks there are, they have as much time as passes. */
	if (measure == MEASURE_IO_SHARE)
		return (unsigned __int128)NS_PER_MS * (uint64_t)ms;
	return (unsigned __int128)engine->last.cpu_ns * (uint64_t)ms /
	       (uint64_t)(engine->last.interval_ns / NS_PER_MS);
}

static struct bounds
share_of(
    const struct engine *engine, const struct series *series, const struct stretch *stretch)
{
	int64_t unseen = stretch->ms - stretch->seen;
	unsigned __int128 missing =
	    capacity_of(engine, series->measure, unseen > 0 ? unseen : 0);
	return (struct bounds){
	    .low = (__int128)(stretch->used * HUNDREDTHS),
	    .high = (__int128)((stretch->used + missing) * HUNDREDTHS),
	    .whole = (__int128)(stretch->capacity + missing),
	    .seen = (__int128)stretch->capacity,
	};
}

/* Of an unseen stretch only the processors limit what was used in it, and nothing what began.
 */
static struct bounds
sum_of(const struct engine *engine, const struct series *series, const struct stretch *stretch)
{
	int64_t unseen = stretch->ms - stretch->seen;
	bool time = series->measure == MEASURE_SCRIPT_CPU;
	__int128 used = (__int128)stretch->used;
	__int128 high = used;
	if (unseen > 0)
		high = time ? used + (__int128)capacity_of(engine, series->measure, unseen)
			    : NO_LIMIT;
	return (struct bounds){.low = used, .high = high, .whole = time ? NS_PER_MS : 1};
}

static struct bounds
stretch_value(
    const struct engine *engine, const struct series *series, const struct stretch *stretch)
{
	return adds_up(series->measure) ? sum_of(engine, series, stretch)
					: share_of(engine, series, stretch);
}

static struct bounds
frame_value(struct engine *engine, const struct series *series, struct cell *cell)
{
	int64_t now = frame_now(engine);
	int64_t newest = now / series->width;
	int64_t oldest = newest - series->slots + 1;
	ring_advance(series->seen, newest);
	ring_advance(series->capacity, newest);
	if (cell)
		ring_advance(cell->sum, newest);
	struct stretch stretch = {
	    .used = cell ? cell->sum->sum : 0,
	    .capacity = series->capacity->sum,
	    .seen = (int64_t)series->seen->sum,
	    .ms = now - (oldest > 0 ? oldest * series->width : 0),
	};
	return stretch_value(engine, series, &stretch);
}

/* As the listed values are numbered. */
static struct bounds
starter_level(const struct entity *entity)
{
	enum starter starter = origin_of(entity);
	__int128 value = (__int128)starter - STARTER_WEB;
	return starter ? (struct bounds){value, value, 1, NULL, 0} : nothing_known;
}

static uint64_t
used_now(enum measure measure, const struct entity *entity)
{
	switch ((int)measure) {
	case MEASURE_MEMORY_SHARE:
		return entity->memory;
	case MEASURE_SCRIPTS_CPU_SHARE:
		return entity->web_cpu_ns;
	case MEASURE_IO_SHARE:
		return entity->io_ns;
	default:
		return entity->cpu_ns;
	}
}

/* 0: not measured. */
static __int128
whole_now(const struct engine *engine, enum measure measure)
{
	switch ((int)measure) {
	case MEASURE_MEMORY_SHARE:
		return engine->last.memory;
	case MEASURE_IO_SHARE:
		return engine->last.io_ns;
	default:
		return engine->last.cpu_ns;
	}
}

struct bounds
frame_level(const struct engine *engine, enum measure measure, const struct entity *entity)
{
	if (measure == MEASURE_SCRIPT_STARTED_BY || measure == MEASURE_PROCESS_STARTED_BY)
		return starter_level(entity);
	if (!engine->last.at || frame_now(engine) != engine->last.at)
		return nothing_known;
	if (!entity || entity->frame != engine->frames)
		return (struct bounds){.whole = 1};
	if (measure == MEASURE_SCRIPT_MEMORY) {
		__int128 held = entity->run_memory;
		return (struct bounds){held, held, 1, NULL, 0};
	}
	__int128 used = used_now(measure, entity);
	return (struct bounds){
	    .low = used * HUNDREDTHS,
	    .high = used * HUNDREDTHS,
	    .whole = whole_now(engine, measure),
	};
}

static struct bounds
level_value(const struct engine *engine, const struct series *series, const struct cell *cell)
{
	if (!cell || !cell->has_level)
		return nothing_known;
	int64_t age = engine->now - cell->level_at;
	int64_t period = cell->period ? cell->period : FIRST_PERIOD;
	bool is_deed = is_of_deeds(series);
	bool ages = measure_info(series->measure)->class == CLASS_GAUGE;
	if ((is_deed && age >= DEED_LASTS) || (ages && age > STALE_PERIODS * period))
		return nothing_known;
	return (struct bounds){
	    .low = cell->level,
	    .high = cell->level,
	    .whole = 1,
	    .text = cell->text,
	    .deed_at = is_deed ? cell->level_at : 0,
	};
}

static __int128
most_of(enum measure measure)
{
	switch ((int)measure_info(measure)->unit) {
	case UNIT_PERCENT:
		return HUNDREDTHS;
	case UNIT_YES_NO:
		return 1;
	default:
		return NO_LIMIT;
	}
}

/* Up to now the last sample speaks, as long as it is fresh. */
static struct bounds
mean_value(const struct engine *engine, const struct series *series, struct cell *cell)
{
	if (!cell || !cell->sum)
		return nothing_known;
	int64_t newest = engine->now / series->width;
	int64_t begin = (newest - series->slots + 1) * series->width;
	ring_advance(cell->sum, newest);
	ring_advance(cell->other, newest);
	int64_t period = cell->period ? cell->period : FIRST_PERIOD;
	int64_t lasts = engine->now - cell->level_at;
	if (lasts < 0 || lasts > STALE_PERIODS * period)
		lasts = 0;
	int64_t whole = engine->now - (begin > 0 ? begin : 0);
	__int128 seen = (__int128)cell->other->sum + lasts;
	__int128 used = (__int128)cell->sum->sum + (__int128)cell->level * lasts;
	__int128 unseen = whole > seen ? whole - seen : 0;
	__int128 most = most_of(series->measure);
	return (struct bounds){
	    .low = used,
	    .high = unseen && most == NO_LIMIT ? NO_LIMIT : used + unseen * most,
	    .whole = seen + unseen,
	    .seen = seen,
	};
}

/* Events are known from when their sensor is known to work; before that there may be any
 * number. */
static bool
events_unseen(const struct engine *engine, const struct series *series)
{
	enum sensor sensor = measure_info(series->measure)->sensor;
	return engine->sensors[sensor] != SENSOR_WORKS ||
	       engine->sensor_since[sensor] > engine->now - series->span;
}

static struct bounds
sum_value(struct engine *engine, const struct series *series, struct cell *cell)
{
	__int128 sum = 0;
	if (cell && cell->exact) {
		exact_expire(cell, engine->now - series->span);
		for (uint32_t i = 0; i < cell->exact_count; i++)
			sum += cell->exact[i].weight;
	} else if (cell && cell->sum) {
		ring_advance(cell->sum, engine->now / series->width);
		sum = cell->sum->sum;
	}
	return (struct bounds){sum, events_unseen(engine, series) ? NO_LIMIT : sum, 1, NULL, 0};
}

static struct bounds
runs_value(struct engine *engine, const struct series *series, struct cell *cell)
{
	if (!cell || !cell->other)
		return (struct bounds){.whole = 1};
	ring_advance(cell->sum, engine->now / series->width);
	ring_advance(cell->other, engine->now / series->width);
	if (!cell->other->sum)
		return (struct bounds){.whole = 1};
	__int128 part = (__int128)cell->sum->sum * HUNDREDTHS;
	return (struct bounds){part, part, cell->other->sum, NULL, 0};
}

/* One group beyond the limit is enough: the value is that of the largest. */
static struct bounds
largest_group(struct engine *engine, const struct series *series, struct entity *entity,
    struct cell *cell)
{
	struct series alone = *series;
	alone.group = NULL;
	struct bounds largest = {.whole = 1};
	if (events_unseen(engine, series) && !cell)
		largest.high = NO_LIMIT;
	size_t position = 0;
	for (struct cell *group;
	     cell && cell->groups && (group = map_next(cell->groups, &position));) {
		struct bounds value = series_value(engine, &alone, entity, group);
		if (value.whole && value.low * largest.whole >= largest.low * value.whole) {
			largest = value;
			largest.text = group->text;
		}
	}
	return largest;
}

struct bounds
series_value(struct engine *engine, const struct series *series, struct entity *entity,
    struct cell *cell)
{
	if (series->group)
		return largest_group(engine, series, entity, cell);
	switch (series->kind) {
	case SERIES_LEVEL:
		return level_value(engine, series, cell);
	case SERIES_FRAME:
		return frame_value(engine, series, cell);
	case SERIES_MEAN:
		return mean_value(engine, series, cell);
	case SERIES_SUM:
	case SERIES_DISTINCT:
		return sum_value(engine, series, cell);
	case SERIES_RUNS:
		return runs_value(engine, series, cell);
	case SERIES_PART:
		return part_bounds(engine, series, entity, cell);
	}
	return nothing_known;
}

/* What was seen in each window is the same for every subject: summed up once a frame. */
static void
survey_windows(const struct series *series, int64_t now)
{
	struct survey *survey = series->survey;
	if (survey->at == now)
		return;
	survey->at = now;
	int64_t count = series->slots / series->stride;
	int64_t length = series->width * series->stride;
	for (int64_t age = 0; age < count; age++) {
		int64_t first = (now / length - age) * series->stride;
		struct stretch *window = &survey->windows[age];
		*window = (struct stretch){.ms = length};
		for (int64_t slot = first; slot < first + series->stride; slot++) {
			window->capacity += ring_at(series->capacity, slot);
			window->seen += (int64_t)ring_at(series->seen, slot);
		}
		if (age == 0) {
			window->ms = now % length;
			window->to_come = length - window->ms;
		}
	}
}

static struct bounds
window_value(const struct engine *engine, const struct series *series, const struct cell *cell,
    int64_t window, int64_t age)
{
	struct stretch stretch = series->survey->windows[age];
	for (int64_t slot = window * series->stride; slot < (window + 1) * series->stride;
	     slot++)
		stretch.used += cell ? ring_at(cell->sum, slot) : 0;
	struct bounds value = stretch_value(engine, series, &stretch);
	/* What is still to come may be nothing: the running window counts once it is certain.
	 */
	if (!adds_up(series->measure))
		value.whole += (__int128)capacity_of(engine, series->measure, stretch.to_come);
	return value;
}

/* Whether all windows together hold less than half of what one would have to. */
static bool
is_far_below(const struct engine *engine, const struct window_question *question)
{
	const struct series *series = question->series;
	const struct cell *cell = question->cell;
	enum comparison_operator how = question->comparison->operator;
	if (adds_up(series->measure) || !engine->last.at || question->limit <= 0 ||
	    (how != COMPARE_MORE && how != COMPARE_AT_LEAST))
		return false;
	int64_t length = series->width * series->stride;
	unsigned __int128 enough = capacity_of(engine, series->measure, length);
	unsigned __int128 used = cell ? cell->sum->sum : 0;
	int64_t count = series->slots / series->stride, unseen = 0;
	for (int64_t age = 0; age < count; age++)
		unseen += series->survey->windows[age].ms - series->survey->windows[age].seen;
	used += capacity_of(engine, series->measure, unseen);
	return used * HUNDREDTHS * 2 < enough * (unsigned __int128)question->limit;
}

static bool
is_larger(const struct bounds *one, const struct bounds *other)
{
	/* Shares of one series: fractions below one, of wholes of the same size. */
	return one->whole && (!other->whole || one->low > other->low);
}

struct window_count
series_count_windows(struct engine *engine, const struct window_question *question)
{
	const struct series *series = question->series;
	struct cell *cell = question->cell;
	int64_t newest = frame_now(engine) / series->width;
	ring_advance(series->seen, newest);
	ring_advance(series->capacity, newest);
	if (cell)
		ring_advance(cell->sum, newest);
	int64_t running = newest / series->stride;
	int64_t count = series->slots / series->stride;
	struct window_count counted = {0};
	survey_windows(series, frame_now(engine));
	if (is_far_below(engine, question))
		return counted;
	for (int64_t window = running - count + 1; window <= running; window++) {
		if (window < 0)
			continue;
		struct bounds value =
		    window_value(engine, series, cell, window, running - window);
		proof_apply(&question->proof, &value);
		enum verdict verdict =
		    bounds_compare(&value, question->comparison->operator, question->limit);
		counted.sure += verdict == VERDICT_TRUE;
		counted.possible += verdict != VERDICT_FALSE;
		if (is_larger(&value, &counted.worst))
			counted.worst = value;
	}
	return counted;
}

/* low > limit and so on, without a division. */
enum verdict
bounds_compare(const struct bounds *bounds, enum comparison_operator how, __int128 limit)
{
	if (!bounds->whole)
		return VERDICT_UNKNOWN;
	/* Infinity has no part: it is beyond every limit, whatever it is divided by. */
	__int128 high = bounds->high >= NO_LIMIT ? NO_LIMIT : bounds->high;
	__int128 against = limit * bounds->whole;
	bool low_more, high_more;
	switch ((int)how) {
	case COMPARE_MORE:
		low_more = bounds->low > against, high_more = high > against;
		break;
	case COMPARE_AT_LEAST:
		low_more = bounds->low >= against, high_more = high >= against;
		break;
	case COMPARE_LESS:
		low_more = high < against, high_more = bounds->low < against;
		break;
	case COMPARE_AT_MOST:
		low_more = high <= against, high_more = bounds->low <= against;
		break;
	default:
		low_more = bounds->low == against && high == against;
		high_more = bounds->low <= against && high >= against;
		break;
	}
	return low_more ? VERDICT_TRUE : high_more ? VERDICT_UNKNOWN : VERDICT_FALSE;
}
