/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MariaDB: the account's users are locked and their connections ended; events
 * that run in their name by themselves are disabled.
 *
 * Whose a user is tells his name, as all panels make them: the login itself, or
 * the login, an underscore and more. Where several logins would fit, the
 * longest one owns the user.
 *
 * The server's own client is run, as root over the local socket; there is no
 * signal for this. Names go out and come in as hexadecimal digits only and are
 * quoted by the server itself, so no name can be a command.
 *
 * What the server says is kept in ways->database, a line an object:
 *
 *     user  HEX(user) HEX(host)           open|held
 *     event HEX(schema) HEX(event) HEX(definer)  open|held
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actions/place.h"
#include "base/program.h"
#include "actions/way.h"
#include "base/memory.h"

enum { ANSWERS_WITHIN = 10000, LONGEST_NAME = 256 };

static const char client[] = "usr/bin/mariadb";
static const char socket_path[] = "run/mysqld/mysqld.sock";
static const char users[] = "user";
static const char events[] = "event";

static const char question[] =
    "SELECT 'user', HEX(User), HEX(Host), IF(JSON_VALUE(Priv, '$.account_locked') IN "
    "('1', 'true'), 'held', 'open') FROM mysql.global_priv "
    "WHERE COALESCE(JSON_VALUE(Priv, '$.is_role'), '0') NOT IN ('1', 'true');\n"
    "SELECT 'event', HEX(EVENT_SCHEMA), HEX(EVENT_NAME), HEX(DEFINER), "
    "IF(STATUS = 'ENABLED', 'open', 'held') FROM information_schema.EVENTS;\n";

/* Lets the server do it, or tell. 0, -EIO: it refuses, or -errno. */
static int
ask_server(const char *statements, struct str *out)
{
	static const char *const arguments[] = {"/usr/bin/mariadb", "--no-defaults",
	    "--socket=/run/mysqld/mysqld.sock", "--user=root", "--batch", "--skip-column-names",
	    "--connect-timeout=5", "--default-character-set=utf8mb4", NULL};
	auto_str input = {0};
	str_addf(&input, "SET SESSION sql_mode = '', lock_wait_timeout = 5;\n%s", statements);
	int status = program_run(arguments, &input, ANSWERS_WITHIN, out);
	return status > 0 ? -EIO : status;
}

static int
refresh(struct ways *ways)
{
	str_clear(&ways->database);
	return ask_server(question, &ways->database);
}

static bool
database_is_here(const struct ways *ways)
{
	return place_exists(ways->tools->root, client) &&
	       place_exists(ways->tools->root, "var/lib/mysql/mysql");
}

static const char *
database_lacks(const struct ways *ways)
{
	return place_exists(ways->tools->root, socket_path) ? NULL : "MariaDB does not run";
}

/* A word of hexadecimal digits as text; false: it is none, or too long for a name. */
static bool
from_hex(const char *word, size_t length, char text[LONGEST_NAME])
{
	if (length % 2 || length / 2 >= LONGEST_NAME)
		return false;
	for (size_t i = 0; i < length / 2; i++) {
		unsigned byte = 0;
		if (sscanf(word + 2 * i, "%2x", &byte) != 1 || !byte)
			return false;
		text[i] = (char)byte;
	}
	text[length / 2] = '\0';
	return true;
}

/* How much of the user's name is this login: all of it, or what stands before a '_'. */
static size_t
fits(const char *user, const char *login)
{
	size_t length = strlen(login);
	bool is_start = length && !strncmp(user, login, length);
	return is_start && (!user[length] || user[length] == '_') ? length : 0;
}

static bool
is_users(const struct survey *survey, const char *user)
{
	const struct accounts *accounts = survey->ways->tools->accounts;
	size_t ours = 0;
	for (uint32_t i = 0; i < survey->login_count; i++) {
		size_t length = fits(user, survey->logins[i]);
		ours = length > ours ? length : ours;
	}
	for (size_t i = 0; ours && i < accounts_count(accounts); i++)
		if (fits(user, accounts_at(accounts, i)->name) > ours)
			return false;
	return ours > 0;
}

/* The words of a line between tabs. Gives how many there are. */
static uint32_t
split(const char *line, const char *end, const char *words[6], size_t lengths[6])
{
	uint32_t count = 0;
	while (line < end && count < 6) {
		const char *tab = memchr(line, '\t', (size_t)(end - line));
		words[count] = line;
		lengths[count++] = (size_t)((tab ? tab : end) - line);
		line = tab ? tab + 1 : end;
	}
	return count;
}

/* The item's name is for people; the key is what the server is told. */
static void
add(struct survey *survey, const char *place, const char *one, const char *other,
    const char *const words[6], const size_t lengths[6])
{
	auto_str name = {0};
	auto_str key = {0};
	str_addf(&name, "%s%c%s", one, text_equal(place, users) ? '@' : '.', other);
	str_add_bytes(&key, words[1], lengths[1]);
	str_add_char(&key, '\t');
	str_add_bytes(&key, words[2], lengths[2]);
	struct item *item = survey_add(survey, &way_database, place, str_text(&name));
	if (!item || *item->aside)
		return;
	free(item->aside);
	item->aside = str_take(&key);
}

