/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/living.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"

struct living_set {
	struct map *places; /* process -> index + 1, as a pointer */
	struct map *spaces; /* address spaces seen */
	struct process_use *processes;
	size_t count;
	size_t capacity;
};

struct living_set *
living_set_new(void)
{
	struct living_set *set = memory_new(1, sizeof(*set));
	set->places = map_new();
	set->spaces = map_new();
	return set;
}

void
living_set_free(struct living_set *set)
{
	if (!set)
		return;
	map_free(set->places);
	map_free(set->spaces);
	free(set->processes);
	free(set);
}

/* Threads have their process's pid and start in common, also where its pid cannot be seen. */
static struct process_use *
process_get(struct living_set *set, const struct living *task)
{
	const uint64_t key[2] = {task->pid, task->start};
	uintptr_t place = (uintptr_t)map_find(set->places, key, sizeof(key));
	if (place)
		return &set->processes[place - 1];
	memory_grow(&set->processes, set->count, &set->capacity, sizeof(*set->processes));
	struct process_use *process = &set->processes[set->count++];
	*process = (struct process_use){
	    .pid = task->pid,
	    .start = task->start,
	    .uid = task->uid,
	    .script = task->script,
	};
	map_put(set->places, key, sizeof(key), (void *)(uintptr_t)set->count);
	return process;
}

void
living_set_add(struct living_set *set, const struct living *task)
{
	struct process_use *process = process_get(set, task);
	process->cpu_ns += task->cpu_ns;
	if (task->leader) {
		process->uid = task->uid;
		process->script = task->script;
	}
	if (!task->space || map_find_u64(set->spaces, task->space))
		return;
	map_put_u64(set->spaces, task->space, set);
	process->memory += task->memory;
	process->own_memory += task->memory - task->shared;
}

void
living_set_give(const struct living_set *set, struct rows *rows)
{
	for (size_t i = 0; i < set->count; i++)
		rows_add_process(rows, &set->processes[i]);
}
