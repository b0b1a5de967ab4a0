/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SECURITY: a dump is a text of statements that a customer's tables, routines and names were
 * written into, and the client that reads it obeys commands for a shell. So it is read
 * by the database's own user and by a process of its owner's uid: it can do what he can.
 * Who that is says the table of databases that hayward has made; in others nothing is loaded.
 */
#include "roles/web_move.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"
#include "site/names.h"

enum {
	ANSWERS_WITHIN = 60000,
	DONE_WITHIN = 6 * 3600000,
	LONGEST_DATABASE = 64,
	PASSWORD_BYTES = 24,
};

static const char server[] = "--socket=/run/mysqld/mysqld.sock";
static const char credentials[] = "/run/hayward-load.cnf";

static int
ask(const struct str *statements, struct str *words)
{
	static const char *const arguments[] = {"/usr/bin/mariadb", "--no-defaults", server,
	    "--user=root", "--batch", "--skip-column-names", "--connect-timeout=10", NULL};
	struct program program;
	int status = program_start(arguments, statements, PROGRAM_OUTPUT_AND_ERRORS, &program);
	if (!status)
		status = program_finish(&program, ANSWERS_WITHIN, words);
	return status > 0 ? -EIO : status;
}

/* Whose it is. 0, or -errno and it is said. */
static int
find_owner(const char *database, int64_t *ret_uid, struct str *ret_wrong)
{
	auto_str statement = {0}, words = {0};
	if (whole_name_wrong(database) || strlen(database) > LONGEST_DATABASE) {
		str_add(ret_wrong, "that is no name for a database");
		return -EINVAL;
	}
	str_addf(&statement, "SELECT uid FROM hayward.made WHERE name = '%s';\n", database);
	int status = ask(&statement, &words);
	*ret_uid = status ? 0 : strtoll(str_text(&words), NULL, 10);
	if (status)
		str_add(ret_wrong, words.length ? str_text(&words) : strerror(-status));
	else if (*ret_uid <= 0)
		str_add(ret_wrong, "hayward has made no such database");
	return status ? status : *ret_uid > 0 ? 0 : -ENOENT;
}

int
web_dump(const char *database, struct str *ret_wrong)
{
	int64_t uid;
	int status = find_owner(database, &uid, ret_wrong);
	if (status)
		return status;
	const char *const arguments[] = {"/usr/bin/mariadb-dump", "--no-defaults", server,
	    "--user=root", "--single-transaction", "--routines", "--events", "--triggers",
	    database, NULL};
	status = program_pass(arguments, STDIN_FILENO, STDOUT_FILENO, DONE_WITHIN, ret_wrong);
	return status > 0 ? -EIO : status;
}

static int
choose_password(struct str *out)
{
	unsigned char bytes[PASSWORD_BYTES];
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++)
		str_addf(out, "%02x", bytes[i]);
	return 0;
}

/* For this once; only the owner, and nobody for longer than the loading, can read it. */
static int
write_credentials(const char *database, int64_t uid, const char *password)
{
	auto_str text = {0};
	str_addf(&text, "[client]\nuser=%s\npassword=%s\nsocket=%s\n", database, password,
	    strchr(server, '/'));
	int status = file_replace(AT_FDCWD, credentials, 0600, str_text(&text), text.length);
	if (!status && chown(credentials, (uid_t)uid, (gid_t)uid))
		status = -errno;
	return status;
}

static int
let_in(const char *database, const char *password, struct str *ret_wrong)
{
	auto_str statements = {0};
	str_addf(&statements,
	    "ALTER USER '%s'@'localhost' IDENTIFIED BY '%s' ACCOUNT UNLOCK;\n", database,
	    password);
	return ask(&statements, ret_wrong);
}

static int
shut_out(const char *database, struct str *ret_wrong)
{
	auto_str statements = {0};
	str_addf(&statements, "ALTER USER '%s'@'localhost' ACCOUNT LOCK;\n", database);
	return ask(&statements, ret_wrong);
}

static int
load(const char *database, int64_t uid, struct str *ret_wrong)
{
	auto_str defaults = {0}, number = {0};
	auto_fd int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	str_addf(&defaults, "--defaults-file=%s", credentials);
	str_addf(&number, "%lld", (long long)uid);
	const char *const arguments[] = {"/usr/bin/setpriv", "--reuid", str_text(&number),
	    "--regid", str_text(&number), "--clear-groups", "/usr/bin/mariadb",
	    str_text(&defaults), "--batch", database, NULL};
	int status = program_pass(arguments, STDIN_FILENO, nothing, DONE_WITHIN, ret_wrong);
	return status > 0 ? -EIO : status;
}

int
web_load(const char *database, struct str *ret_wrong)
{
	int64_t uid;
	auto_str password = {0};
	int status = find_owner(database, &uid, ret_wrong);
	if (!status)
		status = choose_password(&password);
	if (!status)
		status = write_credentials(database, uid, str_text(&password));
	if (!status)
		status = let_in(database, str_text(&password), ret_wrong);
	if (status)
		return status;
	status = load(database, uid, ret_wrong);
	unlink(credentials);
	int locked = shut_out(database, ret_wrong);
	return status ? status : locked;
}
