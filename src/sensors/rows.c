/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/rows.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"

struct building {
	struct frame_row row;
	uint64_t most_cpu; /* of the process that stands for the row */
	uint64_t most_memory;
	uint64_t started[STARTER_COUNT]; /* of its cpu_ns */
	uint32_t *ended;		 /* by step; NULL: none */
	struct target *living;		 /* those of a script, the first MOST_TARGETS */
	size_t living_count, living_capacity;
};

struct rows {
	struct map *places; /* key -> index + 1, as a pointer */
	struct building *all;
	size_t count;
	size_t capacity;
};

struct place_key {
	uint64_t script;
	uint64_t uid;
};

struct rows *
rows_new(void)
{
	struct rows *rows = memory_new(1, sizeof(*rows));
	rows->places = map_new();
	return rows;
}

void
rows_free(struct rows *rows)
{
	if (!rows)
		return;
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->all[i].ended);
		free(rows->all[i].living);
	}
	map_free(rows->places);
	free(rows->all);
	free(rows);
}

static struct building *
building_get(struct rows *rows, uint32_t uid, uint64_t script)
{
	struct place_key key = {.script = script, .uid = uid};
	uintptr_t place = (uintptr_t)map_find(rows->places, &key, sizeof(key));
	if (place)
		return &rows->all[place - 1];
	memory_grow(&rows->all, rows->count, &rows->capacity, sizeof(*rows->all));
	struct building *building = &rows->all[rows->count++];
	*building = (struct building){.row = {.uid = uid, .script = script}};
	map_put(rows->places, &key, sizeof(key), (void *)(uintptr_t)rows->count);
	return building;
}

struct frame_row *
rows_get(struct rows *rows, uint32_t uid, uint64_t script)
{
	return &building_get(rows, uid, script)->row;
}

size_t
rows_count(const struct rows *rows)
{
	return rows->count;
}

struct frame_row *
rows_at(struct rows *rows, size_t i)
{
	return &rows->all[i].row;
}

void
rows_add_cpu(
    struct rows *rows, uint32_t uid, uint64_t script, enum starter starter, uint64_t cpu_ns)
{
	if (!cpu_ns)
		return;
	struct building *building = building_get(rows, uid, script);
	building->row.cpu_ns += cpu_ns;
	building->started[starter] += cpu_ns;
}

void
rows_add_ended(struct rows *rows, uint32_t uid, uint64_t script, uint32_t step, uint32_t count)
{
	struct building *building = building_get(rows, uid, script);
	if (!building->ended)
		building->ended = memory_new(RUN_STEPS, sizeof(*building->ended));
	building->ended[step] += count;
}

/* By processor time; among those that used none, by memory. */
static bool
stands_before(const struct process_use *process, const struct building *building)
{
	if (!building->row.pid)
		return true;
	if (process->cpu_ns != building->most_cpu)
		return process->cpu_ns > building->most_cpu;
	return process->memory > building->most_memory;
}

/* Who may have to be ended with its script. */
static void
list(struct building *building, const struct process_use *process)
{
	if (building->row.script <= OTHER_SCRIPTS || building->living_count == MOST_TARGETS)
		return;
	memory_grow(&building->living, building->living_count, &building->living_capacity,
	    sizeof(*building->living));
	building->living[building->living_count++] =
	    (struct target){process->pid, process->start};
}

static void
add_to_row(struct building *building, const struct process_use *process)
{
	building->row.processes++;
	building->row.memory += process->memory;
	if (process->own_memory > building->row.run_memory)
		building->row.run_memory = process->own_memory;
	if (!process->pid)
		return;
	list(building, process);
	if (!stands_before(process, building))
		return;
	building->row.pid = process->pid;
	building->row.pid_start = process->start;
	building->most_cpu = process->cpu_ns;
	building->most_memory = process->memory;
}

