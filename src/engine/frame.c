/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame comes in. Its interval is laid over the slots once, for all rows;
 * then each row is added to the windows of its subject. A uid's total row
 * feeds the account, a script's row feeds the script and adds nothing to the
 * account: what is lost between the two cannot be blamed on anybody twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/parts.h"

enum { MOST_SPLITS = WINDOW_SLOTS + 2, NS_PER_MS = 1000000 };

/* Rows beyond this many times the capacity are a fault of the sensor, not use. */
enum { MOST_TIMES_CAPACITY = 64 };

/* Of bytes moved, far beyond what any machine can; so that sums never overflow. */
#define MOST_MOVED ((UINT64_C(1) << 48) - 1)

/* Where one frame falls in the slots of each series of a kind. */
struct layout {
	uint32_t count;
	struct split splits[MOST_SPLITS];
};

uint32_t
frame_splits(const struct engine *engine, const struct frame *frame, int64_t width,
    struct split *splits, uint32_t most)
{
	(void)engine;
	int64_t from = frame->at - frame->interval_ns / NS_PER_MS;
	/* What is older than all slots has no slot to go to. */
	if (frame->at / width - from / width >= most)
		from = (frame->at / width - most + 1) * width;
	uint32_t count = 0;
	while (from < frame->at && count < most) {
		int64_t slot = from / width;
		int64_t end = (slot + 1) * width < frame->at ? (slot + 1) * width : frame->at;
		splits[count++] = (struct split){slot, (uint64_t)(end - from)};
		from = end;
	}
	return count;
}

/* The part of an amount that belongs to ms of the frame's interval. */
static uint64_t
part_of(const struct frame *frame, uint64_t amount, uint64_t ms)
{
	uint64_t whole = (uint64_t)(frame->interval_ns / NS_PER_MS);
	if (ms >= whole)
		return amount;
	return (uint64_t)((unsigned __int128)amount * ms / whole);
}

static void
add_to_ring(
    struct ring *ring, const struct frame *frame, const struct layout *layout, uint64_t amount)
{
	for (uint32_t i = 0; i < layout->count; i++)
		ring_add(
		    ring, layout->splits[i].slot, part_of(frame, amount, layout->splits[i].ms));
}

static uint64_t
interval_ms(const struct frame *frame)
{
	return (uint64_t)(frame->interval_ns / NS_PER_MS);
}

/* Memory is held, not used up: its amount is KiB x ms. */
static uint64_t
memory_amount(const struct frame *frame, uint64_t memory)
{
	return (memory >> 10) * interval_ms(frame);
}

static uint64_t
amount_of(const struct frame *frame, enum measure measure, const struct frame_row *row)
{
	switch ((int)measure) {
	case MEASURE_CPU_SHARE:
	case MEASURE_SCRIPT_CPU:
		return row->cpu_ns;
	case MEASURE_SCRIPTS_CPU_SHARE:
		return row->web_cpu_ns;
	case MEASURE_SCRIPT_RUNS:
		return row->runs;
	case MEASURE_IO_SHARE:
		return row->io_ns;
	default:
		return memory_amount(frame, row->memory);
	}
}

/* What can be counted cannot be cut: it belongs to the last slot. */
static void
add_amount(struct ring *ring, const struct frame *frame, const struct layout *layout,
    enum measure measure, uint64_t amount)
{
	if (measure != MEASURE_SCRIPT_RUNS)
		add_to_ring(ring, frame, layout, amount);
	else if (layout->count)
		ring_add(ring, layout->splits[layout->count - 1].slot, amount);
}

/* Of the disks' time frames do not always tell; then it was not seen. */
static bool
measured(const struct frame *frame, enum measure measure)
{
	return measure != MEASURE_IO_SHARE || frame->io_ns;
}

static void
lay_out(struct engine *engine, const struct frame *frame, struct plan_of_kind *kind,
    struct layout *layouts)
{
	for (size_t i = 0; i < kind->series_count; i++) {
		struct series *series = &kind->series[i];
		if (series->kind != SERIES_FRAME)
			continue;
		layouts[i].count =
		    frame_splits(engine, frame, series->width, layouts[i].splits, MOST_SPLITS);
		if (series->evidence || !measured(frame, series->measure))
			continue;
		const struct frame_row whole = {
		    .cpu_ns = frame->cpu_ns,
		    .web_cpu_ns = frame->cpu_ns,
		    .memory = frame->memory,
		    .io_ns = frame->io_ns,
		};
		add_to_ring(series->capacity, frame, &layouts[i],
		    amount_of(frame, series->measure, &whole));
		for (uint32_t s = 0; s < layouts[i].count; s++)
			ring_add(
			    series->seen, layouts[i].splits[s].slot, layouts[i].splits[s].ms);
	}
}

