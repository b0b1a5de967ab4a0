/* SPDX-License-Identifier: Apache-2.0 */
/* hayward domain, mailbox, database, ftp: what customers have. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "main/hayward/command.h"
#include "main/hayward/customer.h"
#include "main/hayward/self.h"

enum {
	NAMES_AND_SITES = 1U << ROLE_DNS | 1U << ROLE_MAIL | 1U << ROLE_WEB,
	MAIL = 1U << ROLE_MAIL | 1U << ROLE_FILE,
	WEB = 1U << ROLE_WEB
};

static int
domain_add(struct wish *wish, char **words)
{
	return change_add_domain(&wish->desk.office.change, words[0], words[1]);
}

static int
domain_remove(struct wish *wish, char **words)
{
	return change_remove_domain(&wish->desk.office.change, words[0]);
}

int
command_domain(int argc, char **argv)
{
	static const struct wish_action actions[] = {
	    {"add", 2, "ACCOUNT DOMAIN", domain_add, NULL, NAMES_AND_SITES},
	    {"remove", 1, "DOMAIN", domain_remove, NULL, NAMES_AND_SITES},
	};
	return wish_run(argc, argv, actions, array_length(actions));
}

static int
mailbox_add(struct wish *wish, char **words)
{
	const char *password = wish_password(wish, "");
	return password
		   ? change_add_mailbox(&wish->desk.office.change, NULL, words[0], password)
		   : -EINVAL;
}

static int
mailbox_passwd(struct wish *wish, char **words)
{
	const char *password = wish_password(wish, "");
	return password ? change_mailbox_password(
			      &wish->desk.office.change, NULL, words[0], password)
			: -EINVAL;
}

static int
mailbox_remove(struct wish *wish, char **words)
{
	return change_remove_mailbox(&wish->desk.office.change, NULL, words[0]);
}

static int
mailbox_catch_all(struct wish *wish, char **words)
{
	return change_catch_all(&wish->desk.office.change, NULL, words[0]);
}

int
command_mailbox(int argc, char **argv)
{
	static const struct wish_action actions[] = {
	    {"add", 1, "NAME@DOMAIN", mailbox_add, NULL, MAIL},
	    {"remove", 1, "NAME@DOMAIN", mailbox_remove, NULL, MAIL},
	    {"passwd", 1, "NAME@DOMAIN", mailbox_passwd, NULL, MAIL},
	    {"catch-all", 1, "NAME@DOMAIN|@DOMAIN", mailbox_catch_all, NULL, MAIL},
	};
	if (geteuid() != 0)
		return mailbox_of_owner(argc, argv);
	return wish_run(argc, argv, actions, array_length(actions));
}

static int
database_add(struct wish *wish, char **words)
{
	const char *password = wish_database_password(wish, words[0]);
	return password ? change_add_database(
			      &wish->desk.office.change, words[0], words[1], password)
			: -EINVAL;
}

static int
database_passwd(struct wish *wish, char **words)
{
	const char *password = wish_database_password(wish, words[0]);
	return password ? change_database_password(
			      &wish->desk.office.change, words[0], words[1], password)
			: -EINVAL;
}

static int
database_remove(struct wish *wish, char **words)
{
	return change_remove_database(&wish->desk.office.change, words[0], words[1]);
}

int
command_database(int argc, char **argv)
{
	static const struct wish_action actions[] = {
	    {"add", 2, "ACCOUNT NAME", database_add, NULL, WEB},
	    {"remove", 2, "ACCOUNT NAME", database_remove, NULL, WEB},
	    {"passwd", 2, "ACCOUNT NAME", database_passwd, NULL, WEB},
	};
	return wish_run(argc, argv, actions, array_length(actions));
}

static int
ftp_add(struct wish *wish, char **words)
{
	const char *password = wish_password(wish, words[0]);
	return password ? change_add_ftp(&wish->desk.office.change, words[0], words[1],
			      wish->folder ? wish->folder : "public_html", password)
			: -EINVAL;
}

static int
ftp_remove(struct wish *wish, char **words)
{
	return change_remove_ftp(&wish->desk.office.change, words[0], words[1]);
}

int
command_ftp(int argc, char **argv)
{
	static const struct wish_action actions[] = {
	    {"add", 2, "ACCOUNT NAME [--folder FOLDER]", ftp_add, NULL, WEB},
	    {"remove", 2, "ACCOUNT NAME", ftp_remove, NULL, WEB},
	};
	return wish_run(argc, argv, actions, array_length(actions));
}
