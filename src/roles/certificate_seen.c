/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line for each name: "NAME WHEN FACTS", WHEN being when it was looked at, wall
 * ms, and FACTS of the four files that decide. Whoever changes a file changes its
 * ctime; one that changed just now could change once more within the same tick of
 * the clock, so it is not noted yet.
 */
#include "roles/certificate_seen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/str.h"

enum { LARGEST_FILE = 64 << 20, JUST_NOW_S = 2 };

static const int64_t believed = INT64_C(24) * 60 * 60 * 1000;

struct certificate_seen {
	const char *file;
	const char *folder;
	int64_t now;
	struct str before;   /* the file; NULs between its words */
	struct map *by_name; /* to what stands behind the name in it */
	struct str name;     /* what was asked for last */
	struct str facts;
	bool is_settled; /* none of its files changed just now */
	struct str after;
	bool differs;
};

static void
read_line(struct certificate_seen *seen, char *line)
{
	char *rest = strchr(line, ' ');
	if (!rest)
		return;
	*rest++ = '\0';
	map_put_text(seen->by_name, line, rest);
}

struct certificate_seen *
certificate_seen_new(const char *file, const char *folder, int64_t now)
{
	struct certificate_seen *seen = memory_new(1, sizeof(*seen));
	seen->file = file;
	seen->folder = folder;
	seen->now = now;
	seen->by_name = map_new();
	if (file_read(AT_FDCWD, file, LARGEST_FILE, &seen->before))
		str_clear(&seen->before);
	char *rest = seen->before.data, *line;
	while (rest && (line = strsep(&rest, "\n")))
		read_line(seen, line);
	return seen;
}

void
certificate_seen_free(struct certificate_seen *seen)
{
	if (!seen)
		return;
	map_free(seen->by_name);
	str_done(&seen->before);
	str_done(&seen->name);
	str_done(&seen->facts);
	str_done(&seen->after);
	free(seen);
}

static void
add_facts(struct certificate_seen *seen, const char *within, const char *ending)
{
	auto_str path = {0};
	struct stat facts;
	str_addf(&path, "%s/%s%s%s", seen->folder, within, str_text(&seen->name), ending);
	if (stat(str_text(&path), &facts)) {
		str_addf(&seen->facts, " %d", -errno);
		return;
	}
	str_addf(&seen->facts, " %llu.%lld.%ld.%lld", (unsigned long long)facts.st_ino,
	    (long long)facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec, (long long)facts.st_size);
	if (facts.st_ctim.tv_sec + JUST_NOW_S > seen->now / 1000)
		seen->is_settled = false;
}

static void
look(struct certificate_seen *seen, const char *name)
{
	str_clear(&seen->name);
	str_add(&seen->name, name);
	str_clear(&seen->facts);
	seen->is_settled = true;
	add_facts(seen, "", ".pem");
	add_facts(seen, "", ".key");
	add_facts(seen, "given/", ".pem");
	add_facts(seen, "given/", ".key");
}

bool
certificate_seen_has(struct certificate_seen *seen, const char *name)
{
	char *end;
	look(seen, name);
	const char *noted = map_find_text(seen->by_name, name);
	int64_t when = noted ? strtoll(noted, &end, 10) : 0;
	bool has = noted && when <= seen->now && when > seen->now - believed &&
		   text_equal(end, str_text(&seen->facts));
	if (has)
		str_addf(&seen->after, "%s %s\n", name, noted);
	else
		seen->differs = true;
	return has;
}

void
certificate_seen_note(struct certificate_seen *seen)
{
	if (seen->is_settled)
		str_addf(&seen->after, "%s %lld%s\n", str_text(&seen->name),
		    (long long)seen->now, str_text(&seen->facts));
}

int
certificate_seen_write(struct certificate_seen *seen)
{
	if (!seen->differs)
		return 0;
	return file_replace(
	    AT_FDCWD, seen->file, 0600, str_text(&seen->after), seen->after.length);
}