static struct entity *
owner_of(struct engine *engine, uint32_t uid, struct entity **recent)
{
	/* Rows of one uid mostly stand together. */
	if (*recent && (*recent)->uid == uid)
		return *recent;
	struct entity *entity = map_find_u64(engine->by_uid, uid);
	if (entity) {
		*recent = entity->uid == uid ? entity : *recent;
		return entity;
	}
	const struct account *account = accounts_find_uid(engine->rules.accounts, uid);
	struct subject subject = {.kind = KIND_ACCOUNT, .key = account ? 0 : uid};
	if (account) {
		subject.account = account->id;
		subject.generation = account->generation;
	}
	entity = entity_get(engine, &subject);
	entity->account = account;
	entity->uid = uid;
	map_put_u64(engine->by_uid, uid, entity);
	return entity;
}

struct entity *
script_of(struct engine *engine, struct entity *account, uint32_t uid, uint64_t script,
    enum subject_kind kind)
{
	struct subject subject = {
	    kind, account->subject.account, account->subject.generation, script};
	struct entity *entity = entity_find(engine, &subject);
	if (entity)
		return entity;
	if (account->script_count >= MOST_SCRIPTS)
		subject.key = OTHER_SCRIPTS;
	entity = entity_get(engine, &subject);
	entity->uid = uid;
	return entity;
}

static void
touch(struct engine *engine, struct entity *entity)
{
	memory_grow(&engine->touched, engine->touched_count, &engine->touched_capacity,
	    sizeof(*engine->touched));
	engine->touched[engine->touched_count++] = entity;
}

/* What the row says of this instant; several uids of one account are summed. */
static void
add_presence(struct engine *engine, struct entity *entity, const struct frame_row *row)
{
	if (entity->frame != engine->frames) {
		entity->frame = engine->frames;
		if (entity->account)
			touch(engine, entity);
		entity->cpu_ns = entity->web_cpu_ns = entity->memory = 0;
		entity->processes = 0;
		entity->io_ns = entity->moved = 0;
		entity->run_memory = 0;
		runs_forget(entity);
	}
	entity->touched = engine->now;
	entity->cpu_ns += row->cpu_ns;
	entity->web_cpu_ns += row->web_cpu_ns;
	entity->memory += row->memory;
	entity->io_ns += row->io_ns;
	entity->moved += row->read_bytes + row->written_bytes;
	if (row->run_memory > entity->run_memory)
		entity->run_memory = row->run_memory;
	entity->processes += row->processes;
	entity->cpu_ns_today += row->cpu_ns;
	entity->runs_today += row->runs;
	runs_add(entity, row);
}

static void
add_lately(
    struct ring **ring, const struct frame *frame, const struct layout *lately, uint64_t amount)
{
	if (!amount)
		return;
	if (!*ring)
		*ring = ring_new(LATELY_SLOTS);
	add_to_ring(*ring, frame, lately, amount);
}

/* What a run used is known to a step; where a step straddles a limit the run is believed below
 * it. */
static void
add_runs(struct engine *engine, struct entity *entity, size_t number, const struct frame *frame,
    const struct frame_row *row)
{
	const struct series *series = &engine->kinds[entity->subject.kind].series[number];
	if (series->kind != SERIES_RUNS || series->measure != MEASURE_SCRIPT_OWN_CPU)
		return;
	for (uint32_t i = 0; i < row->step_count; i++)
		series_add_runs(engine, entity, number, frame->at,
		    (int64_t)(run_step_floor(row->steps[i].step) / NS_PER_MS),
		    row->steps[i].count);
}

