/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward mail hold|release|reject: which server has the mail, and by which queue id, stands in
 * the journal; the running hayward does it.
 */
#include "main/hayward/mail_order.h"

#include <stdio.h>
#include <string.h>

#include "main/hayward/connection.h"
#include "main/hayward/mail_records.h"
#include "site/mail_queue.h"

struct waiting {
	char queue_id[32];
	char place[32];
	char account[64];
};

/* What is looked for, and the latest that was found. */
struct search {
	const char *name;
	enum mail_order order;
	bool found;
	struct waiting waiting;
};

/* Whether the record is of that mail, at a server where the order can be carried out. */
static bool
fits(const struct search *search, const struct mail_names *names, const struct record *record)
{
	const char *reason = search->order == MAIL_HOLD ? "passed" : "held";
	return (text_equal(search->name, names->reference) ||
		   text_equal(search->name, names->queue_id)) &&
	       text_equal(record->reason, reason);
}

static void
look_at(void *context, const struct record *record)
{
	struct search *search = context;
	struct mail_names names = mail_names_of(record);
	struct waiting *waiting = &search->waiting;
	if (!fits(search, &names, record))
		return;
	search->found = true;
	snprintf(waiting->queue_id, sizeof(waiting->queue_id), "%s", names.queue_id);
	snprintf(waiting->place, sizeof(waiting->place), "%.*s",
	    (int)strcspn(record->text, ":"), record->text);
	snprintf(waiting->account, sizeof(waiting->account), "%s", record->account_name);
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
	struct search search = {.name = arguments->words[1]};
	int order = mail_order_find(arguments->words[0]);
	if (order < 0)
		return mail_complain(
		    ANSWER_USAGE, "hold, release or reject a mail; or say one name");
	search.order = (enum mail_order)order;
	int status = mail_records_visit(state, look_at, &search);
	if (status)
		return status;
	const char *missing = order == MAIL_HOLD ? "no mail of that name has passed"
						 : "no mail of that name was held";
	if (!search.found)
		return mail_complain(ANSWER_NOT_FOUND, missing);
	return ask(arguments, search.order, &search.waiting, note);
}
