/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes a subject has now: the largest for those who look, all of a script's for
 * `stop`. */
#include <stdlib.h>

#include "base/memory.h"
#include "engine/parts.h"

static void
add_other(struct entity *entity, uint32_t pid, uint64_t start)
{
	size_t capacity = entity->other_capacity;
	if (entity->subject.kind != KIND_SCRIPT || entity->other_count + 1 >= MOST_TARGETS)
		return;
	memory_grow(&entity->others, entity->other_count, &capacity, sizeof(*entity->others));
	entity->other_capacity = (uint32_t)capacity;
	entity->others[entity->other_count++] = (struct target){pid, start};
}

void
runs_add(struct entity *entity, const struct frame_row *row)
{
	struct target lesser = {row->pid, row->pid_start};
	/* Several uids of one account may run the same script. */
	if (row->pid && row->cpu_ns >= entity->pid_cpu_ns) {
		lesser = (struct target){entity->pid, entity->pid_start};
		entity->pid = row->pid;
		entity->pid_start = row->pid_start;
		entity->pid_cpu_ns = row->cpu_ns;
	}
	if (lesser.pid)
		add_other(entity, lesser.pid, lesser.start);
	for (uint32_t i = 0; i < row->other_count; i++)
		add_other(entity, row->others[i].pid, row->others[i].start);
}

void
runs_forget(struct entity *entity)
{
	entity->pid = 0;
	entity->pid_cpu_ns = 0;
	entity->other_count = 0;
}

void
runs_free(struct entity *entity)
{
	free(entity->others);
}

/* Who was seen doing it, sooner than whoever of its script is largest. */
uint32_t
engine_targets(const struct engine *engine, const struct subject *subject,
    struct target ret_targets[MOST_TARGETS])
{
	const struct entity *entity = entity_find(engine, subject);
	if (entity && deed_doer(entity, engine->now, &ret_targets[0]))
		return 1;
	if (!entity || !entity->pid || entity->frame != engine->frames)
		return 0;
	ret_targets[0] = (struct target){entity->pid, entity->pid_start};
	for (uint32_t i = 0; i < entity->other_count; i++)
		ret_targets[1 + i] = entity->others[i];
	return 1 + entity->other_count;
}
