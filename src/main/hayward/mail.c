/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward mail: what an account, or a mailbox, has sent through the gate, by the script or the
 * login that sent it, and what was heard of it. From the journal's own files, like `hayward
 * why`.
 */
#include "main/hayward/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "base/map.h"
#include "base/memory.h"
#include "main/hayward/connection.h"
#include "main/hayward/journal_view.h"
#include "main/hayward/mail_order.h"
#include "main/hayward/place.h"
#include "main/hayward/table.h"
#include "store/journal_reader.h"

/* What one script or login sent. */
struct origin {
	char name[320];
	uint64_t mails, recipients, refused, held, failed, complaints;
	int64_t last; /* wall ms */
};

struct sent {
	struct arguments arguments;
	const char *state, *since;
	struct store_place place;
	struct look look;
	int64_t since_wall;
	struct map *origins;	/* by their names */
	struct map *references; /* of mails, to their origins */
};

static int
complain(const char *words)
{
	fprintf(stderr, "hayward mail: %s\n", words);
	return ANSWER_USAGE;
}

/* ---- counting ---- */

static const char *
origin_of(const struct record *record)
{
	if (*record->origin)
		return record->origin;
	return strcmp(record->actor, "loopback") == 0 ? "a program, by SMTP" : "a program";
}

static struct origin *
find_origin(struct sent *sent, const char *name)
{
	struct origin *origin = map_find_text(sent->origins, name);
	if (origin)
		return origin;
	origin = memory_new(1, sizeof(*origin));
	snprintf(origin->name, sizeof(origin->name), "%s", name);
	map_put_text(sent->origins, name, origin);
	return origin;
}

/* The first word of what a mail can be asked for by. */
static void
copy_reference(const struct record *record, char out[static 32])
{
	snprintf(out, 32, "%.*s", (int)strcspn(record->label, " "), record->label);
}

static bool
is_by(const struct record *record, const char *who)
{
	return strcmp(record->account_name, who) == 0 ||
	       (strcmp(record->actor, "login") == 0 && strcmp(record->origin, who) == 0);
}

/* A mail that one server of a site hands on to the next is on record twice, under one
 * reference. */
static void
count_mail(struct sent *sent, const struct record *record)
{
	char reference[32];
	struct origin *origin = find_origin(sent, origin_of(record));
	copy_reference(record, reference);
	if (record->wall > origin->last)
		origin->last = record->wall;
	bool held = !strcmp(record->reason, "held");
	if (!held && strcmp(record->reason, "passed") != 0) {
		origin->refused++;
		return;
	}
	if (map_find_text(sent->references, reference))
		return;
	map_put_text(sent->references, reference, origin);
	origin->mails++;
	origin->held += held;
	origin->recipients += record->recipients;
}

/* What was heard of a mail that was counted; failed: 0 in a complaint. */
static void
count_report(const struct sent *sent, const struct record *record)
{
	struct origin *origin = map_find_text(sent->references, record->about);
	if (!origin)
		return;
	origin->failed += record->failed;
	origin->complaints += record->failed == 0;
}

static int
read_journal(struct sent *sent, const char *who)
{
	auto_journal_reader struct journal_reader *reader = NULL;
	struct record record;
	int status = journal_reader_new(sent->place.directory, 0, &reader);
	while (!status && (status = journal_read_record(reader, &record)) > 0) {
		status = 0;
		if (record.kind != RECORD_MAIL || record.wall < sent->since_wall)
			continue;
		if (*record.about)
			count_report(sent, &record);
		else if (is_by(&record, who))
			count_mail(sent, &record);
	}
	return status;
}

/* ---- showing ---- */

static void
show_table(const struct sent *sent)
{
	static const struct column columns[] = {
	    {"SENT BY", ALIGN_LEFT, 0, true},
	    {"MAILS", ALIGN_RIGHT, 0, false},
	    {"RECIPIENTS", ALIGN_RIGHT, 0, false},
	    {"REFUSED", ALIGN_RIGHT, 2, false},
	    {"HELD", ALIGN_RIGHT, 2, false},
	    {"BOUNCED", ALIGN_RIGHT, 0, false},
	    {"COMPLAINTS", ALIGN_RIGHT, 3, false},
	    {"LAST", ALIGN_LEFT, 1, false},
	};
	auto_table struct table *table = table_new(columns, array_length(columns));
	auto_str out = {0};
	size_t position = 0;
	for (const struct origin *at; (at = map_next(sent->origins, &position));) {
		time_t seconds = (time_t)(at->last / 1000);
		struct tm civil;
		char last[32];
		localtime_r(&seconds, &civil);
		strftime(last, sizeof(last), "%Y-%m-%d %H:%M:%S", &civil);
		table_add(table, at->name);
		table_addf(table, "%" PRIu64, at->mails);
		table_addf(table, "%" PRIu64, at->recipients);
		table_addf(table, "%" PRIu64, at->refused);
		table_addf(table, "%" PRIu64, at->held);
		table_addf(table, "%" PRIu64, at->failed);
		table_addf(table, "%" PRIu64, at->complaints);
		table_add(table, last);
	}
	table_print(table, &sent->look, SIZE_MAX, &out);
	fputs(str_text(&out), stdout);
}

static void
show_json(const struct sent *sent)
{
	json_t *list = json_array();
	size_t position = 0;
	for (const struct origin *at; (at = map_next(sent->origins, &position));) {
		auto_str name = {0};
		escape_text(&name, at->name);
		json_array_append_new(list,
		    json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "by", str_text(&name),
			"mails", (json_int_t)at->mails, "recipients",
			(json_int_t)at->recipients, "refused", (json_int_t)at->refused, "held",
			(json_int_t)at->held, "bounced", (json_int_t)at->failed, "complaints",
			(json_int_t)at->complaints, "last", (json_int_t)at->last));
	}
	json_t *json = json_pack("{s:o}", "sent", list);
	print_json(json);
	json_decref(json);
}

static int
show(struct sent *sent)
{
	sent->place.path = place_path(sent->state, NULL);
	int status = place_open(&sent->place);
	if (!status)
		status = read_journal(sent, sent->arguments.words[0]);
	if (status) {
		complain(status == -ENOENT ? "there is no journal" : strerror(-status));
		return status == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_REFUSED;
	}
	if (sent->arguments.json)
		show_json(sent);
	else if (map_count(sent->origins))
		show_table(sent);
	else
		puts("no mail of theirs was at the gate");
	return ANSWER_OK;
}

int
command_mail(int argc, char **argv)
{
	struct sent sent = {.place.directory = -1};
	const char *note = NULL;
	const struct flag flags[] = {{"--state", NULL, &sent.state},
	    {"--since", NULL, &sent.since}, {"--note", NULL, &note}};
	int status = arguments_read(argc, argv, flags, array_length(flags), &sent.arguments);
	if (status || !arguments_count(&sent.arguments, 1, 2))
		return ANSWER_USAGE;
	if (sent.arguments.word_count == 1 && text_equal(sent.arguments.words[0], "queue"))
		return mail_queue(&sent.arguments);
	if (sent.arguments.word_count == 2)
		return mail_order(&sent.arguments, sent.state, note);
	sent.look = look_of_stdout();
	if (sent.since && since_parse(sent.since, sent.look.now, &sent.since_wall))
		return complain("--since takes a day (2027-01-31), a moment "
				"(2027-01-31T14:00:00Z) or how long ago (2h)");
	sent.origins = map_new();
	sent.references = map_new();
	status = show(&sent);
	size_t position = 0;
	for (struct origin *at; (at = map_next(sent.origins, &position));)
		free(at);
	map_free(sent.origins);
	map_free(sent.references);
	place_leave(&sent.place);
	return status;
}