void
rows_add_process(struct rows *rows, const struct process_use *process)
{
	add_to_row(building_get(rows, process->uid, 0), process);
	if (process->script)
		add_to_row(building_get(rows, process->uid, process->script), process);
}

/* Takes the counts over; they are gone. */
static void
fold_ended(uint32_t *ended, struct building *to)
{
	if (!to->ended) {
		to->ended = ended;
		return;
	}
	for (uint32_t step = 0; ended && step < RUN_STEPS; step++)
		to->ended[step] += ended[step];
	free(ended);
}

void
rows_fold(struct rows *rows, uint32_t uid, uint64_t script)
{
	const struct building from = *building_get(rows, uid, script);
	*building_get(rows, uid, script) =
	    (struct building){.row = {.uid = uid, .script = script}};
	free(from.living);
	struct building *to = building_get(rows, uid, OTHER_SCRIPTS);
	if (from.row.pid && (!to->row.pid || from.most_cpu > to->most_cpu)) {
		to->row.pid = from.row.pid;
		to->row.pid_start = from.row.pid_start;
		to->most_cpu = from.most_cpu;
		to->most_memory = from.most_memory;
	}
	to->row.processes += from.row.processes;
	to->row.cpu_ns += from.row.cpu_ns;
	to->row.inclusive_cpu_ns += from.row.inclusive_cpu_ns;
	to->row.memory += from.row.memory;
	to->row.runs += from.row.runs;
	to->row.read_bytes += from.row.read_bytes;
	to->row.written_bytes += from.row.written_bytes;
	if (from.row.run_memory > to->row.run_memory)
		to->row.run_memory = from.row.run_memory;
	for (size_t i = 0; i < STARTER_COUNT; i++)
		to->started[i] += from.started[i];
	fold_ended(from.ended, to);
}

static bool
says_anything(const struct frame_row *row)
{
	return row->cpu_ns || row->inclusive_cpu_ns || row->memory || row->runs ||
	       row->run_memory || row->read_bytes || row->written_bytes || row->io_ns;
}

/* Who started most of it. Totals and others' scripts are of many, and have none. */
static enum starter
starter_of(const struct building *building)
{
	enum starter most = STARTER_UNKNOWN;
	if (building->row.script <= OTHER_SCRIPTS)
		return most;
	for (enum starter starter = STARTER_WEB; starter < STARTER_COUNT; starter++)
		if (building->started[starter] > building->started[most])
			most = starter;
	return most;
}

static void
give_ended(const uint32_t *ended, struct arena *arena, struct frame_row *row)
{
	if (!ended)
		return;
	row->steps = arena_alloc(arena, RUN_STEPS * sizeof(*row->steps));
	for (uint32_t step = 0; step < RUN_STEPS; step++)
		if (ended[step])
			row->steps[row->step_count++] =
			    (struct run_count){(uint8_t)step, ended[step]};
}

static void
give_others(const struct building *building, struct arena *arena, struct frame_row *row)
{
	if (building->living_count < 2)
		return;
	row->others = arena_alloc(arena, building->living_count * sizeof(*row->others));
	for (size_t i = 0; i < building->living_count; i++)
		if (building->living[i].pid != row->pid)
			row->others[row->other_count++] = building->living[i];
}

void
rows_give(const struct rows *rows, struct arena *arena, struct frame *frame)
{
	frame->rows = arena_alloc(arena, rows->count * sizeof(*frame->rows));
	frame->row_count = 0;
	for (size_t i = 0; i < rows->count; i++) {
		if (!says_anything(&rows->all[i].row) && !rows->all[i].ended)
			continue;
		struct frame_row *row = &frame->rows[frame->row_count++];
		*row = rows->all[i].row;
		row->web_cpu_ns = rows->all[i].started[STARTER_WEB];
		row->starter = starter_of(&rows->all[i]);
		give_ended(rows->all[i].ended, arena, row);
		give_others(&rows->all[i], arena, row);
	}
}
