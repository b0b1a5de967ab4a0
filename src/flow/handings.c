/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/handings.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"

/* ms: a busy machine takes that long from the beginning of a program to its first look at the
 * clock; what two clocks of one machine differ by; within what two cannot be told apart; and
 * how long a mail may wait until it is asked about. */
enum {
	SLOWEST_START = 2000,
	CLOCKS_DIFFER = 10,
	TOO_NEAR = 20,
	LASTS = 24 * 3600 * 1000,
};

struct seen {
	struct seen *next; /* a younger one */
	struct handing handing;
};

/* Of one uid; never empty. */
struct queue {
	uint32_t uid;
	size_t count;
	struct seen *oldest, *youngest;
};

struct handings {
	struct map *by_uid; /* -> queue */
	size_t count;
};

struct handings *
handings_new(void)
{
	struct handings *handings = memory_new(1, sizeof(*handings));
	handings->by_uid = map_new();
	return handings;
}

static void
drop_oldest(struct handings *handings, struct queue *queue)
{
	struct seen *seen = queue->oldest;
	queue->oldest = seen->next;
	queue->count--;
	handings->count--;
	free(seen);
	if (queue->oldest)
		return;
	map_remove_u64(handings->by_uid, queue->uid);
	free(queue);
}

void
handings_free(struct handings *handings)
{
	size_t position = 0;
	if (!handings)
		return;
	for (struct queue *queue; (queue = map_next(handings->by_uid, &position));)
		for (size_t left = queue->count; left; left--)
			drop_oldest(handings, queue);
	map_free(handings->by_uid);
	free(handings);
}

void
handings_forget(struct handings *handings, int64_t now)
{
	size_t position = 0;
	for (struct queue *queue; (queue = map_next(handings->by_uid, &position));)
		for (size_t left = queue->count; left; left--) {
			if (now - queue->oldest->handing.at <= LASTS)
				break;
			drop_oldest(handings, queue);
		}
}

/* ---- what is seen ---- */

static struct queue *
longest(const struct handings *handings)
{
	struct queue *longest = NULL;
	size_t position = 0;
	for (struct queue *queue; (queue = map_next(handings->by_uid, &position));)
		if (!longest || queue->count > longest->count)
			longest = queue;
	return longest;
}

static void
make_room(struct handings *handings, uint32_t uid)
{
	struct queue *own = map_find_u64(handings->by_uid, uid);
	if (own && own->count >= HANDINGS_OF_UID)
		drop_oldest(handings, own);
	else if (handings->count >= HANDINGS_KEPT)
		drop_oldest(handings, longest(handings));
}

void
handings_add(struct handings *handings, const struct handing *handing)
{
	make_room(handings, handing->uid);
	struct queue *queue = map_find_u64(handings->by_uid, handing->uid);
	struct seen *seen = memory_new(1, sizeof(*seen));
	seen->handing = *handing;
	handings->count++;
	if (queue)
		queue->youngest->next = seen;
	else {
		queue = memory_new(1, sizeof(*queue));
		queue->uid = handing->uid;
		queue->oldest = seen;
		map_put_u64(handings->by_uid, handing->uid, queue);
	}
	queue->youngest = seen;
	queue->count++;
}

/* ---- which it was ---- */

static const struct seen *
seen_of(const struct handings *handings, uint32_t uid)
{
	const struct queue *queue = map_find_u64(handings->by_uid, uid);
	return queue ? queue->oldest : NULL;
}

/* By postdrop; NULL: none. */
static const struct handing *
find_dropped(const struct handings *handings, uint32_t uid, int64_t at)
{
	const struct handing *found = NULL;
	for (const struct seen *seen = seen_of(handings, uid); seen; seen = seen->next) {
		const struct handing *handing = &seen->handing;
		int64_t before = at + CLOCKS_DIFFER - handing->at;
		if (!handing->port && before >= 0 && before <= SLOWEST_START &&
		    (!found || handing->at > found->at))
			found = handing;
	}
	return found;
}

/* Whether it cannot be told which of the two a mail is of: by postdrop, of one uid. */
static bool
is_near(const struct handing *found, const struct handing *other)
{
	int64_t apart = found->at - other->at;
	return !other->port && apart <= TOO_NEAR && apart >= -TOO_NEAR;
}

bool
handings_find(
    const struct handings *handings, uint32_t uid, int64_t at, struct handing *ret_handing)
{
	const struct handing *found = find_dropped(handings, uid, at);
	if (!found)
		return false;
	*ret_handing = *found;
	for (const struct seen *seen = seen_of(handings, uid); seen; seen = seen->next) {
		if (!is_near(found, &seen->handing))
			continue;
		if (seen->handing.script != found->script)
			ret_handing->script = 0;
		if (seen->handing.starter != found->starter)
			ret_handing->starter = STARTER_UNKNOWN;
	}
	return true;
}

bool
handings_find_port(
    const struct handings *handings, uint32_t uid, uint16_t port, struct handing *ret_handing)
{
	const struct handing *found = NULL;
	for (const struct seen *seen = seen_of(handings, uid); seen; seen = seen->next) {
		const struct handing *handing = &seen->handing;
		if (port && handing->port == port && (!found || handing->at > found->at))
			found = handing;
	}
	if (found)
		*ret_handing = *found;
	return found;
}

bool
handings_may_be(const struct handings *handings, const struct handing *asked)
{
	struct handing call;
	if (asked->port)
		return !handings_find_port(handings, asked->uid, asked->port, &call) ||
		       call.script == asked->script;
	const struct handing *found = find_dropped(handings, asked->uid, asked->at);
	if (!found)
		return true;
	for (const struct seen *seen = seen_of(handings, asked->uid); seen; seen = seen->next)
		if (is_near(found, &seen->handing) && seen->handing.script == asked->script)
			return true;
	return false;
}
