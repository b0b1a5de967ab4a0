/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/polling_choose.h"

#include <stdlib.h>

#include "sensors/polling_counts.h"

/* Whom a pass takes, and until when. */
struct pass {
	bool spins;
	size_t until;  /* so many are chosen */
	size_t of_uid; /* or so many of one uid */
};

static int
compare(const void *one_pointer, const void *other_pointer)
{
	const struct polling_candidate *one = one_pointer, *other = other_pointer;
	if (one->spins && other->spins && one->heard != other->heard)
		return one->heard < other->heard ? -1 : 1;
	return one->cpu_ns > other->cpu_ns ? -1 : one->cpu_ns < other->cpu_ns ? 1 : 0;
}

static size_t
count_of_uid(const struct polling_candidate *chosen, size_t count, uint32_t uid)
{
	size_t of_uid = 0;
	for (size_t i = 0; i < count; i++)
		of_uid += chosen[i].uid == uid;
	return of_uid;
}

/* Moves it to that place; those between keep their order. */
static void
move_up(struct polling_candidate *candidates, size_t from, size_t to)
{
	struct polling_candidate moved = candidates[from];
	for (; from > to; from--)
		candidates[from] = candidates[from - 1];
	candidates[to] = moved;
}

static size_t
take(struct polling_candidate *candidates, size_t count, size_t chosen, const struct pass *pass)
{
	for (size_t i = chosen; i < count && chosen < pass->until; i++)
		if (candidates[i].spins == pass->spins &&
		    count_of_uid(candidates, chosen, candidates[i].uid) < pass->of_uid)
			move_up(candidates, i, chosen++);
	return chosen;
}

size_t
polling_choose(struct polling_candidate *candidates, size_t count)
{
	static const struct pass passes[] = {
	    {true, POLLING_MOST / 2, POLLING_MOST_OF_UID / 2},
	    {false, POLLING_MOST, POLLING_MOST_OF_UID},
	    {true, POLLING_MOST, POLLING_MOST_OF_UID},
	};
	size_t chosen = 0;
	qsort(candidates, count, sizeof(*candidates), compare);
	for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
		chosen = take(candidates, count, chosen, &passes[i]);
	return chosen;
}
