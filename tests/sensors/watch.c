/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "sensors/counters.h"
#include "sensors/process.h"

enum { MOST_SEEN = 8192, SKIPPED = 77 };

struct line {
	uint32_t uid;
	uint64_t script;
	char *path;
	struct seen seen;
};

struct watch {
	struct loaded loaded;
	struct sensor_settings settings;
	struct sensor_process *sensor;
	struct line *lines;
	size_t count;
};

static struct line *
line_get(struct watch *watch, uint32_t uid, uint64_t script)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->lines[i].uid == uid && watch->lines[i].script == script)
			return &watch->lines[i];
	if (watch->count == MOST_SEEN)
		fatal("more than %d scripts seen", MOST_SEEN);
	struct line *line = &watch->lines[watch->count++];
	*line = (struct line){.uid = uid, .script = script, .seen = {.script = script}};
	return line;
}

static void
hear_name(void *context, const struct script_name *name)
{
	struct line *line = line_get(context, name->uid, name->script);
	free(line->path);
	line->path = memory_copy_text(name->path);
}

static void
open_sensor(struct watch *watch)
{
	int status = sensor_process_open(
	    watch->loaded.fds, watch->loaded.count, &watch->settings, &watch->sensor);
	if (status)
		fatal("cannot open the sensor: %s", strerror(-status));
	sensor_process_on_name(watch->sensor, hear_name, watch);
}

struct watch *
watch_begin(uint32_t script_slots)
{
	return watch_begin_in(script_slots, 0);
}

struct watch *
watch_begin_in(uint32_t script_slots, uint64_t pid_namespace)
{
	const struct sensor_settings settings = {
	    .script_slots = script_slots,
	    .pid_namespace = pid_namespace,
	};
	return watch_begin_with(&settings);
}

struct watch *
watch_begin_with(const struct sensor_settings *settings)
{
	struct watch *watch = memory_new(1, sizeof(*watch));
	auto_str why = {0};
	watch->settings = *settings;
	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root\n");
		exit(SKIPPED);
	}
	if (sensor_load(&watch->settings, &why, &watch->loaded)) {
		printf("1..0 # SKIP %s\n", str_text(&why));
		exit(SKIPPED);
	}
	watch->lines = memory_new(MOST_SEEN, sizeof(*watch->lines));
	open_sensor(watch);
	return watch;
}

void
watch_restart(struct watch *watch)
{
	sensor_process_free(watch->sensor);
	open_sensor(watch);
}

static void
look_as_nobody(const struct watch *watch)
{
	auto_arena struct arena *arena = arena_new();
	struct sensor_process *sensor;
	struct frame frame;
	become(65534, "/");
	if (sensor_process_open(
		watch->loaded.fds, watch->loaded.count, &watch->settings, &sensor))
		_exit(2);
	if (sensor_process_frame(sensor, clock_boot(), arena, &frame))
		_exit(3);
	_exit(frame.row_count > 1 ? 0 : 4);
}

bool
watch_without_power(const struct watch *watch)
{
	pid_t pid = fork();
	if (!pid)
		look_as_nobody(watch);
	return person_wait(pid) == 0;
}

void
watch_end(struct watch *watch)
{
	sensor_process_free(watch->sensor);
	loaded_done(&watch->loaded);
	for (size_t i = 0; i < watch->count; i++)
		free(watch->lines[i].path);
	free(watch->lines);
	free(watch);
}

static void
add_row(struct watch *watch, const struct frame_row *row)
{
	struct seen *seen = &line_get(watch, row->uid, row->script)->seen;
	seen->cpu_ns += row->cpu_ns;
	seen->inclusive_ns += row->inclusive_cpu_ns;
	seen->runs += row->runs;
	if (row->memory > seen->most_memory)
		seen->most_memory = row->memory;
	if (row->processes > seen->most_processes)
		seen->most_processes = row->processes;
	if (row->pid)
		seen->pid = (pid_t)row->pid;
}

void
watch_look(struct watch *watch)
{
	watch_look_later(watch, 0);
}

void
watch_look_later(struct watch *watch, int64_t later)
{
	auto_arena struct arena *arena = arena_new();
	struct frame frame;
	int status = sensor_process_frame(watch->sensor, clock_boot() + later, arena, &frame);
	if (status)
		fatal("no frame: %s", strerror(-status));
	for (uint32_t i = 0; i < frame.row_count; i++)
		add_row(watch, &frame.rows[i]);
}

struct seen
watch_uid(const struct watch *watch, uint32_t uid)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->lines[i].uid == uid && !watch->lines[i].script)
			return watch->lines[i].seen;
	return (struct seen){0};
}

struct seen
watch_others(const struct watch *watch, uint32_t uid)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->lines[i].uid == uid && watch->lines[i].script == OTHER_SCRIPTS)
			return watch->lines[i].seen;
	return (struct seen){0};
}

struct seen
watch_script(const struct watch *watch, uint32_t uid, const char *ending)
{
	struct seen sum = {0};
	for (size_t i = 0; i < watch->count; i++) {
		const struct line *line = &watch->lines[i];
		if (line->uid != uid || !line->path || !text_ends_with(line->path, ending))
			continue;
		struct seen before = sum;
		sum = line->seen;
		sum.cpu_ns += before.cpu_ns;
		sum.inclusive_ns += before.inclusive_ns;
		sum.runs += before.runs;
	}
	return sum;
}