static void
add_windows(struct engine *engine, struct entity *entity, const struct frame *frame,
    const struct frame_row *row, const struct layout *layouts)
{
	const struct plan_of_kind *kind = &engine->kinds[entity->subject.kind];
	for (size_t i = 0; i < kind->series_count; i++) {
		add_runs(engine, entity, i, frame, row);
		if (kind->series[i].kind != SERIES_FRAME)
			continue;
		enum measure measure = kind->series[i].measure;
		uint64_t amount = amount_of(frame, measure, row);
		if (amount)
			add_amount(entity_cell(engine, entity, i)->sum, frame, &layouts[i],
			    measure, amount);
	}
}

/* A number that cannot be would poison a window for as long as it reaches back. */
static struct frame_row
plausible(const struct frame *frame, const struct frame_row *row)
{
	struct frame_row bounded = *row;
	uint64_t most_cpu = frame->cpu_ns * MOST_TIMES_CAPACITY;
	uint64_t most_memory = frame->memory * MOST_TIMES_CAPACITY;
	if (bounded.cpu_ns > most_cpu)
		bounded.cpu_ns = most_cpu;
	if (bounded.web_cpu_ns > bounded.cpu_ns)
		bounded.web_cpu_ns = bounded.cpu_ns;
	if (bounded.memory > most_memory)
		bounded.memory = most_memory;
	if (bounded.io_ns > frame->io_ns)
		bounded.io_ns = frame->io_ns;
	bounded.read_bytes &= MOST_MOVED;
	bounded.written_bytes &= MOST_MOVED;
	return bounded;
}

struct layouts {
	struct entity *recent; /* owner of the row before */
	struct layout lately;
	struct layout *of[KIND_COUNT];
};

static void
add_total(struct engine *engine, const struct frame *frame, const struct frame_row *row,
    struct layouts *layouts)
{
	struct entity *entity = owner_of(engine, row->uid, &layouts->recent);
	add_presence(engine, entity, row);
	add_lately(&entity->cpu_lately, frame, &layouts->lately, row->cpu_ns);
	add_lately(
	    &entity->memory_lately, frame, &layouts->lately, memory_amount(frame, row->memory));
	add_lately(&entity->io_lately, frame, &layouts->lately, row->io_ns);
	engine->last_moved += row->read_bytes + row->written_bytes;
	engine->last_cpu_ns += row->cpu_ns;
	engine->last_memory += row->memory;
	engine->last_processes += row->processes;
	if (entity->account)
		add_windows(engine, entity, frame, row, layouts->of[KIND_ACCOUNT]);
}

static void
add_script(struct engine *engine, const struct frame *frame, const struct frame_row *row,
    struct layouts *layouts)
{
	struct entity *account = owner_of(engine, row->uid, &layouts->recent);
	if (!account->account)
		return;
	static const enum subject_kind kinds[] = {KIND_SCRIPT, KIND_PROCESS};
	for (size_t i = 0; i < array_length(kinds); i++) {
		if (!engine->kinds[kinds[i]].framed)
			continue;
		struct entity *entity =
		    script_of(engine, account, row->uid, row->script, kinds[i]);
		add_presence(engine, entity, row);
		origin_add(engine, entity, row);
		add_windows(engine, entity, frame, row, layouts->of[kinds[i]]);
	}
}

static bool
usable(const struct engine *engine, const struct frame *frame)
{
	return frame->at > engine->last.at && frame->at > 0 && frame->at < INT64_C(1) << 52 &&
	       frame->interval_ns >= NS_PER_MS && frame->cpu_ns && frame->memory &&
	       frame->cpu_ns < UINT64_C(1) << 56 && frame->memory < UINT64_C(1) << 56 &&
	       frame->io_ns < UINT64_C(1) << 56 && frame->io_busy_ns <= frame->io_ns;
}

/* An interval that reaches into what an earlier frame covered is cut: no ms is seen twice. */
static struct frame
begin_frame(struct engine *engine, const struct frame *frame)
{
	struct frame begun = *frame;
	int64_t most = engine->last.at ? frame->at - engine->last.at : frame->at;
	if (begun.interval_ns / NS_PER_MS > most)
		begun.interval_ns = most * NS_PER_MS;
	engine->frames++;
	engine->now = frame->at > engine->now ? frame->at : engine->now;
	engine->last = begun;
	engine->last.rows = NULL;
	engine->last.row_count = 0;
	engine->last_cpu_ns = engine->last_memory = engine->last_moved = 0;
	engine->last_processes = 0;
	engine->finding_count = engine->touched_count = 0;
	if (engine->sensors[SENSOR_KERNEL] != SENSOR_WORKS)
		engine_set_sensor(engine, SENSOR_KERNEL, true);
	if (begun.io_ns && engine->sensors[SENSOR_IO] != SENSOR_WORKS)
		engine_set_sensor(engine, SENSOR_IO, true);
	return begun;
}

