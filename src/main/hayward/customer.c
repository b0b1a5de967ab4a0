/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/customer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/escape.h"
#include "base/file.h"
#include "model/request.h"
#include "site/password.h"
#include "site/sign_up.h"

static int
say_usage(const struct arguments *arguments, const struct wish_action *actions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s hayward %s %s %s\n",
		    i ? "      " : "usage:", arguments->command, actions[i].name,
		    actions[i].usage);
	return ANSWER_USAGE;
}

static int
run_action(struct wish *wish, const struct wish_action *action)
{
	char **words = wish->arguments.words + 1;
	int status = desk_open(&wish->desk, &wish->arguments, &wish->places);
	if (status)
		return status;
	if (action->look)
		status = action->look(wish, words);
	else
		status = desk_finish(&wish->desk, action->change(wish, words), action->roles);
	/* What was made is told once, and only when it holds. */
	if (!status && wish->chosen.length) {
		fputs(str_text(&wish->chosen), stdout);
		fflush(stdout);
	}
	crash_point(CRASH_PASSWORDS_TOLD);
	if (!status && wish->signed_up)
		sign_up_done(&wish->desk.office.paths, wish->signed_up);
	desk_done(&wish->desk);
	explicit_bzero(wish->chosen.data, wish->chosen.capacity);
	str_done(&wish->chosen);
	return status;
}

int
wish_run(int argc, char **argv, const struct wish_action *actions, size_t action_count)
{
	struct wish wish = {0};
	const struct flag flags[] = {DESK_FLAGS(&wish.places), {"--plan", NULL, &wish.plan},
	    {"--domain", NULL, &wish.domain}, {"--contact", NULL, &wish.contact},
	    {"--folder", NULL, &wish.folder}, {"--for", NULL, &wish.service},
	    {"--export", NULL, &wish.export_to}, {"--import", NULL, &wish.import_from},
	    {"--password-file", NULL, &wish.password_file}, {"--yes", &wish.yes, NULL}};
	if (arguments_read(argc, argv, flags, array_length(flags), &wish.arguments))
		return ANSWER_USAGE;
	size_t words = wish.arguments.word_count;
	for (size_t i = 0; words && i < action_count; i++)
		if (text_equal(wish.arguments.words[0], actions[i].name) &&
		    words - 1 == actions[i].words)
			return run_action(&wish, &actions[i]);
	return say_usage(&wish.arguments, actions, action_count);
}

/* The first line of the file that was named; "-" is standard input. */
static int
read_password(struct wish *wish, struct str *out)
{
	int status;
	if (text_equal(wish->password_file, "-"))
		status = file_read_fd(STDIN_FILENO, 4 * LONGEST_PASSWORD, out);
	else
		status = file_read(AT_FDCWD, wish->password_file, 4 * LONGEST_PASSWORD, out);
	if (status)
		str_addf(
		    &wish->desk.office.why, "cannot read the password: %s", strerror(-status));
	str_cut(out, strcspn(str_text(out), "\r\n"));
	return status;
}

/* The words themselves. */
static int
find_password(struct wish *wish, const char *account, struct str *out)
{
	if (!wish->password_file) {
		int status = password_choose(out);
		if (status)
			str_addf(&wish->desk.office.why, "no password: %s", strerror(-status));
		else
			str_addf(&wish->chosen, "%s\n", str_text(out));
		return status;
	}
	int status = read_password(wish, out);
	if (status)
		return status;
	const char *wrong = password_wrong(str_text(out), account);
	if (wrong)
		str_addf(&wish->desk.office.why, "that password will not do: %s", wrong);
	return wrong ? -EINVAL : 0;
}

const char *
wish_password(struct wish *wish, const char *account)
{
	auto_str password = {0}, crypted = {0};
	int status = find_password(wish, account, &password);
	if (!status)
		status = password_crypt(str_text(&password), &crypted);
	explicit_bzero(password.data, password.capacity);
	return status ? NULL : arena_copy_text(wish->desk.office.arena, str_text(&crypted));
}

const char *
wish_database_password(struct wish *wish, const char *account)
{
	auto_str password = {0}, hashed = {0};
	int status = find_password(wish, account, &password);
	if (!status)
		password_mysql(str_text(&password), &hashed);
	explicit_bzero(password.data, password.capacity);
	return status ? NULL : arena_copy_text(wish->desk.office.arena, str_text(&hashed));
}
