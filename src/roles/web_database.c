/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MariaDB: a database and its user for each that the book has. The server itself
 * compares: it is given what the book has, and answers with what differs, so that
 * nothing is done where nothing changed. What hayward has made stands in a table of
 * its own, with the uid whose it is; what others made is not touched.
 *
 * Nothing is lost. What is no longer in the book is locked; after a week, or when
 * the name is given to somebody else, it is written to a file, and only then
 * dropped.
 *
 * SECURITY: only names of [a-z0-9_-] and passwords of hexadecimal digits are
 * written into a statement. The server tells back names that it was given.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/program.h"
#include "roles/web.h"
#include "site/names.h"

enum {
	ANSWERS_WITHIN = 60000,
	DUMPED_WITHIN = 300000,
	PASSWORD_DIGITS = 40,
	LONGEST_DATABASE = 64, /* MariaDB's own limit */
	MOST_CONNECTIONS = 20,
	ROWS_AT_ONCE = 500,
};

static const char removed[] = "/var/lib/hayward-web/removed";

static const char configuration[] =
    "# Written by hayward. For scripts on this machine only.\n"
    "[mariadbd]\n"
    "bind-address = 127.0.0.1\n"
    "skip-name-resolve\n"
    "local-infile = 0\n"
    "# How long it works for each user is part of the account's processor time.\n"
    "userstat = 1\n";

static const char prelude[] =
    "SET SESSION sql_mode = '', lock_wait_timeout = 20;\n"
    "CREATE DATABASE IF NOT EXISTS hayward;\n"
    "CREATE TABLE IF NOT EXISTS hayward.made (name VARCHAR(64) COLLATE utf8mb4_bin PRIMARY "
    "KEY, "
    "uid BIGINT NOT NULL, gone BIGINT NOT NULL DEFAULT 0);\n"
    "CREATE TEMPORARY TABLE hayward.book (name VARCHAR(64) COLLATE utf8mb4_bin PRIMARY KEY, "
    "uid BIGINT NOT NULL, password CHAR(41) NOT NULL, locked INT NOT NULL);\n"
    "CREATE TEMPORARY TABLE hayward.user (name VARCHAR(128) COLLATE utf8mb4_bin, host "
    "VARCHAR(255), "
    "password VARCHAR(255), locked INT, KEY (name));\n"
    "INSERT INTO hayward.user SELECT User, Host, JSON_VALUE(Priv, '$.authentication_string'), "
    "COALESCE(JSON_VALUE(Priv, '$.account_locked'), '0') IN ('1', 'true') FROM "
    "mysql.global_priv;\n"
    "CREATE TEMPORARY TABLE hayward.place (name VARCHAR(64) COLLATE utf8mb4_bin PRIMARY KEY);\n"
    "INSERT INTO hayward.place SELECT SCHEMA_NAME FROM information_schema.SCHEMATA;\n";

static const char question[] =
    "SELECT 'foreign', b.name, 0 FROM hayward.book b LEFT JOIN hayward.made m USING (name) "
    "WHERE m.name IS NULL AND (EXISTS (SELECT 1 FROM hayward.place p WHERE p.name = b.name) "
    "OR EXISTS (SELECT 1 FROM hayward.user u WHERE u.name = b.name));\n"
    "SELECT 'drop', m.name, m.uid FROM hayward.made m JOIN hayward.book b USING (name) "
    "WHERE m.uid <> b.uid;\n"
    "SELECT 'drop', m.name, m.uid FROM hayward.made m LEFT JOIN hayward.book b USING (name) "
    "WHERE b.name IS NULL AND m.gone AND m.gone < UNIX_TIMESTAMP() - 7 * 86400;\n"
    "SELECT 'lock', m.name, m.uid FROM hayward.made m LEFT JOIN hayward.book b USING (name) "
    "WHERE b.name IS NULL AND NOT m.gone;\n"
    "SELECT 'make', b.name, b.uid FROM hayward.book b LEFT JOIN hayward.made m USING (name) "
    "WHERE m.name IS NULL OR m.uid <> b.uid OR m.gone "
    "OR NOT EXISTS (SELECT 1 FROM hayward.place p WHERE p.name = b.name) "
    "OR (SELECT COUNT(*) FROM hayward.user u WHERE u.name = b.name AND "
    "u.host IN ('localhost', '127.0.0.1') AND u.password = b.password AND u.locked = b.locked) "
    "<> 2;\n";

