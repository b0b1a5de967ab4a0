/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "sensors/argv.h"
#include "sensors/host.h"
#include "sensors/names.h"
#include "sensors/rows.h"
#include "sensors/starters.h"
#include "sensors/stat.h"
#include "sensors/status.h"

enum { MOST_FILE = 16384, MOST_ARGUMENTS = ARGV_WINDOW, GENERATIONS = 16 };

/* A process that was there at the last frame. */
struct known {
	uint32_t pid;
	uint64_t start_ticks;
	uint64_t cpu_ticks;
	uint64_t script;
	uint64_t round; /* when it was last seen */
	enum starter starter;
};

struct sensor_proc {
	int proc;
	int processors;
	uint64_t tick_ns;
	uint64_t round;
	int64_t last;	   /* ms, end of the last frame; 0: none yet */
	struct map *known; /* pid -> struct known */
	struct names *names;
	unsigned starter_count;
	struct starter_entry starters[MOST_STARTER_PROGRAMS];
};

int
sensor_proc_open(
    int proc, const struct sensor_settings *settings, struct sensor_proc **ret_sensor)
{
	/* /proc shows the PID namespace that it was mounted in, and that alone. */
	int copy = fcntl(proc, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return -errno;
	struct sensor_proc *sensor = memory_new(1, sizeof(*sensor));
	sensor->proc = copy;
	sensor->processors = host_processors_open();
	sensor->tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	sensor->known = map_new();
	sensor->names = names_new();
	sensor->starter_count =
	    starter_entries(settings->starters ? settings->starters : "", sensor->starters);
	*ret_sensor = sensor;
	return 0;
}

void
sensor_proc_free(struct sensor_proc *sensor)
{
	if (!sensor)
		return;
	size_t position = 0;
	for (struct known *known; (known = map_next(sensor->known, &position));)
		free(known);
	map_free(sensor->known);
	names_free(sensor->names);
	cleanup_fd(&sensor->proc);
	cleanup_fd(&sensor->processors);
	free(sensor);
}

void
sensor_proc_on_name(struct sensor_proc *sensor, sensor_name_callback *callback, void *context)
{
	names_on_new(sensor->names, callback, context);
}

void
sensor_proc_repeat_names(struct sensor_proc *sensor)
{
	names_repeat(sensor->names);
}

static int
read_file(const struct sensor_proc *sensor, uint32_t pid, const char *name, struct str *out)
{
	char path[48];
	snprintf(path, sizeof(path), "%u/%s", pid, name);
	str_clear(out);
	return file_read(sensor->proc, path, MOST_FILE, out);
}

/* What people read for the arguments: the script, or the program by the name it was called. */
static void
label_arguments(const struct str *arguments, struct str *label, const char **ret_interpreter)
{
	const char *program = str_text(arguments);
	const char *slash = strrchr(program, '/');
	const char *base = slash ? slash + 1 : program;
	struct argv_found found = argv_find(base, program, arguments->length);
	*ret_interpreter = found.kind == ARGV_IS_NOTHING ? "" : base;
	if (found.kind == ARGV_IS_SCRIPT)
		names_add_path(label, program + found.start, found.length);
	else if (found.kind == ARGV_IS_MODULE || (found.kind == ARGV_IS_CODE && found.letter))
		argv_say_code(base, found.letter, program + found.start, found.length, label);
	else
		str_add(label, program);
}

static uint64_t
name_process(struct sensor_proc *sensor, uint32_t pid, uint32_t uid)
{
	auto_str arguments = {0};
	auto_str label = {0};
	const char *interpreter;
	int status = read_file(sensor, pid, "cmdline", &arguments);
	if (arguments.length > MOST_ARGUMENTS)
		str_cut(&arguments, MOST_ARGUMENTS);
	if ((status && status != -EFBIG) || !arguments.length || !arguments.data[0])
		return 0;
	label_arguments(&arguments, &label, &interpreter);
	struct script_name name = {
	    .script = names_key(uid, str_text(&label)),
	    .uid = uid,
	    .path = str_text(&label),
	    .interpreter = interpreter,
	};
	names_put(sensor->names, &name);
	return name.script;
}

static struct known *
known_get(
    struct sensor_proc *sensor, uint32_t pid, const struct process_stat *stat, bool *ret_new)
{
	struct known *known = map_find_u64(sensor->known, pid);
	*ret_new = !known || known->start_ticks != stat->start_ticks;
	if (!known) {
		known = memory_new(1, sizeof(*known));
		map_put_u64(sensor->known, pid, known);
	}
	if (*ret_new)
		*known = (struct known){.pid = pid, .start_ticks = stat->start_ticks};
	return known;
}

/* Whoever lived before the first frame is charged from then on. */
static uint64_t
count_ticks(struct sensor_proc *sensor, struct known *known, uint64_t now_ticks, bool is_new)
{
	uint64_t before = is_new && !sensor->last ? now_ticks : known->cpu_ticks;
	known->cpu_ticks = now_ticks;
	return now_ticks > before ? (now_ticks - before) * sensor->tick_ns : 0;
}

static int
read_process(const struct sensor_proc *sensor, uint32_t pid, struct process_stat *ret_stat,
    struct process_status *ret_status)
{
	auto_str text = {0}, folder = {0};
	int status = read_file(sensor, pid, "stat", &text);
	if (!status)
		status = process_stat_parse(str_text(&text), ret_stat);
	str_addf(&folder, "%u", pid);
	return status ? status
		      : process_status_read(sensor->proc, str_text(&folder), ret_status);
}

/* Which program it is, only root may read; root's processes are believed by their names. */
static enum starter
starter_of_process(const struct sensor_proc *sensor, const struct process_stat *stat,
    const struct process_status *status)
{
	if (status->uid || stat->kernel_thread)
		return STARTER_UNKNOWN;
	return starter_of_program(sensor->starters, sensor->starter_count, stat->name);
}

/* By the nearest parent of whom it is known; kept for good, since parents go away. */
static enum starter
starter_of_parents(const struct sensor_proc *sensor, uint32_t pid)
{
	for (int i = 0; i < GENERATIONS && pid; i++) {
		const struct known *known = map_find_u64(sensor->known, pid);
		struct process_stat stat;
		struct process_status status;
		if (known && known->starter)
			return known->starter;
		if (read_process(sensor, pid, &stat, &status))
			break;
		enum starter starter = starter_of_process(sensor, &stat, &status);
		if (starter)
			return starter;
		pid = stat.parent;
	}
	return STARTER_SERVICE;
}

static void
add_sums(struct rows *rows, const struct process_use *use, enum starter starter, uint64_t runs)
{
	const uint64_t scripts[] = {0, use->script};
	for (size_t i = 0; i < (use->script ? 2 : 1); i++) {
		rows_add_cpu(rows, use->uid, scripts[i], starter, use->cpu_ns);
		struct frame_row *row = rows_get(rows, use->uid, scripts[i]);
		row->inclusive_cpu_ns += use->cpu_ns;
		row->runs += runs;
	}
	rows_add_process(rows, use);
}

static void
look_at_process(struct sensor_proc *sensor, uint32_t pid, struct rows *rows)
{
	struct process_stat stat;
	struct process_status status;
	bool is_new;
	/* Processes end between two reads; then there is nothing to tell. */
	if (read_process(sensor, pid, &stat, &status) || stat.kernel_thread)
		return;
	struct known *known = known_get(sensor, pid, &stat, &is_new);
	/* An exec changes the arguments but not the start, so they are read at every look. */
	known->script = name_process(sensor, pid, status.uid);
	known->round = sensor->round;
	enum starter starter = starter_of_process(sensor, &stat, &status);
	if (starter)
		known->starter = starter;
	else if (!known->starter)
		known->starter = starter_of_parents(sensor, stat.parent);
	const struct process_use use = {
	    .pid = pid,
	    .uid = status.uid,
	    .start = stat.start_ticks * sensor->tick_ns,
	    .script = known->script,
	    .cpu_ns = count_ticks(sensor, known, stat.cpu_ticks, is_new),
	    .memory = status.memory,
	};
	add_sums(rows, &use, known->starter, is_new && sensor->last);
}

static int
look_at_all(struct sensor_proc *sensor, struct rows *rows)
{
	int fd = openat(sensor->proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	DIR *folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return -ENOMEM;
	}
	for (struct dirent *entry; (entry = readdir(folder));)
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at_process(
			    sensor, (uint32_t)strtoul(entry->d_name, NULL, 10), rows);
	closedir(folder);
	return 0;
}

/*
 * Forgets those who are gone, and names that nobody bears: a process can give
 * itself a new title as often as it likes.
 */
static void
forget_the_dead(struct sensor_proc *sensor)
{
	struct map *borne = map_new();
	size_t position = 0;
	for (struct known *known; (known = map_next(sensor->known, &position));) {
		if (known->round == sensor->round) {
			if (known->script)
				map_put_u64(borne, known->script, known);
			continue;
		}
		map_remove_u64(sensor->known, known->pid);
		free(known);
	}
	names_keep(sensor->names, borne);
	map_free(borne);
}

int
sensor_proc_frame(
    struct sensor_proc *sensor, int64_t now, struct arena *arena, struct frame *ret_frame)
{
	struct rows *rows = rows_new();
	sensor->round++;
	int status = look_at_all(sensor, rows);
	if (!status) {
		int64_t interval = sensor->last ? now - sensor->last : 1;
		struct frame frame = {.at = now, .memory = host_memory()};
		frame.interval_ns = (interval > 0 ? interval : 1) * 1000000;
		frame.cpu_ns =
		    (uint64_t)frame.interval_ns * host_processors(sensor->processors);
		forget_the_dead(sensor);
		rows_give(rows, arena, &frame);
		sensor->last = now;
		*ret_frame = frame;
	}
	rows_free(rows);
	return status;
}

void
sensor_proc_describe(const struct sensor_proc *sensor, struct str *out)
{
	str_addf(out,
	    "looking at /proc at each frame, %zu processes; not seen: processes that end "
	    "between "
	    "two frames, who started what its parents had left before, what was used after the "
	    "last look, less than %llu ms, who owns a user "
	    "namespace, which folder a script lies in, shared memory held twice\n",
	    map_count(sensor->known), (unsigned long long)sensor->tick_ns / 1000000);
}
