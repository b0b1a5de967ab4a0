/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward journal: what was done and why, from the journal's own files, so
 * that it works also when nothing else does; hayward why: of one mail, or one
 * answer, at the gate. Who may not read them (staff who are not root) can still
 * ask the keeper for the records of one case.
 */
#include "main/hayward/command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "main/hayward/connection.h"
#include "main/hayward/journal_view.h"
#include "main/hayward/machine_records.h"
#include "main/hayward/place.h"
#include "store/database.h"
#include "store/journal.h"
#include "store/journal_reader.h"
#include "store/journal_verify.h"

/* The words of the command line, and the place that they lead to. */
struct asked {
	struct arguments arguments;
	const char *state;
	const char *since;
	const char *case_word;
	const char *account;
	const char *mail; /* NULL: all records; else those of the mail that is called so */
	struct desk_places places;
	bool records; /* a line each, as they stand in the journal */
	struct store_place place;
	struct look look;
	int64_t since_wall;
	uint64_t case_number;
	size_t shown; /* records so far */
};

static int
complain(const struct asked *asked, enum answer_status status, const char *words)
{
	auto_str shown = {0};
	escape_text(&shown, words);
	fprintf(stderr, "hayward %s: %s%s%s\n", asked->mail ? "why" : "journal",
	    asked->place.path ? asked->place.path : "", asked->place.path ? ": " : "",
	    str_text(&shown));
	return status;
}

/* What the store said, line by line. */
static void
put_said(const struct str *said, FILE *file)
{
	auto_str shown = {0};
	view_lines(&shown, str_text(said));
	fputs(str_text(&shown), file);
}

static int
open_place(struct asked *asked)
{
	asked->place.path = place_path(asked->state, NULL);
	return place_open(&asked->place);
}

static int
read_words(int argc, char **argv, struct asked *asked)
{
	const struct flag flags[] = {
	    {"--state", NULL, &asked->state},
	    {"--since", NULL, &asked->since},
	    {"--case", NULL, &asked->case_word},
	    {"--account", NULL, &asked->account},
	};
	int status = arguments_read(argc, argv, flags, array_length(flags), &asked->arguments);
	if (status || !arguments_count(&asked->arguments, 0, 1))
		return ANSWER_USAGE;
	asked->look = look_of_stdout();
	if (asked->since && since_parse(asked->since, asked->look.now, &asked->since_wall))
		return complain(asked, ANSWER_USAGE,
		    "--since takes a day (2027-01-31), a moment (2027-01-31T14:00:00Z) or how "
		    "long "
		    "ago (2h)");
	if (asked->case_word)
		asked->case_number = case_number_of(asked->case_word);
	if (asked->case_word && !asked->case_number)
		return complain(asked, ANSWER_USAGE, "--case takes the number of a case");
	return ANSWER_OK;
}

/* ---- showing ---- */

static bool
is_asked_for(const struct asked *asked, const struct record *record)
{
	return record->wall >= asked->since_wall &&
	       (!asked->case_number || record->case_number == asked->case_number) &&
	       (!asked->account || strcmp(record->account_name, asked->account) == 0) &&
	       (!asked->mail || record_has_name(record, asked->mail));
}

/* With --json the records of {"records": [...]}, one a line, as they stand in the journal. */
static void
put_record(struct asked *asked, const struct record *record)
{
	auto_str line = {0};
	if (!is_asked_for(asked, record))
		return;
	if (asked->records) {
		record_print(record, &line);
		str_add_char(&line, '\n');
	} else if (asked->arguments.json) {
		str_add(&line, asked->shown ? ",\n" : "");
		record_print(record, &line);
	} else {
		record_view(record, &asked->look, &line);
	}
	asked->shown++;
	fwrite(str_text(&line), 1, line.length, stdout);
}

/* What stands around the records with --json. */
static void
put_frame(const struct asked *asked, const char *text)
{
	if (asked->arguments.json)
		fputs(text, stdout);
}

/* Whoever may not read the files asks the keeper. */
static int
show_by_asking(struct asked *asked)
{
	json_t *question = question_new(ASK_HISTORY), *data, *item;
	size_t index;
	json_object_set_new(question, "case", json_integer((json_int_t)asked->case_number));
	int status = ask_for_data(&asked->arguments, question, &data);
	if (status)
		return status;
	json_array_foreach(json_object_get(data, "records"), index, item)
	{
		struct record record;
		auto_free char *line = json_dumps(item, JSON_COMPACT);
		if (line && !record_parse(line, strlen(line), &record))
			put_record(asked, &record);
	}
	json_decref(data);
	return ANSWER_OK;
}

static void
put_machines_record(void *context, const struct record *record)
{
	put_record(context, record);
}

/* What other machines of the site know of that mail. */
static void
show_machines(struct asked *asked, bool is_server)
{
	const struct machine_question question = {
	    "why", asked->mail, NULL, asked->state, asked->places};
	machine_records_visit(&question, is_server, put_machines_record, asked);
}

static int
show_files(struct asked *asked)
{
	auto_journal_reader struct journal_reader *reader = NULL;
	struct record record;
	int status = journal_reader_new(asked->place.directory, 0, &reader);
	while (!status && (status = journal_read_record(reader, &record)) > 0) {
		put_record(asked, &record);
		status = ferror(stdout) ? -EPIPE : 0;
	}
	if (status == -EUCLEAN)
		return complain(asked, ANSWER_INVALID, journal_reader_trouble(reader));
	if (status && status != -EPIPE)
		return complain(asked, ANSWER_REFUSED, strerror(-status));
	return ANSWER_OK;
}