void
web_render_database(const struct view *view, struct output *output)
{
	(void)view;
	str_add(output_file(output, DAEMON_MARIADB, "/etc/mysql/mariadb.conf.d/90-hayward.cnf"),
	    configuration);
}

/* Lets the server do it; words gets what it says, mistakes too. */
static int
ask_server(const struct str *statements, struct str *words)
{
	static const char *const arguments[] = {"/usr/bin/mariadb", "--no-defaults",
	    "--socket=/run/mysqld/mysqld.sock", "--user=root", "--batch", "--skip-column-names",
	    "--connect-timeout=10", "--default-character-set=utf8mb4", NULL};
	struct program program;
	int status = program_start(arguments, statements, PROGRAM_OUTPUT_AND_ERRORS, &program);
	if (!status)
		status = program_finish(&program, ANSWERS_WITHIN, words);
	return status > 0 ? -EIO : status;
}

/* ---- what the book has ---- */

struct wanted {
	const struct book_account *account;
	const struct book_database *database;
};

struct settling {
	const struct view *view;
	struct map *wanted; /* by name of the database */
	struct map *names;  /* that have an owner */
	struct wanted *list;
	size_t count;
	struct str statements; /* of all that differs */
	bool is_alone;	       /* each by itself instead */
	int status;	       /* the first that went wrong */
	struct str *wrong;
};

static void
complain(struct settling *settling, const char *name, const char *why)
{
	str_addf(settling->wrong, "database '%s': %s\n", name, why);
	settling->status = settling->status ? settling->status : -EINVAL;
}

static const char *
database_wrong(const struct book_account *account, const struct book_database *database)
{
	const char *name = database->name;
	if (strlen(name) > LONGEST_DATABASE)
		return "its name has more than 64 characters";
	/* As it was when the database was made. */
	if (whole_name_wrong(name) || !book_may_name(account, name))
		return "its name does not begin with the account's";
	if (database->password[0] != '*' || strlen(database->password) != PASSWORD_DIGITS + 1 ||
	    database->password[1 + strspn(database->password + 1, "0123456789ABCDEF")])
		return "its password is not in MariaDB's form";
	return NULL;
}

static void
want_account(struct settling *settling, const struct book_account *account, size_t *capacity)
{
	if (web_account_wrong(settling->view, account))
		return;
	for (size_t i = 0; i < account->database_count; i++) {
		const struct book_database *database = &account->databases[i];
		const char *wrong = database_wrong(account, database);
		if (!wrong && map_put_text(settling->names, database->name, settling))
			wrong = "another account has one of that name";
		if (wrong) {
			complain(settling, "(of the book)", wrong);
			continue;
		}
		memory_grow(
		    &settling->list, settling->count, capacity, sizeof(*settling->list));
		settling->list[settling->count++] = (struct wanted){account, database};
	}
}

/* The list does not move any more when the map is made. */
static void
want(struct settling *settling)
{
	size_t capacity = 0;
	settling->names = map_new();
	for (size_t i = 0; i < settling->view->book.account_count; i++)
		want_account(settling, &settling->view->book.accounts[i], &capacity);
	settling->wanted = map_new();
	for (size_t i = 0; i < settling->count; i++)
		map_put_text(
		    settling->wanted, settling->list[i].database->name, &settling->list[i]);
}

