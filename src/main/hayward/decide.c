/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people do to cases: approve, lift, impose, mended, reached, except,
 * revoke, and reload. Each is one question; the daemon's words are the answer.
 */
#include "main/hayward/command.h"
#include "main/hayward/connection.h"

#include <stdio.h>

#include "base/attributes.h"

/* A question about the case that the first word names; NULL, and it is said, if it names none.
 */
static json_t *
about_case(const struct arguments *arguments, enum ask ask)
{
	if (!arguments_count(arguments, 1, 1))
		return NULL;
	uint64_t number = case_number_from(arguments);
	if (!number)
		return NULL;
	json_t *question = question_new(ask);
	json_object_set_new(question, "case", json_integer((json_int_t)number));
	return question;
}

static int
missing(const struct arguments *arguments, const char *flag)
{
	fprintf(stderr, "hayward %s: %s is needed; see hayward %s --help\n", arguments->command,
	    flag, arguments->command);
	return ANSWER_USAGE;
}

/* Most of them: a case, and a note that may be demanded. */
static int
decide(int argc, char **argv, enum ask ask, const char *note_flag)
{
	const char *note = NULL;
	const struct flag flags[] = {{note_flag, NULL, &note}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments))
		return ANSWER_USAGE;
	if (!note && ask_info(ask)->must & UINT32_C(1) << MEMBER_NOTE)
		return missing(&arguments, note_flag);
	json_t *question = about_case(&arguments, ask);
	if (!question || question_add_text(&arguments, question, "note", note))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, NULL);
}

int
command_approve(int argc, char **argv)
{
	bool refuse = false;
	const char *note = NULL;
	const struct flag flags[] = {{"--refuse", &refuse, NULL}, {"--note", NULL, &note}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments))
		return ANSWER_USAGE;
	json_t *question = about_case(&arguments, refuse ? ASK_REFUSE : ASK_APPROVE);
	if (!question || question_add_text(&arguments, question, "note", note))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, NULL);
}

/* A number is a case; everything else is an account, which may be called what it likes. */
int
command_lift(int argc, char **argv)
{
	const char *note = NULL, *reached_by = NULL;
	const struct flag flags[] = {
	    {"--note", NULL, &note}, {"--reached-by", NULL, &reached_by}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 1, 1))
		return ANSWER_USAGE;
	if (!note)
		return missing(&arguments, "--note");
	uint64_t number = case_number_of(arguments.words[0]);
	json_t *question = question_new(ASK_LIFT);
	if (number)
		json_object_set_new(question, "case", json_integer((json_int_t)number));
	if (question_add_text(
		&arguments, question, "account", number ? NULL : arguments.words[0]) ||
	    question_add_text(&arguments, question, "reached_by", reached_by) ||
	    question_add_text(&arguments, question, "note", note))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, NULL);
}

int
command_extend(int argc, char **argv)
{
	const char *by = NULL, *note = NULL;
	const struct flag flags[] = {{"--by", NULL, &by}, {"--note", NULL, &note}};
	struct arguments arguments;
	int64_t ms = 0;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments))
		return ANSWER_USAGE;
	if (!by || !note)
		return missing(&arguments, by ? "--note" : "--by");
	if (duration_parse(by, &ms) || ms < 1) {
		fprintf(stderr, "hayward extend: '--by' takes a time such as 12h or 3d\n");
		return ANSWER_USAGE;
	}
	json_t *question = about_case(&arguments, ASK_EXTEND);
	if (!question || question_add_text(&arguments, question, "note", note))
		return ANSWER_USAGE;
	json_object_set_new(question, "ms", json_integer((json_int_t)ms));
	return ask_and_show(&arguments, question, NULL);
}

int
command_answer(int argc, char **argv)
{
	return decide(argc, argv, ASK_ANSWER, "--text");
}

int
command_impose(int argc, char **argv)
{
	return decide(argc, argv, ASK_IMPOSE, "--note");
}

int
command_mended(int argc, char **argv)
{
	return decide(argc, argv, ASK_MENDED, "--note");
}

int
command_reached(int argc, char **argv)
{
	return decide(argc, argv, ASK_REACHED, "--how");
}

/* A question about a clause and an account, the two words of the command. */
static json_t *
about_clause(const struct arguments *arguments, enum ask ask)
{
	json_t *question = question_new(ask);
	if (question_add_text(arguments, question, "clause", arguments->words[0]) ||
	    question_add_text(arguments, question, "account", arguments->words[1]))
		return NULL;
	return question;
}

int
command_except(int argc, char **argv)
{
	const char *until = NULL, *because = NULL;
	const struct flag flags[] = {{"--until", NULL, &until}, {"--because", NULL, &because}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 2, 2))
		return ANSWER_USAGE;
	if (!until || !because)
		return missing(&arguments, until ? "--because" : "--until");
	json_t *question = about_clause(&arguments, ASK_EXCEPT);
	if (!question || question_add_text(&arguments, question, "until", until) ||
	    question_add_text(&arguments, question, "note", because))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, NULL);
}

/* A granted port, by the number of its request. */
static json_t *
about_port(const struct arguments *arguments)
{
	uint64_t number = case_number_of(arguments->words[0]);
	if (!number) {
		fprintf(stderr, "hayward revoke: a clause and an account, or the number of a "
				"request\n");
		return NULL;
	}
	json_t *question = question_new(ASK_SHUT);
	json_object_set_new(question, "request", json_integer((json_int_t)number));
	return question;
}

int
command_revoke(int argc, char **argv)
{
	const char *note = NULL;
	const struct flag flags[] = {{"--note", NULL, &note}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 1, 2))
		return ANSWER_USAGE;
	json_t *question = arguments.word_count == 1 ? about_port(&arguments)
						     : about_clause(&arguments, ASK_REVOKE);
	if (!question || question_add_text(&arguments, question, "note", note))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, NULL);
}

int
command_maintenance(int argc, char **argv)
{
	bool end = false;
	const char *time = NULL, *note = NULL;
	const struct flag flags[] = {
	    {"--end", &end, NULL}, {"--for", NULL, &time}, {"--note", NULL, &note}};
	struct arguments arguments;
	int64_t ms = 0;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 0, 0))
		return ANSWER_USAGE;
	if (end == (time != NULL) || (time && (duration_parse(time, &ms) || ms < 1)))
		return missing(&arguments, "--end, or --for with a time such as 90m,");
	if (!end && !note)
		return missing(&arguments, "--note");
	json_t *question = question_new(end ? ASK_MAINTENANCE_END : ASK_MAINTENANCE);
	if (question_add_text(&arguments, question, "note", note))
		return ANSWER_USAGE;
	if (!end)
		json_object_set_new(question, "ms", json_integer((json_int_t)ms));
	return ask_and_show(&arguments, question, NULL);
}

int
command_reload(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(argc, argv, NULL, 0, &arguments);
	if (status || !arguments_count(&arguments, 0, 0))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question_new(ASK_RELOAD), NULL);
}
