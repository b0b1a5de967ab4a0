/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/access_logs.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "sensors/follow.h"
#include "sensors/log_paths.h"
#include "sensors/sites.h"
#include "sensors/unnamed.h"

enum {
	MOST_OF_ONE = 4 * 1024 * 1024, /* bytes at one reading: no log may starve the others */
	MOST_OF_ALL = 32 * 1024 * 1024,
	ADDRESSES_EVERY = 60 * 1000, /* ms */
	TELLING_LINES = 100,	     /* none of which is understood: it has another format */
};

/* One log. */
struct entry {
	struct follow *follow;
	const struct account *account; /* NULL: its lines say whose they are */
	uint64_t understood;
	uint64_t not_understood;
};

struct access_logs {
	struct follow_rules rules;
	struct accounts *accounts;
	struct sites *sites;
	struct unnamed *unnamed;
	struct visiting *visiting;
	struct entry *entries;
	size_t count;
	size_t next;		 /* who is read first the next time */
	int64_t addresses_asked; /* boot ms */
};

/* Where a line came from. */
struct source_of_line {
	struct access_logs *logs;
	struct entry *entry;
};

struct access_logs *
access_logs_new(uint32_t log_group, int64_t now)
{
	struct access_logs *logs = memory_new(1, sizeof(*logs));
	logs->rules.log_group = log_group;
	logs->unnamed = unnamed_new();
	logs->visiting = visiting_new(now);
	logs->addresses_asked = now - ADDRESSES_EVERY;
	return logs;
}

static void
free_entries(struct access_logs *logs)
{
	for (size_t i = 0; i < logs->count; i++)
		follow_free(logs->entries[i].follow);
	free(take(logs->entries));
	logs->count = 0;
}

void
access_logs_free(struct access_logs *logs)
{
	if (!logs)
		return;
	free_entries(logs);
	sites_free(logs->sites);
	accounts_free(logs->accounts);
	unnamed_free(logs->unnamed);
	visiting_free(logs->visiting);
	free(logs);
}

/* A log that stays in the list goes on where it is. */

static struct map *
entries_by_path(const struct access_logs *logs)
{
	struct map *map = map_new();
	for (size_t i = 0; i < logs->count; i++)
		map_put_text(map, follow_path(logs->entries[i].follow), &logs->entries[i]);
	return map;
}

static void
set_entries(struct access_logs *logs, const struct log_paths *list)
{
	struct map *old = entries_by_path(logs);
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
		entries[i].account = path->account;
	}
	map_free(old);
	free_entries(logs);
	logs->entries = entries;
	logs->count = list->count;
	logs->next = 0;
}

void
access_logs_set(
    struct access_logs *logs, const struct config *config, struct accounts *accounts)
{
	auto_arena struct arena *arena = arena_new();
	struct log_paths list = log_paths_of(config->access_logs, accounts, arena);
	if (list.named > list.count)
		log_warning("of %zu access logs only the first %zu are followed", list.named,
		    list.count);
	logs->rules.floor = (uint32_t)config->uid_floor;
	unnamed_set_proxies(logs->unnamed, config->proxies);
	set_entries(logs, &list);
	sites_free(logs->sites);
	accounts_free(logs->accounts);
	logs->accounts = accounts;
	logs->sites = sites_new(accounts);
}

/* Reading. */

static void
note_form(struct entry *entry, bool understood)
{
	entry->understood += understood;
	entry->not_understood += !understood;
	if (!entry->understood && entry->not_understood == TELLING_LINES)
		log_warning("'%s' is not written in the format common, combined or "
			    "vhost_combined: nothing in it is counted",
		    follow_path(entry->follow));
}

static void
on_line(void *context, const char *text, size_t length)
{
	const struct source_of_line *source = context;
	struct access_logs *logs = source->logs;
	struct access_line line;
	bool understood = !access_line_parse(text, length, &line);
	note_form(source->entry, understood);
	if (!understood || !line.may_run)
		return;
	const struct account *account =
	    source->entry->account ? source->entry->account : sites_find(logs->sites, &line);
	if (account)
		visiting_count(
		    logs->visiting, account, &line, !unnamed_has(logs->unnamed, &line.client));
}

void
access_logs_read(struct access_logs *logs, int64_t now)
{
	if (now - logs->addresses_asked >= ADDRESSES_EVERY) {
		logs->addresses_asked = now;
		unnamed_refresh(logs->unnamed);
	}
	size_t total = 0, first = logs->next;
	for (size_t i = 0; i < logs->count && total < MOST_OF_ALL; i++) {
		struct entry *entry = &logs->entries[(first + i) % logs->count];
		struct source_of_line source = {logs, entry};
		const struct follow_sink sink = {on_line, &source};
		total += follow_read(entry->follow, &logs->rules, now, MOST_OF_ONE, &sink);
		logs->next = (first + i + 1) % logs->count;
	}
}

void
access_logs_take(struct access_logs *logs, int64_t now, visiting_give *give, void *context)
{
	visiting_take(logs->visiting, now, give, context);
}

struct access_logs_state
access_logs_state(const struct access_logs *logs)
{
	struct access_logs_state state = {.named = logs->count};
	for (size_t i = 0; i < logs->count; i++)
		state.followed += follow_is_open(logs->entries[i].follow);
	return state;
}