static void
add_book(const struct settling *settling, struct str *out)
{
	for (size_t i = 0; i < settling->count; i++) {
		const struct wanted *wanted = &settling->list[i];
		str_add(out, i % ROWS_AT_ONCE ? "," : "INSERT INTO hayward.book VALUES ");
		str_addf(out, "('%s', %lld, '%s', %d)", wanted->database->name,
		    (long long)wanted->account->uid, wanted->database->password,
		    !web_account_works(wanted->account));
		if (i % ROWS_AT_ONCE == ROWS_AT_ONCE - 1 || i + 1 == settling->count)
			str_add(out, ";\n");
	}
}

/* ---- statements ---- */

static const char *const hosts[] = {"localhost", "127.0.0.1"};

/* In a GRANT an underscore stands for any character: ann_a would be ann-a's neighbour's. */
static void
add_pattern(struct str *out, const char *name)
{
	for (; *name; name++) {
		if (*name == '_')
			str_add_char(out, '\\');
		str_add_char(out, *name);
	}
}

static void
add_lock(struct str *out, const char *name)
{
	for (size_t i = 0; i < array_length(hosts); i++)
		str_addf(out,
		    "ALTER USER IF EXISTS '%s'@'%s' ACCOUNT LOCK;\n"
		    "KILL HARD USER '%s'@'%s';\n",
		    name, hosts[i], name, hosts[i]);
}

static void
add_making(struct str *out, const struct wanted *wanted)
{
	const char *name = wanted->database->name;
	bool works = web_account_works(wanted->account);
	/* First: what is made must be known as ours, whatever happens in between. */
	str_addf(out,
	    "INSERT INTO hayward.made VALUES ('%s', %lld, 0) ON DUPLICATE KEY UPDATE gone = "
	    "0;\n",
	    name, (long long)wanted->account->uid);
	str_addf(out, "CREATE DATABASE IF NOT EXISTS `%s`;\n", name);
	for (size_t i = 0; i < array_length(hosts); i++) {
		str_addf(
		    out, "CREATE USER IF NOT EXISTS '%s'@'%s' ACCOUNT LOCK;\n", name, hosts[i]);
		str_addf(out, "GRANT ALL ON `");
		add_pattern(out, name);
		str_addf(out, "`.* TO '%s'@'%s';\n", name, hosts[i]);
		str_addf(out,
		    "ALTER USER '%s'@'%s' IDENTIFIED BY PASSWORD '%s' "
		    "WITH MAX_USER_CONNECTIONS %d ACCOUNT %s;\n",
		    name, hosts[i], wanted->database->password, MOST_CONNECTIONS,
		    works ? "UNLOCK" : "LOCK");
	}
	if (!works)
		add_lock(out, name);
}

static void
add_leaving(struct str *out, const char *name)
{
	add_lock(out, name);
	str_addf(
	    out, "UPDATE hayward.made SET gone = UNIX_TIMESTAMP() WHERE name = '%s';\n", name);
}

static void
add_drop(struct str *out, const char *name)
{
	for (size_t i = 0; i < array_length(hosts); i++)
		str_addf(out, "DROP USER IF EXISTS '%s'@'%s';\n", name, hosts[i]);
	str_addf(out,
	    "DROP DATABASE IF EXISTS `%s`;\nDELETE FROM hayward.made WHERE name = '%s';\n",
	    name, name);
}

/* ---- putting a database into a file ---- */

/* What was written under a name of its own is there for good under this one. */
static int
keep_file(const char *path)
{
	auto_str temporary = {0};
	str_addf(&temporary, "%s.new", path);
	auto_fd int file = open(str_text(&temporary), O_RDONLY | O_CLOEXEC);
	auto_fd int folder = open(removed, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file < 0 || folder < 0 || fsync(file) || rename(str_text(&temporary), path) ||
	    fsync(folder))
		return -errno;
	return 0;
}

