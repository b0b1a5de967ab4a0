/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/memory.h"

enum { PRESSURES = 3, READ_SIZE = 4096, ALL = 10000, SHORT_OF_MEMORY = 2000 };

/* Stall time of one resource: the "some" line, whose total grows in microseconds. */
struct stall {
	int fd;
	uint64_t total_us;
};

static const struct {
	const char *path;
	enum measure measure;
} stalls[PRESSURES] = {
    {"/proc/pressure/cpu", MEASURE_HOST_CPU_PRESSURE},
    {"/proc/pressure/memory", MEASURE_HOST_MEMORY_PRESSURE},
    {"/proc/pressure/io", MEASURE_HOST_IO_PRESSURE},
};

struct sensor_pressure {
	struct stall stalls[PRESSURES];
	int64_t last; /* when the totals were read; 0: not yet */
	int meminfo;
	int stat;
	uint64_t busy_ticks; /* of all processors, when last read */
	uint64_t all_ticks;
	int *folders;
	size_t folder_count;
	size_t folders_wanted;
};

/* The file from its beginning, NUL-terminated; false if it cannot be read. */
static bool
read_again(int fd, char text[READ_SIZE])
{
	ssize_t got = fd < 0 ? -1 : pread(fd, text, READ_SIZE - 1, 0);
	if (got < 0)
		return false;
	text[got] = '\0';
	return true;
}

/* The number behind the word; false if the word is not there. */
static bool
number_behind(const char *text, const char *word, uint64_t *ret_number)
{
	const char *found = strstr(text, word);
	if (!found)
		return false;
	*ret_number = strtoull(found + strlen(word), NULL, 10);
	return true;
}

static bool
read_stall(int fd, uint64_t *ret_total_us)
{
	char text[READ_SIZE];
	return read_again(fd, text) && number_behind(text, "total=", ret_total_us);
}

/* Opens and reads once: where stall information is compiled in but off, only reading fails. */
static int
open_stall(const char *path)
{
	uint64_t total_us;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read_stall(fd, &total_us))
		return fd;
	close(fd);
	return -1;
}

