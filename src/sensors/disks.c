/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/disks.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/memory.h"

enum { SECTOR = 512, LONGEST_NAME = 64, FIELDS = 10, NS_PER_MS = 1000000 };

/* Of the kernel's numbers about a disk, in its order. */
enum field { READS = 0, READ_SECTORS = 2, WRITES = 4, WRITTEN_SECTORS = 6, BUSY_MS = 9 };

struct disk {
	bool counts; /* nothing that is counted too lies below it */
	bool known;
	uint64_t last[FIELDS];
};

struct disks {
	const char *proc;
	const char *sys;
	struct map *by_name;
};

struct disks *
disks_new(const char *proc, const char *sys)
{
	struct disks *disks = memory_new(1, sizeof(*disks));
	disks->proc = proc;
	disks->sys = sys;
	disks->by_name = map_new();
	return disks;
}

void
disks_free(struct disks *disks)
{
	size_t position = 0;
	if (!disks)
		return;
	for (struct disk *disk; (disk = map_next(disks->by_name, &position));)
		free(disk);
	map_free(disks->by_name);
	free(disks);
}

/* ---- which ones ---- */

static bool
is_empty_folder(const char *path)
{
	DIR *folder = opendir(path);
	bool empty = true;
	if (!folder)
		return true;
	for (struct dirent *entry; empty && (entry = readdir(folder));)
		empty = entry->d_name[0] == '.';
	closedir(folder);
	return empty;
}

static bool
is_hidden(const char *path)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	bool hidden = fgetc(file) == '1';
	fclose(file);
	return hidden;
}

/* Partitions have no folder of their own there; memory that looks like a disk is none. */
static bool
is_counted(const struct disks *disks, const char *name)
{
	static const char *const none[] = {"loop", "ram", "zram", "fd", "sr"};
	for (size_t i = 0; i < array_length(none); i++)
		if (text_starts_with(name, none[i]))
			return false;
	auto_str folder = {0}, slaves = {0}, hidden = {0};
	str_addf(&folder, "%s/block/%s", disks->sys, name);
	for (size_t i = folder.length - strlen(name); i < folder.length; i++)
		if (folder.data[i] == '/')
			folder.data[i] = '!';
	str_addf(&slaves, "%s/slaves", str_text(&folder));
	str_addf(&hidden, "%s/hidden", str_text(&folder));
	return !access(str_text(&folder), F_OK) && is_empty_folder(str_text(&slaves)) &&
	       !is_hidden(str_text(&hidden));
}

static struct disk *
disk_get(struct disks *disks, const char *name)
{
	struct disk *disk = map_find_text(disks->by_name, name);
	if (disk)
		return disk;
	disk = memory_new(1, sizeof(*disk));
	disk->counts = is_counted(disks, name);
	map_put_text(disks->by_name, name, disk);
	return disk;
}

/* ---- what they did ---- */

/* "   8       0 sda 1 2 3 ..."; false: it is no such line. */
static bool
read_line(const char *line, char name[LONGEST_NAME], uint64_t fields[FIELDS])
{
	int begin = 0;
	if (sscanf(line, "%*u %*u %63s%n", name, &begin) != 1 || !begin)
		return false;
	char *at = (char *)(uintptr_t)line + begin;
	for (size_t i = 0; i < FIELDS; i++) {
		char *end;
		fields[i] = strtoull(at, &end, 10);
		if (end == at)
			return false;
		at = end;
	}
	return true;
}

/* A disk that was taken out and put in again counts from zero. */
static uint64_t
gained(const struct disk *disk, const uint64_t now[FIELDS], enum field field)
{
	return now[field] > disk->last[field] ? now[field] - disk->last[field] : 0;
}

/* The kernel's milliseconds are 32 bits wide. */
static uint64_t
busy_of(const struct disk *disk, const uint64_t now[FIELDS], uint64_t most_ns)
{
	uint64_t busy_ns = (uint64_t)(uint32_t)(now[BUSY_MS] - disk->last[BUSY_MS]) * NS_PER_MS;
	return busy_ns < most_ns ? busy_ns : most_ns;
}

struct looking {
	uint64_t interval_ns;
	size_t counted;
	unsigned __int128 weighted; /* busy ns x bytes */
	struct disks_use use;
};

static void
look_at(struct disk *disk, const uint64_t now[FIELDS], struct looking *looking)
{
	if (!disk->counts)
		return;
	looking->counted++;
	if (disk->known) {
		uint64_t read = gained(disk, now, READ_SECTORS) * SECTOR;
		uint64_t written = gained(disk, now, WRITTEN_SECTORS) * SECTOR;
		looking->use.read_bytes += read;
		looking->use.written_bytes += written;
		looking->use.operations += gained(disk, now, READS) + gained(disk, now, WRITES);
		looking->weighted +=
		    (unsigned __int128)busy_of(disk, now, looking->interval_ns) *
		    (read + written);
	}
	disk->known = true;
	memcpy(disk->last, now, sizeof(disk->last));
}

int
disks_look(struct disks *disks, uint64_t interval_ns, struct disks_use *ret_use)
{
	struct looking looking = {.interval_ns = interval_ns};
	auto_str path = {0};
	str_addf(&path, "%s/diskstats", disks->proc);
	FILE *file = fopen(str_text(&path), "re");
	if (!file)
		return -errno;
	char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, file) > 0) {
		char name[LONGEST_NAME];
		uint64_t now[FIELDS];
		if (read_line(line, name, now))
			look_at(disk_get(disks, name), now, &looking);
	}
	free(line);
	fclose(file);
	if (!looking.counted)
		return -ENODEV;
	uint64_t bytes = looking.use.read_bytes + looking.use.written_bytes;
	looking.use.busy_ns = bytes ? (uint64_t)(looking.weighted / bytes) : 0;
	*ret_use = looking.use;
	return 0;
}

/* ---- who is none ---- */

bool
disks_have_strangers(const struct disks *disks, struct str *ret_where)
{
	static const char *const kinds[] = {
	    "nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "afs", "lustre", "ocfs2", "gfs2"};
	auto_str path = {0};
	str_addf(&path, "%s/self/mounts", disks->proc);
	FILE *file = fopen(str_text(&path), "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	while (file && !found && getline(&line, &size, file) > 0) {
		char *rest = line;
		strsep(&rest, " ");
		const char *place = strsep(&rest, " ");
		const char *kind = strsep(&rest, " ");
		for (size_t i = 0; kind && i < array_length(kinds); i++)
			found = found || text_equal(kind, kinds[i]);
		if (found)
			str_addf(ret_where, "%s (%s)", place, kind);
	}
	free(line);
	if (file)
		fclose(file);
	return found;
}
