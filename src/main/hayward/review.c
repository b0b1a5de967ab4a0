/* SPDX-License-Identifier: Apache-2.0 */
/* hayward review: accounts that are looked through, their scripts, and signing them off. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "main/hayward/table.h"
#include "model/quantity.h"

enum { LIST_DIGITS = 12 };

/* ---- the queue ---- */

static void
add_review(struct table *table, const struct look *look, const json_t *review)
{
	auto_str listed = {0}, reviewed = {0};
	bool done = strcmp(fact_text(review, "state"), "signed off") == 0;
	moment_add(&listed, look, fact_text(review, "listed"));
	moment_add(&reviewed, look, fact_text(review, "reviewed"));
	table_add(table, fact_text(review, "account"));
	table_add(table, fact_text(review, "state"));
	table_paint(table, done ? PAINT_DIM : PAINT_YELLOW);
	table_addf(table, "%lld", (long long)fact_integer(review, "scripts"));
	table_add(table, str_text(&listed));
	table_add(table, str_text(&reviewed));
	table_add(table, fact_text(review, "reviewed_by"));
}

void
reviews_view(const json_t *data, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"ACCOUNT", ALIGN_LEFT, 0, true},
	    {"STATE", ALIGN_LEFT, 0, false},
	    {"SCRIPTS", ALIGN_RIGHT, 3, false},
	    {"LISTED", ALIGN_LEFT, 2, false},
	    {"REVIEWED", ALIGN_LEFT, 4, false},
	    {"BY", ALIGN_LEFT, 1, true},
	};
	const json_t *reviews = json_object_get(data, "reviews"), *review;
	size_t index;
	if (json_array_size(reviews) == 0) {
		str_add(
		    out, fact_is_there(data, "clause")
			     ? "no account is to be looked through\n"
			     : "the policy has no scrutiny: nobody is to be looked through\n");
		return;
	}
	auto_table struct table *table = table_new(columns, array_length(columns));
	json_array_foreach(reviews, index, review) add_review(table, look, review);
	table_print(table, look, SIZE_MAX, out);
}

/* ---- one account ---- */

/* "3 U1, 4 A10": the cases that named the script. */
static void
add_cases(struct str *out, const json_t *named, const char *path)
{
	size_t index;
	const json_t *item;
	long long last = 0;
	json_array_foreach(named, index, item)
	{
		long long number = (long long)fact_integer(item, "case");
		if (strcmp(fact_text(item, "path"), path) != 0 || number == last)
			continue;
		str_addf(out, "%s%lld ", out->length ? ", " : "", number);
		str_add(out, fact_text(item, "clause"));
		last = number;
	}
}

static enum paint
change_paint(const char *change)
{
	return strcmp(change, "same") == 0 ? PAINT_DIM : PAINT_YELLOW;
}

static void
add_script(struct table *table, const json_t *script, const json_t *named)
{
	auto_str size = {0}, cases = {0};
	const char *change = fact_text(script, "change");
	quantity_add(&size, UNIT_SIZE, fact_integer(script, "size"));
	add_cases(&cases, named, fact_text(script, "path"));
	table_add(table, change);
	table_paint(table, change_paint(change));
	table_add(table, fact_text(script, "language"));
	table_addf(table, "%04llo", (unsigned long long)fact_integer(script, "mode"));
	table_add(table, str_text(&size));
	table_add(table, str_text(&cases));
	table_paint(table, PAINT_RED);
	table_add(table, fact_text(script, "path"));
}

static void
add_scripts(const json_t *data, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"CHANGE", ALIGN_LEFT, 0, false},
	    {"LANGUAGE", ALIGN_LEFT, 0, false},
	    {"MODE", ALIGN_RIGHT, 1, false},
	    {"SIZE", ALIGN_RIGHT, 2, false},
	    {"CASES", ALIGN_LEFT, 3, true},
	    {"SCRIPT", ALIGN_LEFT, 0, true},
	};
	const json_t *inventory = json_object_get(data, "inventory"), *script;
	const json_t *scripts = json_object_get(inventory, "scripts");
	size_t index;
	view_heading(out, look, "scripts");
	if (!json_is_object(inventory) || json_array_size(scripts) == 0) {
		str_add(out, json_is_object(inventory) ? "none\n" : "not listed yet\n");
		return;
	}
	auto_table struct table *table = table_new(columns, array_length(columns));
	json_array_foreach(scripts, index, script)
	    add_script(table, script, json_object_get(data, "named"));
	table_print(table, look, SIZE_MAX, out);
}

