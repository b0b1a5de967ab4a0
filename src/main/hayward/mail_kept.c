/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/mail_kept.h"

#include "main/hayward/connection.h"
#include "main/hayward/table.h"
#include "main/hayward/views.h"
#include "model/quantity.h"

static void
add_mail(struct table *table, const struct look *look, const json_t *mail)
{
	auto_str size = {0}, until = {0};
	bool is_stripped = json_is_true(json_object_get(mail, "stripped"));
	bool again = json_is_true(json_object_get(mail, "again"));
	quantity_add(&size, UNIT_SIZE, fact_integer(mail, "bytes"));
	if (fact_is_there(mail, "kept_until"))
		moment_add(&until, look, fact_text(mail, "kept_until"));
	table_add(table, fact_text(mail, "reference"));
	table_add(table, fact_text(mail, "mailbox"));
	table_add(table, fact_text(mail, "folder"));
	table_add(table, fact_text(mail, "subject"));
	table_add(table, str_text(&size));
	table_add(table, is_stripped ? "files" : "mail");
	table_add(table, str_text(&until));
	table_add(table, again ? "staff" : "you");
}

static void
removed_view(const json_t *data, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"REFERENCE", ALIGN_LEFT, 0, false},
	    {"MAILBOX", ALIGN_LEFT, 2, true},
	    {"FOLDER", ALIGN_LEFT, 3, true},
	    {"SUBJECT", ALIGN_LEFT, 0, true},
	    {"SIZE", ALIGN_RIGHT, 4, false},
	    {"TAKEN", ALIGN_LEFT, 5, false},
	    {"KEPT UNTIL", ALIGN_LEFT, 1, false},
	    {"BROUGHT BACK BY", ALIGN_LEFT, 6, false},
	};
	auto_table struct table *table = table_new(columns, array_length(columns));
	const json_t *mails = json_object_get(data, "mails"), *item;
	size_t index;
	json_array_foreach(mails, index, item) add_mail(table, look, item);
	if (json_array_size(mails))
		table_print(table, look, SIZE_MAX, out);
	else
		str_add(out, "no mail is moved aside\n");
	if (fact_integer(data, "more"))
		str_addf(out, "and %lld more\n", (long long)fact_integer(data, "more"));
}

int
mail_removed(const struct arguments *arguments, const char *account)
{
	json_t *question = question_new(ASK_MAIL_REMOVED);
	if (question_add_text(arguments, question, "account", account))
		return ANSWER_USAGE;
	return ask_and_show(arguments, question, removed_view);
}

int
mail_restore(const struct arguments *arguments, const char *account, const char *note)
{
	json_t *question = question_new(ASK_MAIL_RESTORE);
	if (question_add_text(arguments, question, "mail", arguments->words[1]) ||
	    question_add_text(arguments, question, "account", account) ||
	    question_add_text(arguments, question, "note", note))
		return ANSWER_USAGE;
	return ask_and_show(arguments, question, NULL);
}