int
sensor_pressure_open(
    const char *const *folders, size_t count, struct sensor_pressure **ret_pressure)
{
	struct sensor_pressure *pressure = memory_new(1, sizeof(*pressure));
	for (size_t i = 0; i < PRESSURES; i++)
		pressure->stalls[i].fd = open_stall(stalls[i].path);
	pressure->meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	pressure->stat = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	pressure->folders = memory_new(count + 1, sizeof(*pressure->folders));
	pressure->folders_wanted = count;
	for (size_t i = 0; i < count; i++) {
		int fd = open(folders[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			pressure->folders[pressure->folder_count++] = fd;
	}
	for (enum measure measure = 0; measure < MEASURE_COUNT; measure++) {
		if (sensor_pressure_feeds(pressure, measure)) {
			*ret_pressure = pressure;
			return 0;
		}
	}
	sensor_pressure_free(pressure);
	return -ENOENT;
}

void
sensor_pressure_free(struct sensor_pressure *pressure)
{
	if (!pressure)
		return;
	for (size_t i = 0; i < PRESSURES; i++)
		cleanup_fd(&pressure->stalls[i].fd);
	cleanup_fd(&pressure->meminfo);
	cleanup_fd(&pressure->stat);
	for (size_t i = 0; i < pressure->folder_count; i++)
		cleanup_fd(&pressure->folders[i]);
	free(pressure->folders);
	free(pressure);
}

static void
put(struct observation *observations, size_t *count, enum measure measure, int64_t now,
    int64_t value)
{
	observations[(*count)++] = (struct observation){
	    .measure = measure,
	    .subject = {.kind = KIND_HOST},
	    .at = now,
	    .value = value,
	    .label = "",
	};
}

/* Hundredths of a percent, at most all. */
static int64_t
part_of(uint64_t part, uint64_t whole)
{
	if (!whole || part >= whole)
		return part ? ALL : 0;
	return (int64_t)((unsigned __int128)part * ALL / whole);
}

/* Memory available to new work, of all; ALL if it cannot be told. */
static int64_t
memory_free(const struct sensor_pressure *pressure)
{
	char text[READ_SIZE];
	uint64_t total, available;
	if (!read_again(pressure->meminfo, text) || !number_behind(text, "MemTotal:", &total) ||
	    !number_behind(text, "MemAvailable:", &available))
		return ALL;
	return part_of(available, total);
}

/* The part of the time since the last call in which the processors were busy. */
static int64_t
processors_busy(struct sensor_pressure *pressure)
{
	enum { USER, NICE, SYSTEM, IDLE, WAITING, INTERRUPT, SOFT_INTERRUPT, STOLEN, COLUMNS };
	char text[READ_SIZE];
	if (!read_again(pressure->stat, text) || strncmp(text, "cpu ", 4) != 0)
		return ALL;
	uint64_t all = 0, idle = 0;
	char *at = text + 4;
	for (int column = USER; column < COLUMNS; column++) {
		uint64_t ticks = strtoull(at, &at, 10);
		all += ticks;
		idle += column == IDLE || column == WAITING ? ticks : 0;
	}
	uint64_t busy = all - idle;
	bool forward = all > pressure->all_ticks && busy >= pressure->busy_ticks;
	int64_t part =
	    forward ? part_of(busy - pressure->busy_ticks, all - pressure->all_ticks) : ALL;
	pressure->all_ticks = all;
	pressure->busy_ticks = busy;
	return part;
}

/*
 * A limit makes who runs into it wait although the host has plenty, and the
 * kernel counts that waiting too: a throttled loop alone makes the pressure
 * 100 %. It is the host's distress only as far as the host itself is short, in
 * time for processors; of memory it is when less than a fifth is available.
 */
static int64_t
shortage(struct sensor_pressure *pressure, enum measure measure)
{
	if (measure == MEASURE_HOST_CPU_PRESSURE)
		return processors_busy(pressure);
	bool plenty = memory_free(pressure) >= SHORT_OF_MEMORY && pressure->meminfo >= 0;
	return measure == MEASURE_HOST_MEMORY_PRESSURE && plenty ? 0 : ALL;
}

static void
observe_stalls(struct sensor_pressure *pressure, int64_t now, struct observation *observations,
    size_t *count)
{
	int64_t interval = now - pressure->last;
	for (size_t i = 0; i < PRESSURES; i++) {
		struct stall *stall = &pressure->stalls[i];
		uint64_t total_us;
		if (!read_stall(stall->fd, &total_us))
			continue;
		/* The kernel has been seen to step totals back by a little. */
		uint64_t stalled = total_us > stall->total_us ? total_us - stall->total_us : 0;
		stall->total_us = total_us;
		int64_t part = part_of(stalled, (uint64_t)(interval > 0 ? interval : 0) * 1000);
		int64_t most = shortage(pressure, stalls[i].measure);
		if (pressure->last && interval > 0)
			put(observations, count, stalls[i].measure, now,
			    part < most ? part : most);
	}
	pressure->last = now;
}

static void
observe_memory(const struct sensor_pressure *pressure, int64_t now,
    struct observation *observations, size_t *count)
{
	if (pressure->meminfo >= 0)
		put(observations, count, MEASURE_HOST_MEMORY_FREE, now, memory_free(pressure));
}

/* Of the fullest filesystem: free to those who are not root, of what they could ever have. */
static void
observe_disks(const struct sensor_pressure *pressure, int64_t now,
    struct observation *observations, size_t *count)
{
	int64_t least = -1;
	for (size_t i = 0; i < pressure->folder_count; i++) {
		struct statvfs room;
		if (fstatvfs(pressure->folders[i], &room) || !room.f_blocks)
			continue;
		uint64_t used = room.f_blocks - room.f_bfree;
		int64_t part = part_of(room.f_bavail, used + room.f_bavail);
		if (least < 0 || part < least)
			least = part;
	}
	if (least >= 0)
		put(observations, count, MEASURE_HOST_DISK_FREE, now, least);
}

size_t
sensor_pressure_observe(struct sensor_pressure *pressure, int64_t now,
    struct observation observations[PRESSURE_MEASURES])
{
	size_t count = 0;
	observe_stalls(pressure, now, observations, &count);
	observe_memory(pressure, now, observations, &count);
	observe_disks(pressure, now, observations, &count);
	return count;
}

bool
sensor_pressure_feeds(const struct sensor_pressure *pressure, enum measure measure)
{
	for (size_t i = 0; i < PRESSURES; i++)
		if (stalls[i].measure == measure)
			return pressure->stalls[i].fd >= 0;
	return (measure == MEASURE_HOST_MEMORY_FREE && pressure->meminfo >= 0) ||
	       (measure == MEASURE_HOST_DISK_FREE && pressure->folder_count);
}

void
sensor_pressure_describe(const struct sensor_pressure *pressure, struct str *out)
{
	str_add(out, "pressure: ");
	size_t missing = 0;
	for (size_t i = 0; i < PRESSURES; i++)
		missing += pressure->stalls[i].fd < 0;
	if (missing == PRESSURES)
		str_add(out, "this kernel tells no stall times (boot with psi=1)");
	else
		str_addf(out, "stall times of %zu resources", PRESSURES - missing);
	str_addf(out, ", free memory%s, free disk of %zu filesystems",
	    pressure->meminfo < 0 ? " unknown" : "", pressure->folder_count);
	if (pressure->folder_count < pressure->folders_wanted)
		str_addf(out, " (%zu folders cannot be opened)",
		    pressure->folders_wanted - pressure->folder_count);
	str_add(out, "\n");
}