static void
add_bounds(const json_t *inventory, struct str *out)
{
	view_fact(out, "looked at", "%lld files in %lld folders",
	    (long long)fact_integer(inventory, "files"),
	    (long long)fact_integer(inventory, "folders"));
	if (fact_integer(inventory, "of_others") || fact_integer(inventory, "unread"))
		view_fact(out, "not",
		    "%lld that are not the account's, %lld that cannot be read",
		    (long long)fact_integer(inventory, "of_others"),
		    (long long)fact_integer(inventory, "unread"));
}

void
review_view(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *review = json_object_get(data, "review");
	auto_str head = {0}, listed = {0}, reviewed = {0};
	moment_add(&listed, look, fact_text(review, "listed"));
	moment_add(&reviewed, look, fact_text(review, "reviewed"));
	str_add(&head, "review of ");
	view_text(&head, fact_text(review, "account"));
	view_heading(out, look, str_text(&head));
	view_fact(out, "state", "%s%s", fact_text(review, "state"),
	    fact_flag(review, "watched") ? "" : "; no clause demands a review now");
	if (fact_is_there(review, "list"))
		view_fact(out, "list", "%.*s, as of %s", LIST_DIGITS, fact_text(review, "list"),
		    str_text(&listed));
	if (fact_is_there(review, "remark"))
		view_fact(out, "but", "%s", fact_text(review, "remark"));
	if (json_is_object(json_object_get(data, "inventory")))
		add_bounds(json_object_get(data, "inventory"), out);
	if (fact_is_there(review, "reviewed"))
		view_fact(out, "reviewed", "%s by %s: %s", str_text(&reviewed),
		    fact_text(review, "reviewed_by"), fact_text(review, "note"));
	add_scripts(data, look, out);
}

/* ---- asking ---- */

/* The list itself is the keeper's; without one there is nothing to ask for. */
static int
add_inventory(const struct arguments *arguments, const char *account, json_t *data)
{
	const json_t *review = json_object_get(data, "review");
	if (!fact_is_there(review, "list"))
		return ANSWER_OK;
	json_t *question = question_new(ASK_INVENTORY), *inventory;
	json_object_set_new(question, "account", json_string(account));
	json_object_set(question, "list", json_object_get(review, "list"));
	int status = ask_for_data(arguments, question, &inventory);
	if (status == ANSWER_OK)
		json_object_set_new(data, "inventory", inventory);
	return status;
}

static int
show_account(const struct arguments *arguments, const char *account, bool again)
{
	json_t *question = question_new(ASK_REVIEW), *data;
	json_object_set_new(question, "account", json_string(account));
	if (again)
		json_object_set_new(question, "again", json_true());
	int status = ask_for_data(arguments, question, &data);
	if (status)
		return status;
	status = add_inventory(arguments, account, data);
	if (status == ANSWER_OK && arguments->json) {
		print_json(data);
	} else if (status == ANSWER_OK) {
		auto_str shown = {0};
		struct look look = look_of_stdout();
		review_view(data, &look, &shown);
		fwrite(str_text(&shown), 1, shown.length, stdout);
	}
	json_decref(data);
	return status;
}

static int
sign_off(const struct arguments *arguments, const char *list, const char *note)
{
	json_t *question = question_new(ASK_SIGN_OFF);
	json_object_set_new(question, "account", json_string(arguments->words[0]));
	if (list)
		json_object_set_new(question, "list", json_string(list));
	if (json_object_set_new(question, "note", json_string(note)) == 0)
		return ask_and_show(arguments, question, NULL);
	fputs("hayward review: the note is not valid UTF-8\n", stderr);
	json_decref(question);
	return ANSWER_USAGE;
}

int
command_review(int argc, char **argv)
{
	bool again = false, done = false;
	const char *note = NULL, *list = NULL;
	const struct flag flags[] = {{"--rescan", &again, NULL}, {"--sign-off", &done, NULL},
	    {"--list", NULL, &list}, {"--note", NULL, &note}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, done || again, 1))
		return ANSWER_USAGE;
	if (done != (note != NULL) || (list && !done)) {
		fputs("hayward review: --sign-off and --note belong together\n", stderr);
		return ANSWER_USAGE;
	}
	if (!arguments.word_count)
		return ask_and_show(&arguments, question_new(ASK_REVIEWS), reviews_view);
	return done ? sign_off(&arguments, list, note)
		    : show_account(&arguments, arguments.words[0], again);
}
