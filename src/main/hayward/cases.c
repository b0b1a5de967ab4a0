/* SPDX-License-Identifier: Apache-2.0 */
/* hayward cases: what is open, what waits for the staff, what there was. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include "base/attributes.h"

void
cases_view(const json_t *data, const struct look *look, struct str *out)
{
	case_list_view(json_object_get(data, "cases"), look, "no open cases", out);
}

static void
all_view(const json_t *data, const struct look *look, struct str *out)
{
	case_list_view(json_object_get(data, "cases"), look, "no cases", out);
}

static void
waiting_view(const json_t *data, const struct look *look, struct str *out)
{
	case_list_view(
	    json_object_get(data, "cases"), look, "nothing waits for the staff", out);
}

int
command_cases(int argc, char **argv)
{
	bool all = false, waiting = false;
	const char *account = NULL;
	const struct flag flags[] = {
	    {"--all", &all, NULL},
	    {"--waiting", &waiting, NULL},
	    {"--account", NULL, &account},
	};
	struct arguments arguments;
	int status = arguments_read(argc, argv, flags, array_length(flags), &arguments);
	if (status || !arguments_count(&arguments, 0, 0))
		return ANSWER_USAGE;
	json_t *question = question_new(ASK_CASES);
	if (all)
		json_object_set_new(question, "all", json_true());
	if (waiting)
		json_object_set_new(question, "waiting", json_true());
	if (account)
		json_object_set_new(question, "account", json_string(account));
	return ask_and_show(&arguments, question,
	    waiting ? waiting_view
	    : all   ? all_view
		    : cases_view);
}
