/* SPDX-License-Identifier: Apache-2.0 */
/* hayward cgi-test: a script as the web server runs it, with all that it says. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

static void
cgi_test_view(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *line;
	size_t index;
	(void)look;
	json_array_foreach(json_object_get(data, "lines"), index, line)
	{
		view_text(out, json_string_value(line));
		str_add_char(out, '\n');
	}
	if (fact_flag(data, "cut"))
		str_add(out, "(there is more, which is not shown)\n");
}

int
command_cgi_test(int argc, char **argv)
{
	const char *account = NULL;
	const struct flag flags[] = {{"--account", NULL, &account}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 1, 2))
		return ANSWER_USAGE;
	json_t *question = question_new(ASK_CGI_TEST);
	if (question_add_text(&arguments, question, "account", account) ||
	    question_add_text(&arguments, question, "script", arguments.words[0]) ||
	    question_add_text(&arguments, question, "query",
		arguments.word_count > 1 ? arguments.words[1] : NULL))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, cgi_test_view);
}
