/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database's work is its account's: it goes into the same windows of processor time as
 * what the account's programs used. No frame counts it for anybody, for the server runs
 * under a uid that is no account's. Among the evidence it is a row of its own, so that no
 * script is blamed for it, and no clause about scripts weighs that row.
 *
 * The server adds a statement's time when the statement ends. So what is more than one
 * processor could have done since the last answer is laid over as long as one would have
 * needed: never more at a time than was, and nothing of it lost.
 */
#include <string.h>

#include "base/memory.h"
#include "engine/parts.h"

enum { NS_PER_MS = 1000000, MOST_SPLITS = WINDOW_SLOTS + 2, LONGEST = 24 * 3600 * 1000 };

/* As if it were a frame. */
static struct frame
stretch_of(const struct database_time *time, uint64_t cpu_ns)
{
	int64_t ms = time->until - time->from;
	int64_t least = (int64_t)(cpu_ns / NS_PER_MS);
	ms = ms > least ? ms : least;
	ms = ms < 1 ? 1 : ms > LONGEST ? LONGEST : ms;
	ms = ms > time->until ? time->until : ms;
	return (struct frame){.at = time->until, .interval_ns = ms * NS_PER_MS};
}

static void
add_to_ring(const struct engine *engine, struct ring *ring, const struct frame *stretch,
    int64_t width, uint64_t cpu_ns)
{
	struct split splits[MOST_SPLITS];
	uint64_t ms = (uint64_t)(stretch->interval_ns / NS_PER_MS);
	uint32_t count = frame_splits(engine, stretch, width, splits, MOST_SPLITS);
	for (uint32_t i = 0; i < count; i++)
		ring_add(ring, splits[i].slot,
		    (uint64_t)((unsigned __int128)cpu_ns * splits[i].ms / ms));
}

static void
add_windows(
    struct engine *engine, struct entity *entity, const struct frame *stretch, uint64_t cpu_ns)
{
	const struct plan_of_kind *kind = &engine->kinds[entity->subject.kind];
	bool is_script = entity->subject.kind == KIND_SCRIPT;
	for (size_t i = 0; i < kind->series_count; i++) {
		const struct series *series = &kind->series[i];
		if (series->kind == SERIES_FRAME && series->measure == MEASURE_CPU_SHARE &&
		    series->evidence == is_script)
			add_to_ring(engine, entity_cell(engine, entity, i)->sum, stretch,
			    series->width, cpu_ns);
	}
}

static void
note(struct entity *entity, const struct database_time *time, uint64_t cpu_ns)
{
	entity->database_ns = cpu_ns;
	entity->database_from = time->from;
	entity->database_until = time->until;
	entity->database_ns_today += cpu_ns;
}

static struct entity *
row_of(struct engine *engine, const struct entity *account)
{
	struct subject subject = account->subject;
	subject.kind = KIND_SCRIPT;
	subject.key = DATABASE_SCRIPT;
	struct entity *row = entity_get(engine, &subject);
	if (!row->label)
		row->label = memory_copy_text("the database");
	row->touched = engine->now;
	return row;
}

void
engine_database(struct engine *engine, const struct database_time *time, uint32_t i)
{
	const struct database_use *use = &time->uses[i];
	const struct account *owner = accounts_find_id(engine->rules.accounts, use->account);
	engine->finding_count = 0;
	if (!owner || owner->generation != use->generation || !use->cpu_ns ||
	    time->until <= 0 || time->until >= INT64_C(1) << 52 ||
	    use->cpu_ns >= UINT64_C(1) << 56)
		return;
	struct subject subject = {KIND_ACCOUNT, owner->id, owner->generation, 0};
	struct entity *account = entity_get(engine, &subject);
	struct frame stretch = stretch_of(time, use->cpu_ns);
	engine->now = time->until > engine->now ? time->until : engine->now;
	account->account = owner;
	account->touched = engine->now;
	note(account, time, use->cpu_ns);
	add_windows(engine, account, &stretch, use->cpu_ns);
	if (!account->cpu_lately)
		account->cpu_lately = ring_new(LATELY_SLOTS);
	add_to_ring(engine, account->cpu_lately, &stretch, LATELY_WIDTH, use->cpu_ns);
	struct entity *row = row_of(engine, account);
	note(row, time, use->cpu_ns);
	add_windows(engine, row, &stretch, use->cpu_ns);
	weigh_entity(engine, account);
}
