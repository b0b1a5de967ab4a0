/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands for customers share: account, domain, mailbox, database, ftp.
 * Each is a table of actions; an action changes the book at the desk.
 */
#ifndef MAIN_HAYWARD_CUSTOMER_H
#define MAIN_HAYWARD_CUSTOMER_H

#include "main/hayward/desk.h"

/* A command with its options; what was not given is NULL or false. */
struct wish {
	struct desk desk;
	struct arguments arguments;
	struct desk_places places;
	const char *plan;
	const char *domain;
	const char *contact;
	const char *folder;
	const char *password_file;
	const char *service;
	const char *export_to;
	const char *import_from;
	bool yes;
	struct str chosen;     /* a password that was made for this wish */
	const char *signed_up; /* whose sign-up is over once the passwords are told */
};

/* One word behind the command's name. */
struct wish_action {
	const char *name;
	size_t words; /* behind the action's name */
	const char *usage;
	/* Changes the book: a status of site/change.h. */
	int (*change)(struct wish *wish, char **words);
	/* Or only looks at it: an exit status. */
	int (*look)(struct wish *wish, char **words);
	unsigned roles; /* who is told */
};

/* Runs the action that the words name; the exit status. */
int wish_run(
    int argc, char **argv, const struct wish_action *actions, size_t action_count) must_use;

/*
 * The password that was given for the account, or one that is made, as crypt(5); in the
 * arena. NULL: it will not do, and the desk's why says why not.
 */
const char *wish_password(struct wish *wish, const char *account);

/* The same as MariaDB has it. */
const char *wish_database_password(struct wish *wish, const char *account);

#endif
