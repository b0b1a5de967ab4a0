/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What owners ask of the staff: request and withdraw for them, grant for the
 * staff, requests for both.
 */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "main/hayward/table.h"

static const struct column columns[] = {
    {"REQUEST", ALIGN_RIGHT, 0, false},
    {"ACCOUNT", ALIGN_LEFT, 0, false},
    {"ABOUT", ALIGN_LEFT, 0, false},
    {"WHAT", ALIGN_LEFT, 3, false},
    {"UNTIL", ALIGN_LEFT, 2, false},
    {"ASKED", ALIGN_LEFT, 1, false},
    {"STATE", ALIGN_LEFT, 0, false},
    {"WHY", ALIGN_LEFT, 0, true},
};

static void
add_row(struct table *table, const struct look *look, const json_t *request)
{
	auto_str until = {0}, asked = {0};
	bool open = strcmp(fact_text(request, "state"), "open") == 0;
	moment_add_last_day(&until, fact_text(request, "until"));
	moment_add_distance(&asked, look, fact_text(request, "asked"));
	table_addf(table, "%lld", (long long)fact_integer(request, "request"));
	table_add(table, fact_text(request, "account"));
	table_add(table, fact_text(request, "about"));
	const char *destination = fact_text(request, "destination");
	table_add(table, *destination ? destination : fact_text(request, "clause"));
	table_add(table, str_text(&until));
	table_add(table, str_text(&asked));
	table_add(table, fact_text(request, "state"));
	table_paint(table, open ? PAINT_YELLOW : PAINT_PLAIN);
	const char *answer = fact_text(request, "answer");
	table_add(table, open || !*answer ? fact_text(request, "because") : answer);
}

void
requests_view(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *requests = json_object_get(data, "requests");
	size_t index;
	const json_t *request;
	if (json_array_size(requests) == 0) {
		str_add(out, "no requests\n");
		return;
	}
	auto_table struct table *table = table_new(columns, array_length(columns));
	json_array_foreach(requests, index, request) add_row(table, look, request);
	table_print(table, look, SIZE_MAX, out);
}

int
command_requests(int argc, char **argv)
{
	bool all = false;
	const char *account = NULL;
	const struct flag flags[] = {{"--all", &all, NULL}, {"--account", NULL, &account}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 0, 0))
		return ANSWER_USAGE;
	json_t *question = question_new(ASK_REQUESTS);
	if (all)
		json_object_set_new(question, "all", json_true());
	if (question_add_text(&arguments, question, "account", account))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, requests_view);
}

static int
needs(const struct arguments *arguments, const char *what)
{
	fprintf(stderr, "hayward %s: %s; see hayward %s --help\n", arguments->command, what,
	    arguments->command);
	return ANSWER_USAGE;
}

int
command_request(int argc, char **argv)
{
	const char *because = NULL, *until = NULL, *account = NULL;
	const char *to = NULL, *port = NULL, *role = NULL;
	const struct flag flags[] = {{"--because", NULL, &because}, {"--until", NULL, &until},
	    {"--account", NULL, &account}, {"--to", NULL, &to}, {"--port", NULL, &port},
	    {"--role", NULL, &role}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 1, 2))
		return ANSWER_USAGE;
	const char *clause = arguments.word_count == 2 ? arguments.words[1] : NULL;
	if (!because)
		return needs(&arguments, "--because is needed: say what for");
	bool excepts = strcmp(arguments.words[0], "exception") == 0;
	bool opens = strcmp(arguments.words[0], "port") == 0;
	if (opens && (!until || !to || !port))
		return needs(&arguments, "a port wants --to ADDRESS, --port PORT and --until");
	if (!until == (excepts || opens) || !clause == excepts)
		return needs(&arguments, "an exception wants a clause and --until");
	json_t *question = question_new(ASK_REQUEST);
	if (question_add_text(&arguments, question, "about", arguments.words[0]) ||
	    question_add_text(&arguments, question, "clause", clause) ||
	    question_add_text(&arguments, question, "until", until) ||
	    question_add_text(&arguments, question, "account", account) ||
	    question_add_text(&arguments, question, "address", to) ||
	    question_add_text(&arguments, question, "port", port) ||
	    question_add_text(&arguments, question, "role", role) ||
	    question_add_text(&arguments, question, "note", because))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, NULL);
}

/* The number that the first word is; 0, and it is said, if it is none. */
static uint64_t
request_number(const struct arguments *arguments)
{
	uint64_t number =
	    arguments_count(arguments, 1, 1) ? case_number_of(arguments->words[0]) : 0;
	if (arguments->word_count == 1 && !number)
		needs(arguments, "a request is a number, as hayward requests lists it");
	return number;
}

static json_t *
about_request(const struct arguments *arguments, enum ask ask)
{
	uint64_t number = request_number(arguments);
	if (!number)
		return NULL;
	json_t *question = question_new(ask);
	json_object_set_new(question, "request", json_integer((json_int_t)number));
	return question;
}

int
command_withdraw(int argc, char **argv)
{
	struct arguments arguments;
	if (arguments_read(argc, argv, NULL, 0, &arguments))
		return ANSWER_USAGE;
	json_t *question = about_request(&arguments, ASK_WITHDRAW);
	return question ? ask_and_show(&arguments, question, NULL) : ANSWER_USAGE;
}

int
command_grant(int argc, char **argv)
{
	bool refuse = false;
	const char *note = NULL, *until = NULL;
	const struct flag flags[] = {
	    {"--refuse", &refuse, NULL}, {"--note", NULL, &note}, {"--until", NULL, &until}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments))
		return ANSWER_USAGE;
	if (refuse && (!note || until))
		return needs(&arguments,
		    note ? "what is refused has no --until" : "--refuse needs --note: say why");
	json_t *question = about_request(&arguments, refuse ? ASK_DENY : ASK_GRANT);
	if (!question || question_add_text(&arguments, question, "until", until) ||
	    question_add_text(&arguments, question, "note", note))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, NULL);
}
