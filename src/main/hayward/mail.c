/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward mail: what an account, or a mailbox, has sent through the gate, by the script or the
 * login that sent it, and what was heard of it; and what came to its addresses. From the journal's
 * own files, like `hayward why`; and from those of the site's machines that have a gate of their own.
 * What has its own words is asked of the running hayward.
 */
#include "main/hayward/command.h"

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
#include "main/hayward/machine_records.h"
#include "main/hayward/mail_arrivals.h"
#include "main/hayward/mail_kept.h"
#include "main/hayward/mail_order.h"
#include "main/hayward/mail_queue.h"
#include "main/hayward/mail_records.h"
#include "main/hayward/table.h"

/* What one script or login sent. */
struct origin {
	char name[320];
	uint64_t mails, recipients, refused, held, failed, complaints;
	int64_t last; /* wall ms */
};

struct sent {
	struct arguments arguments;
	const char *state, *since;
	struct desk_places places;
	bool records; /* only those that count are printed, as the journal has them */
	struct look look;
	int64_t since_wall;
	struct map *origins;	/* by their names */
	struct map *references; /* of mails, to their origins */
	struct mail_arrivals *arrivals;
};

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

static bool
is_by(const struct record *record, const char *who)
{
	return strcmp(record->account_name, who) == 0 ||
	       (strcmp(record->actor, "login") == 0 && strcmp(record->origin, who) == 0);
}

/* A mail that one server of a site hands on to the next is on record twice, under one
 * reference; only the first knows the script. */
static void
count_mail(struct sent *sent, const struct record *record)
{
	struct mail_names names = mail_names_of(record);
	struct origin *known = map_find_text(sent->references, names.reference);
	struct origin *origin = known ? known : find_origin(sent, origin_of(record));
	if (record->wall > origin->last)
		origin->last = record->wall;
	bool held = !strcmp(record->reason, "held");
	if (!held && strcmp(record->reason, "passed") != 0) {
		origin->refused++;
		return;
	}
	if (known)
		return;
	map_put_text(sent->references, names.reference, origin);
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

static void
put_record(const struct record *record)
{
	auto_str line = {0};
	record_print(record, &line);
	puts(str_text(&line));
}

/* Whether it is of theirs. */
static bool
count_record(struct sent *sent, const struct record *record)
{
	const char *who = sent->arguments.words[0];
	if (record->kind == RECORD_RECEIVED)
		return mail_arrivals_count(sent->arrivals, record, who);
	if (*record->about) {
		count_report(sent, record);
		return map_find_text(sent->references, record->about);
	}
	if (is_by(record, who))
		count_mail(sent, record);
	return is_by(record, who);
}

static void
count(void *context, const struct record *record)
{
	struct sent *sent = context;
	if (record->wall >= sent->since_wall && count_record(sent, record) && sent->records)
		put_record(record);
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
	json_t *json = json_pack(
	    "{s:o, s:o}", "sent", list, "received", mail_arrivals_json(sent->arrivals));
	print_json(json);
	json_decref(json);
}

/* In the order in which mails go, for the script that handed one in is known where it did. */
static int
count_all(struct sent *sent)
{
	const struct machine_question question = {"mail", sent->arguments.words[0], sent->since,
	    sent->state, sent->places};
	machine_records_visit(&question, false, count, sent);
	int status = mail_records_visit(sent->state, count, sent);
	if (!status)
		machine_records_visit(&question, true, count, sent);
	return status;
}

static int
show(struct sent *sent)
{
	int status = count_all(sent);
	if (status || sent->records)
		return status;
	bool any = mail_arrivals_any(sent->arrivals);
	if (sent->arguments.json) {
		show_json(sent);
		return ANSWER_OK;
	}
	if (map_count(sent->origins))
		show_table(sent);
	if (any)
		mail_arrivals_print(sent->arrivals, &sent->look);
	if (!any && !map_count(sent->origins))
		puts("no mail of theirs was at the gate");
	return ANSWER_OK;
}

int
command_mail(int argc, char **argv)
{
	struct sent sent = {0};
	const char *note = NULL, *account = NULL;
	const struct flag flags[] = {{"--state", NULL, &sent.state},
	    {"--since", NULL, &sent.since}, {"--note", NULL, &note},
	    {"--records", &sent.records, NULL}, {"--account", NULL, &account},
	    DESK_FLAGS(&sent.places)};
	int status = arguments_read(argc, argv, flags, array_length(flags), &sent.arguments);
	if (status || !arguments_count(&sent.arguments, 1, 2))
		return ANSWER_USAGE;
	if (sent.arguments.word_count == 1 && text_equal(sent.arguments.words[0], "queue"))
		return mail_queue(&sent.arguments);
	if (sent.arguments.word_count == 1 && text_equal(sent.arguments.words[0], "removed"))
		return mail_removed(&sent.arguments, account);
	if (sent.arguments.word_count == 2 && text_equal(sent.arguments.words[0], "restore"))
		return mail_restore(&sent.arguments, account, note);
	if (sent.arguments.word_count == 2)
		return mail_order(&sent.arguments, sent.state, note);
	sent.look = look_of_stdout();
	if (sent.since && since_parse(sent.since, sent.look.now, &sent.since_wall))
		return mail_complain(ANSWER_USAGE,
		    "--since takes a day (2027-01-31), a moment (2027-01-31T14:00:00Z) or how "
		    "long ago (2h)");
	sent.origins = map_new();
	sent.references = map_new();
	sent.arrivals = mail_arrivals_new();
	status = show(&sent);
	size_t position = 0;
	for (struct origin *at; (at = map_next(sent.origins, &position));)
		free(at);
	map_free(sent.origins);
	map_free(sent.references);
	mail_arrivals_free(sent.arrivals);
	return status;
}