unsigned
watch_script_count(const struct watch *watch, uint32_t uid)
{
	unsigned count = 0;
	for (size_t i = 0; i < watch->count; i++)
		if (watch->lines[i].uid == uid && watch->lines[i].script > OTHER_SCRIPTS &&
		    watch->lines[i].seen.runs)
			count++;
	return count;
}

bool
within(uint64_t one, uint64_t other, unsigned per_mille)
{
	uint64_t difference = one > other ? one - other : other - one;
	return difference * 1000 <= other * per_mille;
}

void
watch_settle(struct watch *watch, uint32_t uid, uint64_t cpu_ns, unsigned per_mille)
{
	uint64_t last = 0;
	int64_t grown = clock_boot();
	for (;;) {
		usleep(50000);
		watch_look(watch);
		uint64_t now = watch_uid(watch, uid).cpu_ns;
		if (within(now, cpu_ns, per_mille) || clock_boot() - grown > 2000)
			return;
		if (now != last)
			grown = clock_boot();
		last = now;
	}
}

uint64_t
watch_unseen(const struct watch *watch)
{
	auto_str text = {0};
	unsigned long long count = 0;
	sensor_process_describe(watch->sensor, &text);
	const char *words = strstr(str_text(&text), "the ends of ");
	if (words && sscanf(words, "the ends of %llu", &count) != 1)
		count = 0;
	return count;
}

bool
watch_says(const struct watch *watch, const char *words)
{
	auto_str text = {0};
	sensor_process_describe(watch->sensor, &text);
	return strstr(str_text(&text), words) != NULL;
}

uint64_t
watch_learned(const struct watch *watch, uint32_t interpreter)
{
	struct interpreter_runs runs;
	uint64_t sum = 0;
	int map = named_fd_find(watch->loaded.fds, watch->loaded.count, "process.interpreted");
	if (bpf_map_lookup_elem(map, &interpreter, &runs))
		fatal("no such interpreter: %s", strerror(errno));
	for (uint32_t step = 0; step < RUN_STEPS; step++)
		sum += runs.ended[step];
	return sum;
}

uint32_t
watch_unserved(const struct watch *watch)
{
	return sensor_process_unserved(watch->sensor);
}

void
watch_describe(const struct watch *watch)
{
	auto_str text = {0};
	sensor_process_describe(watch->sensor, &text);
	printf("# %s", str_text(&text));
	fflush(stdout);
}

struct meter
meter_at(const char *path)
{
	struct meter meter = {.second = access("/sys/fs/cgroup/cpuacct", F_OK) != 0};
	snprintf(meter.path, sizeof(meter.path), "%s", path);
	return meter;
}

struct meter
meter_begin(const char *name)
{
	struct meter meter = meter_at("");
	const char *base = meter.second ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpuacct";
	snprintf(meter.path, sizeof(meter.path), "%s/hayward-%s-%d", base, name, (int)getpid());
	if (mkdir(meter.path, 0755) && errno != EEXIST) {
		printf("1..0 # SKIP no cgroup to measure with: %s: %s\n", meter.path,
		    strerror(errno));
		exit(SKIPPED);
	}
	return meter;
}

/* Processes that were killed may be in it for an instant yet. */
void
meter_end(const struct meter *meter)
{
	int64_t deadline = clock_boot() + 5000;
	while (rmdir(meter->path) && errno == EBUSY && clock_boot() < deadline)
		usleep(10000);
}

static uint64_t
read_number(const char *folder, const char *file, const char *word)
{
	char path[192];
	auto_str text = {0};
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (file_read(AT_FDCWD, path, 65536, &text))
		fatal("cannot read '%s'", path);
	const char *found = strstr(str_text(&text), word);
	return found ? strtoull(found + strlen(word), NULL, 10) : 0;
}

uint64_t
meter_read(const struct meter *meter)
{
	return meter->second ? read_number(meter->path, "cpu.stat", "usage_usec ") * 1000
			     : read_number(meter->path, "cpuacct.usage", "");
}

void
meter_join(const struct meter *meter)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/cgroup.procs", meter->path);
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		fatal("cannot join '%s'", path);
}

char *
folder_new(uid_t owner)
{
	char path[] = "/tmp/hayward-sensors-XXXXXX";
	if (!mkdtemp(path) || chmod(path, 0755) || chown(path, owner, owner))
		fatal("cannot make a folder: %s", strerror(errno));
	return memory_copy_text(path);
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void
folder_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
file_write(const char *folder, const char *name, uid_t owner, const char *text)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (fd < 0 || file_write_all(fd, text, strlen(text)) || fchown(fd, owner, owner) ||
	    fchmod(fd, 0755))
		fatal("cannot write '%s': %s", path, strerror(errno));
}

void
become(uid_t uid, const char *folder)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ||
	    chdir(folder))
		_exit(126);
}

pid_t
person_start(
    const struct meter *meter, uid_t uid, const char *folder, const char *const *command)
{
	pid_t pid = fork();
	if (pid < 0)
		fatal("cannot fork: %s", strerror(errno));
	if (pid)
		return pid;
	if (meter)
		meter_join(meter);
	become(uid, folder);
	execvp(command[0], (char *const *)(uintptr_t)command);
	_exit(127);
}

int
person_wait(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool
person_ended(pid_t pid)
{
	int status;
	return waitpid(pid, &status, WNOHANG) != 0;
}
