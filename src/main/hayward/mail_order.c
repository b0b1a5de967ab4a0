/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward mail hold|release|reject: which server has the mail, and by which queue id, stands in
 * the journal; the running hayward does it.
 */
#include "main/hayward/mail_order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "main/hayward/connection.h"
#include "main/hayward/place.h"
#include "site/mail_queue.h"
#include "store/journal_reader.h"

struct waiting {
	char queue_id[32];
	char place[32];
	char account[64];
};

static int
complain(const char *words)
{
	fprintf(stderr, "hayward mail: %s\n", words);
	return ANSWER_USAGE;
}

/* A word of a text that has blanks between its words, and where the next begins. */
static size_t
word_of(const char *text, char *out, size_t size)
{
	size_t length = strcspn(text, " ");
	snprintf(out, size, "%.*s", (int)length, text);
	return length + (text[length] == ' ');
}

/* Whether the record is of that mail, at a server where the order can be carried out. */
static bool
fits(const struct record *record, const char *name, enum mail_order order,
    struct waiting *ret_waiting)
{
	char reference[32];
	struct waiting waiting;
	size_t at = word_of(record->label, reference, sizeof(reference));
	word_of(record->label + at, waiting.queue_id, sizeof(waiting.queue_id));
	if (record->kind != RECORD_MAIL ||
	    (strcmp(name, reference) != 0 && strcmp(name, waiting.queue_id) != 0) ||
	    strcmp(record->reason, order == MAIL_HOLD ? "passed" : "held") != 0)
		return false;
	snprintf(waiting.place, sizeof(waiting.place), "%.*s", (int)strcspn(record->text, ":"),
	    record->text);
	snprintf(waiting.account, sizeof(waiting.account), "%s", record->account_name);
	*ret_waiting = waiting;
	return true;
}

/* The latest of that name. 1: found; 0: there is none; or -errno. */
static int
find(int directory, const char *name, enum mail_order order, struct waiting *ret_waiting)
{
	auto_journal_reader struct journal_reader *reader = NULL;
	struct record record;
	bool found = false;
	int status = journal_reader_new(directory, 0, &reader);
	while (!status && (status = journal_read_record(reader, &record)) > 0) {
		status = 0;
		found |= fits(&record, name, order, ret_waiting);
	}
	return status ? status : found;
}

static int
ask(const struct arguments *arguments, enum mail_order order, const struct waiting *waiting,
    const char *note)
{
	static const enum ask asks[] = {[MAIL_HOLD] = ASK_MAIL_HOLD,
	    [MAIL_RELEASE] = ASK_MAIL_RELEASE,
	    [MAIL_REJECT] = ASK_MAIL_REJECT};
	json_t *question = question_new(asks[order]);
	const char *account = *waiting->account ? waiting->account : NULL;
	if (question_add_text(arguments, question, "mail", waiting->queue_id) ||
	    question_add_text(arguments, question, "role", waiting->place) ||
	    question_add_text(arguments, question, "account", account) ||
	    question_add_text(arguments, question, "note", note))
		return ANSWER_USAGE;
	return ask_and_show(arguments, question, NULL);
}

int
mail_order(const struct arguments *arguments, const char *state, const char *note)
{
	struct store_place place = {.directory = -1, .path = place_path(state, NULL)};
	int order = mail_order_find(arguments->words[0]);
	struct waiting waiting;
	if (order < 0)
		return complain("hold, release or reject a mail; or say one name");
	int status = place_open(&place);
	if (!status)
		status = find(
		    place.directory, arguments->words[1], (enum mail_order)order, &waiting);
	place_leave(&place);
	if (status < 0) {
		complain(status == -ENOENT ? "there is no journal" : strerror(-status));
		return status == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_REFUSED;
	}
	if (!status) {
		complain(order == MAIL_HOLD ? "no mail of that name has passed"
					    : "no mail of that name was held");
		return ANSWER_NOT_FOUND;
	}
	return ask(arguments, (enum mail_order)order, &waiting, note);
}