/* Each subject that the frame was about is weighed once, after all of its rows. */
static void
weigh_touched(struct engine *engine)
{
	for (size_t i = 0; i < engine->touched_count; i++)
		if (engine->kinds[engine->touched[i]->subject.kind].rule_count)
			weigh_entity(engine, engine->touched[i]);
}

/* Of PHP-FPM's own program: what its workers ran their logs tell. */
static bool
is_server(void *context, const struct frame_row *row)
{
	struct engine *engine = context;
	const struct account *account = accounts_find_uid(engine->rules.accounts, row->uid);
	if (!account)
		return false;
	struct subject subject = {KIND_SCRIPT, account->id, account->generation, row->script};
	const struct entity *script = entity_find(engine, &subject);
	const char *name = script && script->label ? strrchr(script->label, '/') : NULL;
	return name && text_starts_with(name, "/php-fpm");
}

void
engine_pool_runs(struct engine *engine, const struct frame *runs)
{
	pools_claim(engine->pools, runs, engine->now);
}

void
engine_frame(struct engine *engine, const struct frame *frame)
{
	if (!usable(engine, frame))
		return;
	auto_arena struct arena *arena = arena_new();
	struct frame settled = pools_settle(
	    engine->pools, frame, engine->rules.pools_logged, arena, is_server, engine);
	struct frame begun = begin_frame(engine, &settled);
	static const enum subject_kind kinds[] = {KIND_ACCOUNT, KIND_SCRIPT, KIND_PROCESS};
	struct layouts layouts = {0};
	layouts.lately.count =
	    frame_splits(engine, &begun, LATELY_WIDTH, layouts.lately.splits, MOST_SPLITS);
	for (size_t i = 0; i < array_length(kinds); i++) {
		struct plan_of_kind *kind = &engine->kinds[kinds[i]];
		layouts.of[kinds[i]] = memory_new(kind->series_count, sizeof(struct layout));
		lay_out(engine, &begun, kind, layouts.of[kinds[i]]);
	}
	for (uint32_t i = 0; i < settled.row_count; i++) {
		struct frame_row row = plausible(&begun, &settled.rows[i]);
		if (row.script)
			add_script(engine, &begun, &row, &layouts);
		else
			add_total(engine, &begun, &row, &layouts);
	}
	engine->observations += settled.row_count;
	add_to_ring(engine->cpu_lately, &begun, &layouts.lately, engine->last_cpu_ns);
	add_to_ring(engine->memory_lately, &begun, &layouts.lately,
	    memory_amount(&begun, engine->last_memory));
	add_to_ring(engine->io_lately, &begun, &layouts.lately, begun.io_busy_ns);
	for (size_t i = 0; i < array_length(kinds); i++)
		free(layouts.of[kinds[i]]);
	weigh_emergency(engine);
	weigh_touched(engine);
}

const char *
engine_script(struct engine *engine, uint32_t uid, uint64_t script)
{
	const struct account *account = accounts_find_uid(engine->rules.accounts, uid);
	if (!account)
		return "";
	struct subject subject = {KIND_SCRIPT, account->id, account->generation, script};
	const struct entity *entity = entity_find(engine, &subject);
	return entity && entity->label ? entity->label : "";
}

void
engine_script_name(struct engine *engine, const struct script_name *name)
{
	const struct account *account = accounts_find_uid(engine->rules.accounts, name->uid);
	if (!account)
		return;
	struct subject owner = {KIND_ACCOUNT, account->id, account->generation, 0};
	struct subject subject = {KIND_SCRIPT, account->id, account->generation, name->script};
	struct entity *script = entity_find(engine, &subject);
	if (!script) {
		if (entity_get(engine, &owner)->script_count >= MOST_SCRIPTS)
			return;
		script = entity_get(engine, &subject);
		script->uid = name->uid;
	}
	free(script->label);
	free(script->interpreter);
	script->label = memory_copy_text(name->path);
	script->interpreter = memory_copy_text(name->interpreter);
}
