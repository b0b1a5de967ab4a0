/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward why: what became of a mail at the gate, and whose it was, from the journal's own files.
 * A mail may have come several times; all are told.
 */
#include "main/hayward/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/str.h"
#include "main/hayward/connection.h"
#include "main/hayward/journal_view.h"
#include "main/hayward/place.h"
#include "store/journal_reader.h"

struct sought {
	struct arguments arguments;
	const char *state;
	const char *name; /* of the mail, without angle brackets */
	size_t length;
	struct store_place place;
	struct look look;
	size_t found;
};

static int
complain(enum answer_status status, const char *words)
{
	auto_str shown = {0};
	escape_text(&shown, words);
	fprintf(stderr, "hayward why: %s\n", str_text(&shown));
	return status;
}

/* One of the names by which the record knows it: reference, queue id, Message-ID. */
static bool
is_it(const struct sought *sought, const struct record *record)
{
	const char *rest = record->label;
	size_t length;
	for (const char *word; (word = text_next_word(&rest, &length));) {
		bool bracketed = length > 2 && word[0] == '<' && word[length - 1] == '>';
		word += bracketed;
		length -= bracketed ? 2 : 0;
		if (length == sought->length && !memcmp(word, sought->name, length))
			return record->kind == RECORD_MAIL;
	}
	return false;
}

static void
put(struct sought *sought, const struct record *record)
{
	auto_str line = {0};
	if (sought->arguments.json) {
		str_add(&line, sought->found ? ",\n" : "");
		record_print(record, &line);
	} else {
		record_view(record, &sought->look, &line);
	}
	sought->found++;
	fwrite(str_text(&line), 1, line.length, stdout);
}

static int
search(struct sought *sought)
{
	auto_journal_reader struct journal_reader *reader = NULL;
	struct record record;
	int status = journal_reader_new(sought->place.directory, 0, &reader);
	if (sought->arguments.json)
		fputs("{\"records\": [\n", stdout);
	while (!status && (status = journal_read_record(reader, &record)) > 0) {
		if (is_it(sought, &record))
			put(sought, &record);
		status = ferror(stdout) ? -EPIPE : 0;
	}
	if (sought->arguments.json)
		fputs("]}\n", stdout);
	if (status == -EUCLEAN)
		return complain(ANSWER_INVALID, journal_reader_trouble(reader));
	if (status && status != -EPIPE)
		return complain(ANSWER_REFUSED, strerror(-status));
	return sought->found ? ANSWER_OK
			     : complain(ANSWER_NOT_FOUND, "no such mail was at the gate");
}

static int
read_words(int argc, char **argv, struct sought *sought)
{
	const struct flag flags[] = {{"--state", NULL, &sought->state}};
	int status =
	    arguments_read(argc, argv, flags, array_length(flags), &sought->arguments);
	if (status || !arguments_count(&sought->arguments, 1, 1))
		return ANSWER_USAGE;
	sought->name = sought->arguments.words[0];
	sought->length = strlen(sought->name);
	if (sought->length > 2 && sought->name[0] == '<' &&
	    sought->name[sought->length - 1] == '>') {
		sought->name++;
		sought->length -= 2;
	}
	sought->look = look_of_stdout();
	return ANSWER_OK;
}

int
command_why(int argc, char **argv)
{
	struct sought sought = {.place.directory = -1};
	int status = read_words(argc, argv, &sought);
	if (status)
		return status;
	sought.place.path = place_path(sought.state, NULL);
	status = place_open(&sought.place);
	status = status ? complain(ANSWER_REFUSED, strerror(-status)) : search(&sought);
	place_leave(&sought.place);
	return status;
}
