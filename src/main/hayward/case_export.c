/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive is made in memory as the owner of hayward's files and written as
 * who called, so that neither can be used to reach what is the other's.
 *
 * The extract of the journal: one line for each record of the case, `BEFORE
 * HASH JSON`, where HASH is the SHA-256 of BEFORE and JSON. Records of others
 * are not in it, only the hashes that they led to (docs/decisions/0018).
 */
#include "main/hayward/case_export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "main/hayward/place.h"
#include "main/hayward/view.h"
#include "store/evidence.h"
#include "store/journal_reader.h"
#include "store/tar.h"

enum { MOST_TEMPLATE = 65536, LONGEST_FIELD = 32 };

static const char read_me[] =
    "What this is\n"
    "  Everything that hayward, which looks after the host, knows of one case.\n"
    "\n"
    "  case.json       the case as it stands at the moment of the export\n"
    "  chain.txt       its records, as they stand in the journal of the host\n"
    "  report.txt      the draft of a report; a person reads, completes and sends it\n"
    "  evidence/*.tar  what was taken when the case came to that step:\n"
    "      evidence.json   facts of processes and files\n"
    "      processes.txt   the processes as a tree\n"
    "      files/N         copies of files, byte by byte: MAY BE HARMFUL, run none\n"
    "      manifest.txt    their SHA-256, for sha256sum -c\n"
    "\n"
    "How to check it\n"
    "  Each line of chain.txt is BEFORE HASH JSON. HASH is the SHA-256 of the 64\n"
    "  digits BEFORE followed by JSON, so JSON cannot be changed later:\n"
    "\n"
    "    while read -r before hash json; do\n"
    "        is=$(printf %s%s \"$before\" \"$json\" | sha256sum | cut -d ' ' -f 1)\n"
    "        [ \"$is\" = \"$hash\" ] || echo \"does not hold: $json\"\n"
    "    done <chain.txt\n"
    "\n"
    "  BEFORE is the HASH of the record with the number (\"sequence\") before. Where\n"
    "  two lines have numbers that follow each other, the BEFORE of the second is\n"
    "  the HASH of the first. What lies between others is of other customers; the\n"
    "  whole journal, shown to a court, must contain every one of these hashes at\n"
    "  its number, and end in, or go on from, the last one that report.txt names.\n"
    "\n"
    "  Records of the kind \"outcome\" whose text ends in \"sha256 ...\" name the\n"
    "  archives of evidence: sha256sum evidence/*.tar must give the same.\n"
    "\n"
    "  Texts that customers chose are escaped (\\x1b, \\\\).\n";

/* An export while it is made. */
struct export
{
	const json_t *object; /* the case */
	const json_t *report; /* what the daemon says for a report */
	uint64_t number;
	bool whole;
	int64_t now;
	struct store_place place;
	struct str archive;
	struct str chain;
	struct str pending; /* with --whole: lines since the last of the case */
	uint64_t last_sequence;
	struct digest last_hash;
	size_t records, evidence;
};

static void
complain(const struct export *export, const char *what, const char *why)
{
	auto_str shown = {0};
	view_text(&shown, what);
	fprintf(stderr, "hayward case %" PRIu64 ": %s: %s\n", export->number, str_text(&shown),
	    why);
}

/* ---- the chain ---- */

static void
add_line(struct export *export, const struct digest *before, const struct journal_line *line,
    bool of_case)
{
	struct str *out = of_case ? &export->chain : &export->pending;
	if (!of_case && (!export->whole || !export->records))
		return;
	if (of_case && export->pending.length) {
		str_add(&export->chain, str_text(&export->pending));
		str_clear(&export->pending);
	}
	str_addf(out, "%s %.*s ", before->text, DIGEST_TEXT_SIZE - 1, line->hash);
	str_add_bytes(out, line->json, line->length);
	str_add_char(out, '\n');
	export->records += of_case;
}

static int
read_chain(struct export *export)
{
	auto_journal_reader struct journal_reader *reader = NULL;
	struct journal_line line;
	struct record record;
	int status = journal_reader_new(export->place.directory, 0, &reader);
	while (!status) {
		struct digest before = journal_reader_hash(reader);
		int more = journal_read(reader, &line);
		if (more <= 0) {
			status = more;
			break;
		}
		status = record_parse(line.json, line.length, &record);
		if (!status)
			add_line(export, &before, &line, record.case_number == export->number);
	}
	if (status == -EUCLEAN)
		complain(export, "the journal does not hold", journal_reader_trouble(reader));
	else if (status)
		complain(export, "cannot read the journal", strerror(-status));
	if (status)
		return status;
	export->last_sequence = journal_reader_sequence(reader);
	export->last_hash = journal_reader_hash(reader);
	return 0;
}

/* ---- the draft of a report ---- */

static void
add_moment(struct str *out, int64_t wall)
{
	clock_add_utc(out, wall);
}

