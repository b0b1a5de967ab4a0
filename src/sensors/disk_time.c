/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/disk_time.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"

enum {
	COST = 64 << 10,	/* bytes that take as long as one operation */
	LEAST_OPERATION = 4096, /* bytes */
};

static const uint64_t forgotten_ns = UINT64_C(60) * 1000000000;

/* What a row is known by, and what it owes the disks. */
struct debt {
	uint32_t uid;
	uint64_t script;
	uint64_t owed;	 /* bytes made dirty that no disk has written yet */
	uint64_t served; /* of this interval: bytes moved for it */
};

struct disk_time {
	struct map *debts; /* by uid and script */
};

struct disk_time *
disk_time_new(void)
{
	struct disk_time *time = memory_new(1, sizeof(*time));
	time->debts = map_new();
	return time;
}

void
disk_time_free(struct disk_time *time)
{
	size_t position = 0;
	if (!time)
		return;
	for (struct debt *debt; (debt = map_next(time->debts, &position));)
		free(debt);
	map_free(time->debts);
	free(time);
}

struct debt_key {
	uint64_t script;
	uint64_t uid;
};

static struct debt *
debt_find(const struct disk_time *time, uint32_t uid, uint64_t script)
{
	const struct debt_key key = {script, uid};
	return map_find(time->debts, &key, sizeof(key));
}

static struct debt *
debt_get(struct disk_time *time, uint32_t uid, uint64_t script)
{
	const struct debt_key key = {script, uid};
	struct debt *debt = debt_find(time, uid, script);
	if (debt)
		return debt;
	debt = memory_new(1, sizeof(*debt));
	debt->uid = uid;
	debt->script = script;
	map_put(time->debts, &key, sizeof(key), debt);
	return debt;
}

static uint64_t
part_of(uint64_t whole, uint64_t part, uint64_t of)
{
	return of ? (uint64_t)((unsigned __int128)whole * part / of) : 0;
}

/* What the rows moved. Written may be less than nothing: pages of before were thrown away. */
static void
gather(struct disk_time *time, struct rows *rows)
{
	for (size_t i = 0; i < rows_count(rows); i++) {
		struct frame_row *row = rows_at(rows, i);
		int64_t written = (int64_t)row->written_bytes;
		if (!row->read_bytes && !written)
			continue;
		struct debt *debt = debt_get(time, row->uid, row->script);
		if ((int64_t)row->read_bytes < 0)
			row->read_bytes = 0;
		if (written < 0)
			row->written_bytes = 0;
		debt->served = row->read_bytes;
		if (written > 0)
			debt->owed += (uint64_t)written;
		else
			debt->owed -=
			    debt->owed < (uint64_t)-written ? debt->owed : (uint64_t)-written;
	}
}

/* What all uids owe together. */
static uint64_t
owed_by_all(const struct disk_time *time)
{
	uint64_t owed = 0;
	size_t position = 0;
	for (const struct debt *debt; (debt = map_next(time->debts, &position));)
		owed += debt->script ? 0 : debt->owed;
	return owed;
}

/* The disks write for everybody at the same rate. Gives what was moved for all uids. */
static uint64_t
serve(struct disk_time *time, uint64_t written, uint64_t interval_ns)
{
	uint64_t owed = owed_by_all(time), served = 0;
	uint64_t part = written < owed ? written : owed;
	size_t position = 0;
	for (struct debt *debt; (debt = map_next(time->debts, &position));) {
		/* A script may owe more than its uid: what was thrown away is not always its
		 * own. */
		uint64_t now = owed ? part_of(debt->owed, part, owed) : 0;
		debt->served += now;
		debt->owed -= now;
		debt->owed -= interval_ns < forgotten_ns
				  ? part_of(debt->owed, interval_ns, forgotten_ns)
				  : debt->owed;
		served += debt->script ? 0 : debt->served;
	}
	return served;
}

/* Of all operations those that cannot have been others', nor fewer bytes than one has. */
static uint64_t
operations_of(uint64_t bytes, uint64_t all_bytes, uint64_t operations)
{
	uint64_t others = (all_bytes - bytes) / LEAST_OPERATION;
	uint64_t own = operations > others ? operations - others : 0;
	uint64_t most = bytes / LEAST_OPERATION;
	return own < most ? own : most;
}

static uint64_t
time_of(const struct disks_use *use, uint64_t bytes, uint64_t all_bytes)
{
	uint64_t own = operations_of(bytes, all_bytes, use->operations);
	return part_of(use->busy_ns, bytes + own * COST, all_bytes + use->operations * COST);
}

/* A script has of its uid's time what it has of its bytes. */
static uint64_t
time_of_script(
    const struct disk_time *time, const struct debt *script, const struct frame_row *total)
{
	const struct debt *owner = debt_find(time, script->uid, 0);
	if (!owner || !owner->served)
		return 0;
	uint64_t part = script->served < owner->served ? script->served : owner->served;
	return part_of(total->io_ns, part, owner->served);
}

static void
give(struct disk_time *time, struct rows *rows, const struct disks_use *use, uint64_t served)
{
	uint64_t moved = use->read_bytes + use->written_bytes;
	uint64_t all = moved > served ? moved : served;
	size_t position = 0;
	for (const struct debt *debt; (debt = map_next(time->debts, &position));)
		if (!debt->script && debt->served)
			rows_get(rows, debt->uid, 0)->io_ns = time_of(use, debt->served, all);
	position = 0;
	for (const struct debt *debt; (debt = map_next(time->debts, &position));) {
		if (!debt->script || !debt->served)
			continue;
		uint64_t part = time_of_script(time, debt, rows_get(rows, debt->uid, 0));
		rows_get(rows, debt->uid, debt->script)->io_ns = part;
	}
}

/* Who owes nothing worth a page is forgotten. */
static void
forget(struct disk_time *time)
{
	size_t position = 0;
	for (struct debt *debt; (debt = map_next(time->debts, &position));) {
		const struct debt_key key = {debt->script, debt->uid};
		debt->served = 0;
		if (debt->owed < LEAST_OPERATION)
			free(map_remove(time->debts, &key, sizeof(key)));
	}
}

void
disk_time_charge(struct disk_time *time, struct rows *rows, const struct disks_use *use,
    uint64_t interval_ns)
{
	gather(time, rows);
	uint64_t served = serve(time, use->written_bytes, interval_ns);
	give(time, rows, use, served);
	forget(time);
}