static int
dump(const char *name, const char *uid, struct str *words)
{
	auto_str file = {0}, option = {0};
	if (mkdir("/var/lib/hayward-web", 0755) && errno != EEXIST)
		return -errno;
	if (mkdir(removed, 0700) && errno != EEXIST)
		return -errno;
	str_addf(&file, "%s/%s.%s.sql", removed, name, uid);
	str_addf(&option, "--result-file=%s.new", str_text(&file));
	const char *const arguments[] = {"/usr/bin/mariadb-dump", "--no-defaults",
	    "--socket=/run/mysqld/mysqld.sock", "--user=root", "--single-transaction",
	    "--routines", "--events", "--triggers", str_text(&option), "--databases", name,
	    NULL};
	int status = program_check(arguments, DUMPED_WITHIN, words);
	return status ? (status > 0 ? -EIO : status) : keep_file(str_text(&file));
}

static void
put_away(struct settling *settling, const char *name, const char *uid)
{
	auto_str words = {0}, statements = {0};
	int status = dump(name, uid, &words);
	if (status) {
		complain(settling, name, "cannot be written to a file, and stays");
		str_addf(settling->wrong, "%s\n",
		    words.length ? str_text(&words) : strerror(-status));
		/* Or the next who has the name would get what is in it. */
		map_remove_text(settling->wanted, name);
		return;
	}
	add_drop(&statements, name);
	if (ask_server(&statements, &words)) {
		complain(settling, name, str_text(&words));
		map_remove_text(settling->wanted, name);
	}
}

/* ---- what differs ---- */

static void
add_difference(struct settling *settling, const char *verb, const char *name, struct str *out)
{
	const struct wanted *wanted = map_find_text(settling->wanted, name);
	if (text_equal(verb, "lock"))
		add_leaving(out, name);
	else if (text_equal(verb, "make") && wanted)
		add_making(out, wanted);
}

/* Alone if together did not work: one that cannot be made does not keep others waiting. */
static void
settle_line(struct settling *settling, const char *verb, const char *name, const char *uid)
{
	auto_str words = {0}, alone = {0};
	if (text_equal(verb, "foreign")) {
		complain(settling, name, "somebody else has made one of that name");
		map_remove_text(settling->wanted, name);
	} else if (text_equal(verb, "drop")) {
		put_away(settling, name, uid);
	} else if (!settling->is_alone) {
		add_difference(settling, verb, name, &settling->statements);
	} else {
		add_difference(settling, verb, name, &alone);
		if (ask_server(&alone, &words))
			complain(settling, name, str_text(&words));
	}
}

/* Three words between tabs. */
static void
settle_answer(struct settling *settling, char *answer)
{
	char *rest = answer, *line;
	while ((line = strsep(&rest, "\n"))) {
		const char *verb = strsep(&line, "\t");
		const char *name = line ? strsep(&line, "\t") : NULL;
		if (name && line)
			settle_line(settling, verb, name, line);
	}
}

static int
find_differences(struct settling *settling)
{
	auto_str asked = {0}, answer = {0};
	str_add(&asked, prelude);
	add_book(settling, &asked);
	str_add(&asked, question);
	int status = ask_server(&asked, &answer);
	if (status) {
		str_addf(settling->wrong, "MariaDB does not answer: %s\n",
		    answer.length ? str_text(&answer) : strerror(-status));
		return status;
	}
	auto_free char *text = str_take(&answer);
	settle_answer(settling, text);
	return 0;
}

static int
settle(struct settling *settling)
{
	auto_str words = {0};
	int status = find_differences(settling);
	if (!status && settling->statements.length &&
	    ask_server(&settling->statements, &words)) {
		settling->is_alone = true;
		status = find_differences(settling);
	}
	return status ? status : settling->status;
}

int
web_settle_databases(const struct view *view, struct str *ret_wrong)
{
	struct settling settling = {.view = view, .wrong = ret_wrong};
	want(&settling);
	int status = settle(&settling);
	str_done(&settling.statements);
	map_free(settling.wanted);
	map_free(settling.names);
	free(settling.list);
	return status;
}
