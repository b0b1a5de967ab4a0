/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/mail_records.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "main/hayward/place.h"
#include "store/journal_reader.h"

int
mail_complain(enum answer_status status, const char *words)
{
	fprintf(stderr, "hayward mail: %s\n", words);
	return status;
}

static int
read_records(int directory, mail_record_visit *visit, void *context)
{
	auto_journal_reader struct journal_reader *reader = NULL;
	struct record record;
	int status = journal_reader_new(directory, 0, &reader);
	while (!status && (status = journal_read_record(reader, &record)) > 0) {
		status = 0;
		if (record.kind == RECORD_MAIL || record.kind == RECORD_RECEIVED)
			visit(context, &record);
	}
	return status;
}

int
mail_records_visit(const char *state, mail_record_visit *visit, void *context)
{
	struct store_place place = {.directory = -1, .path = place_path(state, NULL)};
	int status = place_open(&place);
	if (!status)
		status = read_records(place.directory, visit, context);
	place_leave(&place);
	if (status == -ENOENT)
		return mail_complain(ANSWER_NOT_FOUND, "there is no journal");
	return status ? mail_complain(ANSWER_REFUSED, strerror(-status)) : ANSWER_OK;
}

/* One of the label's words, of which some may be empty, and where the next begins. */
static size_t
word_of(const char *text, char *out, size_t size)
{
	size_t length = strcspn(text, " ");
	snprintf(out, size, "%.*s", (int)length, text);
	return length + (text[length] == ' ');
}

struct mail_names
mail_names_of(const struct record *record)
{
	struct mail_names names;
	size_t at = word_of(record->label, names.reference, sizeof(names.reference));
	word_of(record->label + at, names.queue_id, sizeof(names.queue_id));
	return names;
}