static int
show(struct asked *asked)
{
	int status = open_place(asked);
	if (!status && faccessat(asked->place.directory, "journal.head", R_OK, AT_EACCESS))
		status = -errno;
	if (status == -EACCES && asked->case_number)
		return show_by_asking(asked);
	if (status == -ENOENT)
		return complain(asked, ANSWER_NOT_FOUND, "there is no journal");
	return status ? complain(asked, ANSWER_REFUSED, strerror(-status)) : show_files(asked);
}

/* The same in its frame. */
static int
show_all(struct asked *asked)
{
	put_frame(asked, "{\"records\": [\n");
	int status = show(asked);
	put_frame(asked, "]}\n");
	return status;
}

/* Of one mail, in the order of its way. The journal is read as its owner, machines are reached as root. */
static int
show_mail(struct asked *asked)
{
	put_frame(asked, "{\"records\": [\n");
	show_machines(asked, false);
	int status = show(asked);
	place_leave(&asked->place);
	show_machines(asked, true);
	put_frame(asked, "]}\n");
	return status;
}

/* ---- verifying ---- */

static void
put_verdict(const struct asked *asked, int status, const struct journal_verdict *verdict,
    const struct str *words)
{
	if (!asked->arguments.json) {
		put_said(words, stderr);
		printf("%" PRIu64 " records, the last is %" PRIu64 " %s\n%s\n",
		    verdict->records, verdict->last.sequence, verdict->last.hash.text,
		    status ? "the journal does not hold"
			   : "every one follows from the one before");
		if (verdict->unfinished)
			puts("a further one is being written, or was torn by a crash");
		return;
	}
	auto_str clean = {0};
	escape_text(&clean, str_text(words));
	json_t *json = json_pack("{s:b, s:I, s:I, s:I, s:s, s:b, s:s}", "holds", !status,
	    "records", (json_int_t)verdict->records, "first", (json_int_t)verdict->first,
	    "last", (json_int_t)verdict->last.sequence, "hash", verdict->last.hash.text,
	    "unfinished", verdict->unfinished, "words", str_text(&clean));
	print_json(json);
	json_decref(json);
}

static int
verify(struct asked *asked)
{
	struct journal_witness witness = {.name = "the database"};
	struct journal_verdict verdict = {0};
	auto_str words = {0};
	int status = open_place(asked);
	if (status)
		return complain(asked, ANSWER_REFUSED, strerror(-status));
	/* Asked before the journal is read: it may only lag behind. */
	size_t witnesses = database_witness(&asked->place, &witness.anchor) == 0;
	status = journal_verify(asked->place.directory, &witness, witnesses, &words, &verdict);
	if (status && status != -EUCLEAN)
		return complain(asked, ANSWER_REFUSED, strerror(-status));
	put_verdict(asked, status, &verdict, &words);
	return status ? ANSWER_INVALID : ANSWER_OK;
}

/* ---- rebuilding ---- */

static int
rebuild_files(struct asked *asked, uint64_t *ret_count)
{
	auto_str said = {0};
	auto_journal struct journal *journal = NULL;
	int status = open_place(asked);
	if (!status)
		status = journal_open(asked->place.directory, SEGMENT_SIZE, &said, &journal);
	if (!status)
		status = database_rebuild(&asked->place, &said, ret_count);
	put_said(&said, stderr);
	return status;
}

static int
rebuild(struct asked *asked)
{
	uint64_t count = 0;
	int status = rebuild_files(asked, &count);
	if (status == -EWOULDBLOCK)
		return complain(asked, ANSWER_REFUSED,
		    "haywardd is running; it makes a damaged database anew by itself");
	if (status)
		return complain(asked, status == -EUCLEAN ? ANSWER_INVALID : ANSWER_REFUSED,
		    strerror(-status));
	if (asked->arguments.json)
		printf("{\"records\": %" PRIu64 "}\n", count);
	else
		printf("the database is made anew from %" PRIu64 " records\n", count);
	return ANSWER_OK;
}

/* ---- which of them ---- */

static int
unknown_verb(const char *verb)
{
	auto_str shown = {0};
	escape_text(&shown, verb);
	fprintf(stderr, "hayward journal: '%s' is neither 'verify' nor 'rebuild'\n",
	    str_text(&shown));
	return ANSWER_USAGE;
}

int
command_journal(int argc, char **argv)
{
	struct asked asked = {.place.directory = -1};
	int status = read_words(argc, argv, &asked);
	if (status)
		return status;
	const char *verb = asked.arguments.word_count ? asked.arguments.words[0] : NULL;
	if (!verb)
		status = show_all(&asked);
	else if (strcmp(verb, "verify") == 0)
		status = verify(&asked);
	else if (strcmp(verb, "rebuild") == 0)
		status = rebuild(&asked);
	else
		status = unknown_verb(verb);
	place_leave(&asked.place);
	return status;
}

int
command_why(int argc, char **argv)
{
	struct asked asked = {.place.directory = -1};
	const struct flag flags[] = {{"--state", NULL, &asked.state},
	    {"--records", &asked.records, NULL}, DESK_FLAGS(&asked.places)};
	int status = arguments_read(argc, argv, flags, array_length(flags), &asked.arguments);
	if (status || !arguments_count(&asked.arguments, 1, 1))
		return ANSWER_USAGE;
	asked.mail = asked.arguments.words[0];
	asked.look = look_of_stdout();
	status = show_mail(&asked);
	if (!status && !asked.shown && !asked.records)
		status = complain(&asked, ANSWER_NOT_FOUND, "no such mail was at the gate, and nobody was turned away so");
	return status;
}
