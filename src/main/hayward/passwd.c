/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What owners change of their own by the running hayward: passwords and mailboxes.
 * Root on the host works at the desk instead (desk.h).
 */
#include <stdio.h>

#include "main/hayward/command.h"
#include "main/hayward/connection.h"
#include "main/hayward/secret.h"
#include "main/hayward/self.h"

/* What the options say. */
struct own {
	struct arguments arguments;
	const char *account;
	const char *password_file;
	const char *current_file;
};

static int
read_own(int argc, char **argv, struct own *own)
{
	const struct flag flags[] = {{"--account", NULL, &own->account},
	    {"--password-file", NULL, &own->password_file},
	    {"--current-file", NULL, &own->current_file}};
	return arguments_read(argc, argv, flags, array_length(flags), &own->arguments);
}

static int
add_member(const struct own *own, json_t *question, const char *name, const char *text)
{
	return question_add_text(&own->arguments, question, name, text);
}

/* The question with what every one of them has. NULL: it is said what is wrong. */
static json_t *
begin(const struct own *own, enum ask ask, const char *address)
{
	json_t *question = question_new(ask);
	if (add_member(own, question, "account", own->account) ||
	    add_member(own, question, "address", address))
		return NULL;
	return question;
}

static int
ask_with_password(const struct own *own, json_t *question)
{
	auto_secret password = {0};
	int status = secret_read_new(&own->arguments, own->password_file, &password);
	if (status) {
		json_decref(question);
		return status;
	}
	if (add_member(own, question, "password", str_text(&password)))
		return ANSWER_USAGE;
	return ask_and_show(&own->arguments, question, NULL);
}

/* ---- mailbox ---- */

static const struct {
	const char *name;
	enum ask ask;
	bool has_password;
} actions[] = {
    {"add", ASK_MAILBOX_ADD, true},
    {"remove", ASK_MAILBOX_REMOVE, false},
    {"passwd", ASK_MAILBOX_PASSWD, true},
    {"catch-all", ASK_CATCH_ALL, false},
};

int
mailbox_of_owner(int argc, char **argv)
{
	struct own own = {0};
	if (read_own(argc, argv, &own) || !arguments_count(&own.arguments, 2, 2))
		return ANSWER_USAGE;
	for (size_t i = 0; i < array_length(actions); i++) {
		if (!text_equal(own.arguments.words[0], actions[i].name))
			continue;
		json_t *question = begin(&own, actions[i].ask, own.arguments.words[1]);
		if (!question)
			return ANSWER_USAGE;
		return actions[i].has_password ? ask_with_password(&own, question)
					       : ask_and_show(&own.arguments, question, NULL);
	}
	fprintf(stderr, "hayward mailbox: add, remove, passwd or catch-all\n");
	return ANSWER_USAGE;
}

/* ---- passwd ---- */

/* The account's first mailbox. */
static int
find_mailbox(const struct own *own, json_t **ret_usage, const char **ret_address)
{
	json_t *question = begin(own, ASK_USAGE, NULL);
	int status =
	    question ? ask_for_data(&own->arguments, question, ret_usage) : ANSWER_USAGE;
	if (status)
		return status;
	*ret_address =
	    json_string_value(json_array_get(json_object_get(*ret_usage, "mailbox_names"), 0));
	if (*ret_address)
		return ANSWER_OK;
	fprintf(stderr, "hayward passwd: the account has no mailbox\n");
	return ANSWER_NOT_FOUND;
}

static int
passwd_mail(struct own *own)
{
	json_t *usage = NULL;
	const char *address = own->arguments.word_count > 1 ? own->arguments.words[1] : NULL;
	int status = address ? ANSWER_OK : find_mailbox(own, &usage, &address);
	json_t *question = status ? NULL : begin(own, ASK_MAILBOX_PASSWD, address);
	if (question)
		status = ask_with_password(own, question);
	json_decref(usage);
	return question || status ? status : ANSWER_USAGE;
}

/* Staff name the account, and are not asked for its password. */
static int
passwd_login(struct own *own)
{
	auto_secret current = {0};
	json_t *question = begin(own, ASK_PASSWD, NULL);
	if (!question || add_member(own, question, "service", own->arguments.words[0]))
		return ANSWER_USAGE;
	int status = own->account ? ANSWER_OK
				  : secret_read(&own->arguments, own->current_file,
					"Current password of the shell", &current);
	if (status) {
		json_decref(question);
		return status;
	}
	if (!own->account && add_member(own, question, "current", str_text(&current)))
		return ANSWER_USAGE;
	return ask_with_password(own, question);
}

int
command_passwd(int argc, char **argv)
{
	struct own own = {0};
	if (read_own(argc, argv, &own) || !arguments_count(&own.arguments, 1, 2))
		return ANSWER_USAGE;
	const char *service = own.arguments.words[0];
	if (text_equal(service, "mail"))
		return passwd_mail(&own);
	if (own.arguments.word_count == 1 &&
	    (text_equal(service, "shell") || text_equal(service, "ftp")))
		return passwd_login(&own);
	fprintf(stderr, "hayward passwd: shell, ftp, or mail [NAME@DOMAIN]\n");
	return ANSWER_USAGE;
}
