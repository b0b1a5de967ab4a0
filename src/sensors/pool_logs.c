/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/pool_logs.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "sensors/names.h"
#include "sensors/pool_line.h"
#include "sensors/rows.h"

enum { MOST_KNOWN = 16384, LONGEST_SCRIPT = 1024 };

/* A script that a pool ran. */
struct known {
	uint64_t script;
	uint32_t uid;
	bool ran; /* since the last take */
	char *path;
};

struct pool_logs {
	struct log_set *set;
	struct rows *rows; /* since the last take */
	struct map *known; /* script -> struct known */
	size_t known_count;
};

struct pool_logs *
pool_logs_new(uint32_t log_group)
{
	struct pool_logs *logs = memory_new(1, sizeof(*logs));
	logs->set = log_set_new(log_group);
	logs->rows = rows_new();
	logs->known = map_new();
	return logs;
}

static void
forget_known(struct pool_logs *logs)
{
	size_t position = 0;
	for (struct known *known; (known = map_next(logs->known, &position));) {
		free(known->path);
		free(known);
	}
	map_free(logs->known);
	logs->known = map_new();
	logs->known_count = 0;
}

void
pool_logs_free(struct pool_logs *logs)
{
	if (!logs)
		return;
	forget_known(logs);
	map_free(logs->known);
	rows_free(logs->rows);
	log_set_free(logs->set);
	free(logs);
}

void
pool_logs_set(struct pool_logs *logs, const char *setting, const struct accounts *accounts,
    uint32_t floor)
{
	log_set_name(logs->set, setting, accounts, floor);
}

/* The script's key; OTHER_SCRIPTS of one whose name is nothing to show. */
static uint64_t
script_of(struct pool_logs *logs, uint32_t uid, const struct pool_line *line)
{
	auto_str path = {0};
	if (line->script_length > LONGEST_SCRIPT)
		return OTHER_SCRIPTS;
	names_add_path(&path, line->script, line->script_length);
	uint64_t script = names_key(uid, str_text(&path));
	struct known *known = map_find_u64(logs->known, script);
	if (known) {
		known->ran = true;
		return script;
	}
	if (logs->known_count == MOST_KNOWN)
		forget_known(logs);
	known = memory_new(1, sizeof(*known));
	*known = (struct known){script, uid, true, str_take(&path)};
	map_put_u64(logs->known, script, known);
	logs->known_count++;
	return script;
}

static void
on_line(void *context, struct log_source *source, const char *text, size_t length)
{
	struct pool_logs *logs = context;
	struct pool_line line;
	bool understood = source->account && source->account->uid_count &&
			  !memchr(text, '\0', length) && !pool_line_parse(text, length, &line);
	log_set_note(source, understood, POOL_LINE_FORMAT);
	if (!understood)
		return;
	uint32_t uid = source->account->uids[0].first;
	uint64_t script = script_of(logs, uid, &line);
	rows_add_cpu(logs->rows, uid, script, STARTER_WEB, line.cpu_ns);
	rows_add_ended(logs->rows, uid, script, run_step(line.cpu_ns), 1);
	struct frame_row *row = rows_get(logs->rows, uid, script);
	row->runs++;
	if (line.memory > row->run_memory)
		row->run_memory = line.memory;
}

void
pool_logs_read(struct pool_logs *logs, int64_t now)
{
	log_set_read(logs->set, now, on_line, logs);
}

void
pool_logs_take(struct pool_logs *logs, struct arena *arena, struct frame *ret_frame)
{
	*ret_frame = (struct frame){0};
	rows_give(logs->rows, arena, ret_frame);
	rows_free(logs->rows);
	logs->rows = rows_new();
}

void
pool_logs_names(struct pool_logs *logs, pool_logs_give *give, void *context)
{
	size_t position = 0;
	for (struct known *known; (known = map_next(logs->known, &position));) {
		const struct script_name name = {.script = known->script,
		    .uid = known->uid,
		    .path = known->path,
		    .interpreter = "php"};
		if (known->ran)
			give(context, &name);
		known->ran = false;
	}
}

struct log_set_state
pool_logs_state(const struct pool_logs *logs)
{
	return log_set_state(logs->set);
}
