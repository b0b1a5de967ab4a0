/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mail_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/str.h"
#include "gates/mime.h"

/*
 * A part that is found behind so many clean ones is told as the whole, and so is one that is
 * not found in a sixth of the time that the message itself may take.
 *
 * SECURITY: its author chooses how long each part takes, and a mail server that waits in vain
 * may let pass what has a virus (`milter_default_action = accept`).
 */
enum { MOST_PARTS_SCANNED = 64, SHARE_OF_PARTS = 6 };

struct part {
	size_t start; /* in the message */
	size_t length;
	uint32_t number;
	char *name;
};

struct mail_scan {
	struct clamd *clamd;
	struct mail_text *text;
	mail_scan_done *done;
	void *context;
	struct scan *scan; /* that is under way */
	char *virus;	   /* once the whole has one */
	int64_t until;	   /* boot ms: parts are looked at */
	struct part parts[MOST_PARTS_SCANNED];
	size_t part_count, part_at;
	char *message; /* mapped while its parts are looked for */
	size_t size;
	int part_file;
};

static void
unmap(struct mail_scan *scan)
{
	if (scan->message)
		munmap(scan->message, scan->size);
	scan->message = NULL;
}

void
mail_scan_forget(struct mail_scan *scan)
{
	if (!scan)
		return;
	clamd_forget(scan->scan);
	unmap(scan);
	for (size_t i = 0; i < scan->part_count; i++)
		free(scan->parts[i].name);
	cleanup_fd(&scan->part_file);
	free(scan->virus);
	free(scan);
}

static void
finish(struct mail_scan *scan, enum clamd_verdict verdict, const char *words, const char *part)
{
	scan->done(scan->context, verdict, words, part);
	mail_scan_forget(scan);
}

/* ---- the parts ---- */

static void
take_part(void *context, const struct mime_part *part)
{
	struct mail_scan *scan = context;
	if (!part->depth || scan->part_count == MOST_PARTS_SCANNED)
		return;
	scan->parts[scan->part_count++] = (struct part){
	    .start = (size_t)(part->start - scan->message),
	    .length = part->length,
	    .number = part->number,
	    .name = memory_copy_text(part->name),
	};
}

static void scan_next_part(struct mail_scan *scan);

static void
on_part(void *context, enum clamd_verdict verdict, const char *words)
{
	struct mail_scan *scan = context;
	const struct part *part = &scan->parts[scan->part_at];
	(void)words;
	scan->scan = NULL;
	if (verdict != CLAMD_FOUND) {
		scan->part_at++;
		scan_next_part(scan);
		return;
	}
	auto_str name = {0};
	str_addf(&name, "part %u", part->number);
	if (*part->name)
		str_addf(&name, " (%s)", part->name);
	finish(scan, CLAMD_FOUND, scan->virus, str_text(&name));
}

/* The part by itself, as a mail of its own. -1: it cannot be kept. */
static int
part_file(const struct mail_scan *scan, const struct part *part)
{
	auto_fd int fd = memfd_create("part", MFD_CLOEXEC);
	if (fd < 0 || file_write_all(fd, MAIL_TEXT_BEGIN, strlen(MAIL_TEXT_BEGIN)) ||
	    file_write_all(fd, scan->message + part->start, part->length))
		return -1;
	return take_fd(fd);
}

/* Whatever goes wrong with a part, the whole has a virus. */
static void
scan_next_part(struct mail_scan *scan)
{
	int64_t left = scan->until - clock_boot();
	cleanup_fd(&scan->part_file);
	scan->part_file = left > 0 && scan->part_at < scan->part_count
			      ? part_file(scan, &scan->parts[scan->part_at])
			      : -1;
	if (scan->part_file < 0)
		return finish(scan, CLAMD_FOUND, scan->virus, "");
	scan->scan = clamd_scan(scan->clamd, scan->part_file, left, on_part, scan);
}

static void
find_part(struct mail_scan *scan)
{
	int fd = mail_text_file(scan->text);
	scan->size = (size_t)mail_text_size(scan->text);
	void *mapped = fd < 0 || !scan->size
			   ? MAP_FAILED
			   : mmap(NULL, scan->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (mapped != MAP_FAILED) {
		const size_t begin = strlen(MAIL_TEXT_BEGIN);
		scan->message = mapped;
		if (scan->size > begin)
			(void)mime_walk(
			    scan->message + begin, scan->size - begin, take_part, scan);
	}
	scan_next_part(scan);
}

/* ---- the whole ---- */

static void
on_whole(void *context, enum clamd_verdict verdict, const char *words)
{
	struct mail_scan *scan = context;
	scan->scan = NULL;
	if (verdict != CLAMD_FOUND)
		return finish(scan, verdict, words, "");
	scan->virus = memory_copy_text(words);
	scan->until = clock_boot() + clamd_patience(scan->clamd) / SHARE_OF_PARTS;
	find_part(scan);
}

struct mail_scan *
mail_scan_new(struct clamd *clamd, struct mail_text *text, mail_scan_done *done, void *context)
{
	int fd = mail_text_file(text);
	if (fd < 0)
		return NULL;
	struct mail_scan *scan = memory_new(1, sizeof(*scan));
	scan->clamd = clamd;
	scan->text = text;
	scan->done = done;
	scan->context = context;
	scan->part_file = -1;
	scan->scan = clamd_scan(clamd, fd, clamd_patience(clamd), on_whole, scan);
	return scan;
}
