/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/acquaintances.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"

static const int64_t remembered = INT64_C(366) * 24 * 3600 * 1000;

enum { LEAST_CIRCLE = 24 /* bytes of one that is encoded */ };

/* The last of one kind; the oldest makes room. */
struct row {
	uint64_t count; /* ever */
	size_t capacity;
	struct acquaintance *list;
};

/* Of one account. */
struct circle {
	uint32_t account, generation;
	int64_t seen;
	struct row named;   /* by a visitor */
	struct row unnamed; /* by none */
};

struct acquaintances {
	struct map *circles;
};

struct acquaintances *
acquaintances_new(void)
{
	struct acquaintances *all = memory_new(1, sizeof(*all));
	all->circles = map_new();
	return all;
}

static uint64_t
key_of(uint32_t account, uint32_t generation)
{
	return (uint64_t)account << 32 | generation;
}

static void
drop(struct acquaintances *all, struct circle *circle)
{
	map_remove_u64(all->circles, key_of(circle->account, circle->generation));
	free(circle->named.list);
	free(circle->unnamed.list);
	free(circle);
}

static void
drop_all(struct acquaintances *all)
{
	size_t position = 0;
	for (struct circle *circle; (circle = map_next(all->circles, &position));)
		drop(all, circle);
}

void
acquaintances_free(struct acquaintances *all)
{
	if (!all)
		return;
	drop_all(all);
	map_free(all->circles);
	free(all);
}

void
acquaintances_forget(struct acquaintances *all, int64_t now)
{
	size_t position = 0;
	for (struct circle *circle; (circle = map_next(all->circles, &position));)
		if (now - circle->seen > remembered)
			drop(all, circle);
}

/* ---- rows ---- */

static size_t
kept(const struct row *row)
{
	return row->count < ACQUAINTANCES_MOST ? (size_t)row->count : ACQUAINTANCES_MOST;
}

static struct acquaintance *
find(const struct row *row, uint64_t who)
{
	for (size_t i = 0; i < kept(row); i++)
		if (row->list[i].who == who)
			return &row->list[i];
	return NULL;
}

/* A second request that brings about the same makes him one for all. */
static void
row_add(struct row *row, const struct acquaintance *one)
{
	struct acquaintance *found = find(row, one->who);
	if (found && found->request != one->request)
		found->request = 0;
	if (found)
		return;
	if (row->count < ACQUAINTANCES_MOST)
		memory_grow(&row->list, (size_t)row->count, &row->capacity, sizeof(*row->list));
	row->list[row->count++ % ACQUAINTANCES_MOST] = *one;
}

static bool
row_has(const struct row *row, const struct acquaintance *one)
{
	const struct acquaintance *found = find(row, one->who);
	return found && (!found->request || found->request != one->request);
}

/* ---- */

static struct circle *
circle_get(struct acquaintances *all, uint32_t account, uint32_t generation)
{
	uint64_t key = key_of(account, generation);
	struct circle *circle = map_find_u64(all->circles, key);
	if (circle)
		return circle;
	circle = memory_new(1, sizeof(*circle));
	circle->account = account;
	circle->generation = generation;
	map_put_u64(all->circles, key, circle);
	return circle;
}

void
acquaintances_add(struct acquaintances *all, const struct subject *account,
    const struct acquaintance *one, int64_t now)
{
	struct circle *circle = circle_get(all, account->account, account->generation);
	circle->seen = now;
	row_add(one->request ? &circle->named : &circle->unnamed, one);
}

bool
acquaintances_has(const struct acquaintances *all, const struct subject *account,
    const struct acquaintance *one)
{
	const struct circle *circle =
	    map_find_u64(all->circles, key_of(account->account, account->generation));
	return circle && (row_has(&circle->named, one) || row_has(&circle->unnamed, one));
}

/* ---- from life to life ---- */

/* The requests have passed by then. */
static void
put_row(const struct row *row, struct str *out)
{
	wire_put_u32(out, (uint32_t)kept(row));
	for (uint64_t i = row->count - kept(row); i < row->count; i++)
		wire_put_u64(out, row->list[i % ACQUAINTANCES_MOST].who);
}

static void
get_row(struct wire_reader *reader, struct row *row)
{
	uint32_t count = wire_get_below(reader, ACQUAINTANCES_MOST + 1);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		const struct acquaintance one = {wire_get_u64(reader), 0};
		row_add(row, &one);
	}
}

void
acquaintances_encode(const struct acquaintances *all, struct str *out)
{
	size_t position = 0;
	wire_put_u32(out, (uint32_t)map_count(all->circles));
	for (struct circle *circle; (circle = map_next(all->circles, &position));) {
		wire_put_u32(out, circle->account);
		wire_put_u32(out, circle->generation);
		wire_put_i64(out, circle->seen);
		put_row(&circle->named, out);
		put_row(&circle->unnamed, out);
	}
}

void
acquaintances_decode(struct acquaintances *all, struct wire_reader *reader, int64_t now)
{
	uint32_t count = wire_get_count(reader, LEAST_CIRCLE);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		uint32_t account = wire_get_u32(reader), generation = wire_get_u32(reader);
		struct circle *circle = circle_get(all, account, generation);
		int64_t seen = wire_get_i64(reader);
		circle->seen = seen < now ? seen : now;
		reader->failed |= seen < 0;
		get_row(reader, &circle->named);
		get_row(reader, &circle->unnamed);
	}
	if (reader->failed)
		drop_all(all);
}
