/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/log_set.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "sensors/follow.h"
#include "sensors/log_paths.h"

enum {
	MOST_OF_ONE = 4 * 1024 * 1024, /* bytes at one reading: no log may starve the others */
	MOST_OF_ALL = 32 * 1024 * 1024,
	TELLING_LINES = 100, /* none of which is understood: it has another format */
};

struct entry {
	struct follow *follow;
	struct log_source source;
};

struct log_set {
	struct follow_rules rules;
	struct entry *entries;
	size_t count;
	size_t next; /* who is read first the next time */
};

struct giving {
	log_line *give;
	void *context;
	struct log_source *source;
};

struct log_set *
log_set_new(uint32_t log_group)
{
	struct log_set *set = memory_new(1, sizeof(*set));
	set->rules.log_group = log_group;
	return set;
}

static void
free_entries(struct log_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		follow_free(set->entries[i].follow);
	free(take(set->entries));
	set->count = 0;
}

void
log_set_free(struct log_set *set)
{
	if (!set)
		return;
	free_entries(set);
	free(set);
}

static struct map *
entries_by_path(const struct log_set *set)
{
	struct map *map = map_new();
	for (size_t i = 0; i < set->count; i++)
		map_put_text(map, follow_path(set->entries[i].follow), &set->entries[i]);
	return map;
}

static void
set_entries(struct log_set *set, const struct log_paths *list)
{
	struct map *old = entries_by_path(set);
	struct entry *entries = memory_new(list->count ? list->count : 1, sizeof(*entries));
	for (size_t i = 0; i < list->count; i++) {
		const struct log_path *path = &list->paths[i];
		struct entry *known = map_find_text(old, path->path);
		if (known)
			entries[i] = *known;
		else
			entries[i].follow = follow_new(path->path, path->trusted);
		if (known)
			known->follow = NULL;
		entries[i].source.account = path->account;
		entries[i].source.path = follow_path(entries[i].follow);
	}
	map_free(old);
	free_entries(set);
	set->entries = entries;
	set->count = list->count;
	set->next = 0;
}

void
log_set_name(struct log_set *set, const char *setting, const struct accounts *accounts,
    uint32_t floor)
{
	auto_arena struct arena *arena = arena_new();
	struct log_paths list = log_paths_of(setting, accounts, arena);
	if (list.named > list.count)
		log_warning(
		    "of %zu logs only the first %zu are followed", list.named, list.count);
	set->rules.floor = floor;
	set_entries(set, &list);
}

static void
give_line(void *context, const char *line, size_t length)
{
	const struct giving *giving = context;
	giving->give(giving->context, giving->source, line, length);
}

void
log_set_read(struct log_set *set, int64_t now, log_line *give, void *context)
{
	size_t total = 0, first = set->next;
	for (size_t i = 0; i < set->count && total < MOST_OF_ALL; i++) {
		struct entry *entry = &set->entries[(first + i) % set->count];
		struct giving giving = {give, context, &entry->source};
		const struct follow_sink sink = {give_line, &giving};
		total += follow_read(entry->follow, &set->rules, now, MOST_OF_ONE, &sink);
		set->next = (first + i + 1) % set->count;
	}
}

void
log_set_note(struct log_source *source, bool understood, const char *format)
{
	source->understood += understood;
	source->not_understood += !understood;
	if (!source->understood && source->not_understood == TELLING_LINES)
		log_warning("'%s' is not written in the format %s: nothing in it is counted",
		    source->path, format);
}

struct log_set_state
log_set_state(const struct log_set *set)
{
	struct log_set_state state = {.named = set->count};
	for (size_t i = 0; i < set->count; i++)
		state.followed += follow_is_open(set->entries[i].follow);
	return state;
}
