/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says who started what used processor time, for tests.
 *
 * usage: starters_tool kernel|proc SETTING
 *
 * Each line of standard input makes it look; it answers with all that it saw so
 * far, `UID STARTER NANOSECONDS PATH` for each script and starter, `UID web
 * NANOSECONDS` for each uid, and a line `.`. It begins with a line `ready`.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "sensors/host.h"
#include "sensors/proc.h"

enum { MOST_LINES = 4096 };

struct line {
	uint32_t uid;
	uint64_t script;
	char *path;
	uint64_t cpu_ns[STARTER_COUNT];
	uint64_t web_cpu_ns;
};

struct tool {
	struct sensor_process *kernel;
	struct sensor_proc *proc;
	struct line lines[MOST_LINES];
	size_t count;
};

static struct line *
line_get(struct tool *tool, uint32_t uid, uint64_t script)
{
	for (size_t i = 0; i < tool->count; i++)
		if (tool->lines[i].uid == uid && tool->lines[i].script == script)
			return &tool->lines[i];
	if (tool->count == MOST_LINES)
		fatal("more than %d scripts seen", MOST_LINES);
	tool->lines[tool->count] = (struct line){.uid = uid, .script = script};
	return &tool->lines[tool->count++];
}

static void
hear_name(void *context, const struct script_name *name)
{
	struct line *line = line_get(context, name->uid, name->script);
	free(line->path);
	line->path = memory_copy_text(name->path);
}

static void
begin(struct tool *tool, const char *kind, const struct sensor_settings *settings)
{
	auto_str why = {0};
	struct loaded loaded;
	int status;
	if (!strcmp(kind, "kernel")) {
		if (sensor_load(settings, &why, &loaded)) {
			printf("cannot: %s\n", str_text(&why));
			exit(0);
		}
		status = sensor_process_open(loaded.fds, loaded.count, settings, &tool->kernel);
		if (!status)
			sensor_process_on_name(tool->kernel, hear_name, tool);
	} else {
		status = sensor_proc_open(
		    open("/proc", O_RDONLY | O_CLOEXEC), settings, &tool->proc);
		if (!status)
			sensor_proc_on_name(tool->proc, hear_name, tool);
	}
	if (status)
		fatal("cannot open the sensor: %s", strerror(-status));
}

static void
look(struct tool *tool)
{
	auto_arena struct arena *arena = arena_new();
	struct frame frame;
	int status = tool->kernel
			 ? sensor_process_frame(tool->kernel, clock_boot(), arena, &frame)
			 : sensor_proc_frame(tool->proc, clock_boot(), arena, &frame);
	if (status)
		fatal("no frame: %s", strerror(-status));
	for (uint32_t i = 0; i < frame.row_count; i++) {
		const struct frame_row *row = &frame.rows[i];
		struct line *line = line_get(tool, row->uid, row->script);
		line->cpu_ns[row->starter] += row->cpu_ns;
		line->web_cpu_ns += row->web_cpu_ns;
	}
}

static void
say_line(const struct line *line)
{
	if (!line->script)
		printf("%u web %llu\n", line->uid, (unsigned long long)line->web_cpu_ns);
	for (enum starter starter = 0; starter < STARTER_COUNT && line->path; starter++)
		if (line->cpu_ns[starter])
			printf("%u %s %llu %s\n", line->uid,
			    starter ? starter_name(starter) : "unknown",
			    (unsigned long long)line->cpu_ns[starter], line->path);
}

int
main(int count, char **arguments)
{
	static struct tool tool;
	char line[64];
	if (count != 3)
		return 2;
	const struct sensor_settings settings = {
	    .script_slots = 1024, .starters = arguments[2]};
	begin(&tool, arguments[1], &settings);
	look(&tool);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		look(&tool);
		for (size_t i = 0; i < tool.count; i++)
			say_line(&tool.lines[i]);
		puts(".");
		fflush(stdout);
	}
	return 0;
}