/* The value of a field of the template; unknown ones stay empty. */
static void
add_field(const struct export *export, const char *name, struct str *out)
{
	static const char *const of_case[] = {"clause", "title", "account", "opened", "state",
	    "subject", "measure", "value", "limit"};
	static const char *const of_report[] = {"host", "operator", "authorities"};
	for (size_t i = 0; i < array_length(of_case); i++)
		if (strcmp(name, of_case[i]) == 0)
			view_text(out, fact_text(export->object, name));
	for (size_t i = 0; i < array_length(of_report); i++)
		if (strcmp(name, of_report[i]) == 0)
			view_text(out, fact_text(export->report, name));
	if (strcmp(name, "case") == 0)
		str_addf(out, "%" PRIu64, export->number);
	else if (strcmp(name, "date") == 0)
		add_moment(out, export->now);
	else if (strcmp(name, "records") == 0)
		str_addf(out, "%zu", export->records);
	else if (strcmp(name, "archives") == 0)
		str_addf(out, "%zu", export->evidence);
	else if (strcmp(name, "sequence") == 0)
		str_addf(out, "%" PRIu64, export->last_sequence);
	else if (strcmp(name, "hash") == 0)
		str_add(out, export->last_hash.text);
}

/* "{name}" becomes the field; other braces stand for themselves. */
static void
fill(const struct export *export, const char *template, struct str *out)
{
	while (*template) {
		char name[LONGEST_FIELD] = "";
		size_t length = strspn(template + 1, "abcdefghijklmnopqrstuvwxyz");
		bool is_field = *template == '{' && length && length < sizeof(name) &&
				template[length + 1] == '}';
		if (is_field) {
			memcpy(name, template + 1, length);
			add_field(export, name, out);
			template += length + 2;
		} else {
			str_add_char(out, *template ++);
		}
	}
}

static int
read_template(const struct export *export, struct str *template)
{
	auto_str path = {0};
	str_addf(&path, "%s/evidence-report.txt", fact_text(export->report, "notices"));
	int status = file_read(AT_FDCWD, str_text(&path), MOST_TEMPLATE, template);
	if (status)
		complain(export, str_text(&path), strerror(-status));
	return status;
}

/* ---- all of it ---- */

static void
add_case(struct export *export)
{
	auto_free char *text = json_dumps(export->object, JSON_INDENT(1));
	tar_add(&export->archive, "case.json", text, text ? strlen(text) : 0, export->now);
}

static int
read_files(struct export *export)
{
	int status = read_chain(export);
	if (!status && !export->records) {
		complain(export, "the journal", "it has no record of this case");
		status = -ENOENT;
	}
	if (status)
		return status;
	tar_add(&export->archive, "chain.txt", export->chain.data, export->chain.length,
	    export->now);
	status = evidence_add(
	    export->place.directory, export->number, &export->archive, &export->evidence);
	if (status)
		complain(export, "cannot read the evidence", strerror(-status));
	return status;
}

static int
write_archive(const struct export *export, const char *path)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	int status = file_write_all(fd, export->archive.data, export->archive.length);
	if (!status && fsync(fd))
		status = -errno;
	if (status)
		unlink(path);
	return status;
}

static int
make(struct export *export, const char *template)
{
	auto_str report = {0};
	tar_add(&export->archive, "README.txt", read_me, strlen(read_me), export->now);
	add_case(export);
	int status = place_open(&export->place);
	if (status)
		complain(export, export->place.path, strerror(-status));
	else
		status = read_files(export);
	place_leave(&export->place);
	if (status)
		return status;
	fill(export, template, &report);
	tar_add(&export->archive, "report.txt", report.data, report.length, export->now);
	tar_end(&export->archive);
	return 0;
}

enum answer_status
case_export(const json_t *data, const char *path, bool whole)
{
	struct export export = {
	    .object = json_object_get(data, "case"),
	    .whole = whole,
	    .now = clock_wall(),
	    .place = {.directory = -1},
	};
	auto_str template = {0};
	export.report = json_object_get(export.object, "report");
	export.number = (uint64_t)fact_integer(export.object, "case");
	if (!json_is_object(export.report)) {
		complain(&export, "export", "that is for the staff of this host");
		return ANSWER_REFUSED;
	}
	export.place.path = place_path(NULL, fact_text(export.report, "state"));
	int status = read_template(&export, &template);
	if (!status)
		status = make(&export, str_text(&template));
	if (!status && (status = write_archive(&export, path)))
		complain(&export, path, strerror(-status));
	if (!status)
		printf("%s: %zu records, evidence taken %zu times\n", path, export.records,
		    export.evidence);
	str_done(&export.archive);
	str_done(&export.chain);
	str_done(&export.pending);
	if (!status)
		return ANSWER_OK;
	return status == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_REFUSED;
}