static void
survey_line(struct survey *survey, const char *line, const char *end)
{
	const char *words[6];
	size_t lengths[6];
	char one[LONGEST_NAME], other[LONGEST_NAME], definer[LONGEST_NAME];
	uint32_t count = split(line, end, words, lengths);
	if (count < 4 || !from_hex(words[1], lengths[1], one) ||
	    !from_hex(words[2], lengths[2], other) || memcmp(words[count - 1], "open", 4) != 0)
		return;
	bool is_user = count == 4 && lengths[0] == 4;
	if (is_user && is_users(survey, one))
		add(survey, users, one, other, words, lengths);
	if (is_user || count != 5 || !from_hex(words[3], lengths[3], definer))
		return;
	char *at = strrchr(definer, '@');
	if (at)
		*at = '\0';
	if (is_users(survey, definer))
		add(survey, events, one, other, words, lengths);
}

static int
database_survey(struct survey *survey)
{
	int status = refresh(survey->ways);
	const char *line = str_text(&survey->ways->database);
	while (!status && *line) {
		const char *end = strchrnul(line, '\n');
		survey_line(survey, line, end);
		line = *end ? end + 1 : end;
	}
	return status;
}

/* One of the server's own quotations of a name, as an expression. */
static void
add_quoted(struct str *out, const char *hex, size_t length, bool identifier)
{
	str_add(out, identifier ? "CONCAT('`', REPLACE(CONVERT(X'" : "QUOTE(CONVERT(X'");
	str_add_bytes(out, hex, length);
	str_add(out, identifier ? "' USING utf8mb4), '`', '``'), '`')" : "' USING utf8mb4))");
}

/* EXECUTE IMMEDIATE CONCAT('ALTER USER ', ..., '@', ..., ' ACCOUNT LOCK') */
static void
add_statement(struct str *out, const struct item *item, const char *verb, const char *end)
{
	bool is_event = text_equal(item->place, events);
	const char *tab = strchrnul(item->aside, '\t');
	str_addf(out, "EXECUTE IMMEDIATE CONCAT('%s ', ", verb);
	add_quoted(out, item->aside, (size_t)(tab - item->aside), is_event);
	str_add(out, is_event ? ", '.', " : ", '@', ");
	add_quoted(out, *tab ? tab + 1 : tab, *tab ? strlen(tab + 1) : 0, is_event);
	str_addf(out, ", ' %s');\n", end);
}

static enum standing
stands(const struct ways *ways, const struct item *item)
{
	auto_str start = {0};
	str_addf(&start, "%s\t%s\t", item->place, item->aside);
	for (const char *line = str_text(&ways->database); *line;) {
		const char *end = strchrnul(line, '\n');
		if (text_starts_with(line, str_text(&start)))
			return end - line > 4 && !memcmp(end - 4, "held", 4) ? STANDING_HELD
									     : STANDING_OPEN;
		line = *end ? end + 1 : end;
	}
	return STANDING_CHANGED;
}

static int
database_hold(struct ways *ways, const struct suspension *suspension, struct item *item)
{
	auto_str statements = {0};
	auto_str said = {0};
	(void)ways;
	(void)suspension;
	if (text_equal(item->place, events)) {
		add_statement(&statements, item, "ALTER EVENT", "DISABLE");
	} else {
		add_statement(&statements, item, "ALTER USER", "ACCOUNT LOCK");
		add_statement(&statements, item, "KILL HARD USER", "");
	}
	return ask_server(str_text(&statements), &said);
}

/* The survey before has asked; only who was just started again has nothing to go by. */
static enum standing
database_look(struct ways *ways, const struct item *item)
{
	if (!ways->database.length && refresh(ways))
		return STANDING_UNKNOWN;
	return stands(ways, item);
}

static int
database_release(struct ways *ways, const struct item *item, enum undoing *ret_undoing)
{
	auto_str statements = {0};
	auto_str said = {0};
	int status = refresh(ways);
	if (status)
		return status;
	enum standing standing = stands(ways, item);
	*ret_undoing = standing == STANDING_HELD   ? UNDOING_DONE
		       : standing == STANDING_OPEN ? UNDOING_ALREADY
						   : UNDOING_CHANGED;
	if (standing != STANDING_HELD)
		return 0;
	bool is_event = text_equal(item->place, events);
	add_statement(&statements, item, is_event ? "ALTER EVENT" : "ALTER USER",
	    is_event ? "ENABLE" : "ACCOUNT UNLOCK");
	return ask_server(str_text(&statements), &said);
}

const struct way way_database = {
    .name = "database",
    .title = "database",
    .every = 60000,
    .is_here = database_is_here,
    .lacks = database_lacks,
    .survey = database_survey,
    .hold = database_hold,
    .look = database_look,
    .release = database_release,
    .is_the_holders = true,
};
