/* SPDX-License-Identifier: Apache-2.0 */
/* hayward breaker: has mass action been halted, what waits, and closing it again. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include <stdio.h>

#include "base/attributes.h"

void
breaker_view(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *breaker = json_object_get(data, "breaker");
	long long limit = (long long)fact_integer(breaker, "limit");
	auto_str since = {0};
	moment_add(&since, look, fact_text(breaker, "since"));
	if (fact_flag(breaker, "tripped"))
		view_fact(out, "breaker",
		    "tripped at %s: nothing is done until you have looked", str_text(&since));
	else if (since.length)
		view_fact(out, "breaker", "closed, since %s", str_text(&since));
	else
		view_fact(out, "breaker", "closed");
	if (limit)
		view_fact(out, "limit", "%lld account%s within an hour", limit,
		    limit == 1 ? "" : "s");
	else
		view_fact(out, "limit", "none: it never trips (breaker-accounts)");
	if (fact_flag(breaker, "tripped"))
		case_list_view(
		    json_object_get(data, "cases"), look, "nothing waits for it yet", out);
}

int
command_breaker(int argc, char **argv)
{
	bool resume = false, drop = false;
	const char *note = NULL;
	const struct flag flags[] = {
	    {"--resume", &resume, NULL}, {"--drop", &drop, NULL}, {"--note", NULL, &note}};
	struct arguments arguments;
	int status = arguments_read(argc, argv, flags, array_length(flags), &arguments);
	if (status || !arguments_count(&arguments, 0, 0))
		return ANSWER_USAGE;
	if (!resume && !drop)
		return ask_and_show(&arguments, question_new(ASK_BREAKER), breaker_view);
	if ((resume && drop) || !note) {
		fprintf(stderr, "hayward breaker: %s\n",
		    note ? "--resume or --drop, not both" : "--note is needed: say why");
		return ANSWER_USAGE;
	}
	json_t *question = question_new(resume ? ASK_BREAKER_RESUME : ASK_BREAKER_DROP);
	if (question_add_text(&arguments, question, "note", note))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, NULL);
}
