/* SPDX-License-Identifier: Apache-2.0 */
/* hayward cgi-test: a script as the web server runs it, with all that it says. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include "model/quantity.h"

static void
add_lines(const json_t *data, const char *name, const char *title, const struct look *look,
    struct str *out)
{
	const json_t *lines = json_object_get(data, name), *line;
	size_t index;
	if (!json_array_size(lines))
		return;
	view_heading(out, look, title);
	json_array_foreach(lines, index, line)
	{
		view_text(out, json_string_value(line));
		str_add_char(out, '\n');
	}
}

static void
add_end(const json_t *data, struct str *out)
{
	int64_t signal = fact_integer(data, "signal"), status = fact_integer(data, "status");
	if (fact_integer(data, "late"))
		view_fact(out, "ended", "by us, because it took too long");
	else if (signal)
		view_fact(out, "ended", "by signal %lld", (long long)signal);
	else
		view_fact(out, "ended", "with status %lld", (long long)status);
	auto_str memory = {0};
	quantity_add(&memory, UNIT_SIZE, fact_integer(data, "memory"));
	view_fact(out, "took", "%.2f s, %.2f s of them processor time",
	    (double)fact_integer(data, "wall_ms") / 1000,
	    (double)fact_integer(data, "cpu_ms") / 1000);
	view_fact(out, "memory", "%s at most", str_text(&memory));
}

static void
cgi_test_view(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *how = json_object_get(data, "how"), *line;
	size_t index;
	json_array_foreach(how, index, line)
	    view_fact(out, index ? "" : "run as", "%s", json_string_value(line));
	add_end(data, out);
	add_lines(data, "headers", "headers", look, out);
	add_lines(data, "body", "body", look, out);
	add_lines(data, "errors", "errors", look, out);
	if (fact_integer(data, "cut"))
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
