/* SPDX-License-Identifier: Apache-2.0 */
#include "site/database_time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"

enum { ANSWERS_WITHIN = 10000 };

#define OF_USERS "SELECT HEX(s.USER), CAST(s.CPU_TIME * 1000000 AS UNSIGNED), "
#define AS_MANY	 " WHERE s.CPU_TIME > 0 ORDER BY s.CPU_TIME DESC LIMIT 4000;\n"

static const char state[] =
    "SET SESSION sql_mode = '', lock_wait_timeout = 5, max_statement_time = 8;\n"
    "SELECT 'userstat', @@GLOBAL.userstat;\n";

static const char anybody[] = OF_USERS "0 FROM information_schema.USER_STATISTICS s" AS_MANY;

static const char made[] = OF_USERS
    "COALESCE(m.uid, 0) FROM information_schema.USER_STATISTICS s LEFT JOIN hayward.made m "
    "ON m.name = CONVERT(s.USER USING utf8mb4) COLLATE utf8mb4_bin" AS_MANY;

bool
database_time_is_here(void)
{
	return !access("/run/mysqld/mysqld.sock", F_OK) && !access("/usr/bin/mariadb", X_OK);
}

int
database_time_ask(bool has_made, struct str *out)
{
	static const char *const arguments[] = {"/usr/bin/mariadb", "--no-defaults",
	    "--socket=/run/mysqld/mysqld.sock", "--user=root", "--batch", "--skip-column-names",
	    "--connect-timeout=5", "--default-character-set=utf8mb4", NULL};
	auto_str input = {0};
	str_add(&input, state);
	str_add(&input, has_made ? made : anybody);
	int status = program_run(arguments, &input, ANSWERS_WITHIN, out);
	return status > 0 ? -EIO : status;
}

/* ---- reading ---- */

static bool
from_hex(const char *word, size_t length, char name[LONGEST_DATABASE_USER + 1])
{
	if (!length || length % 2 || length / 2 > LONGEST_DATABASE_USER ||
	    strspn(word, "0123456789ABCDEFabcdef") < length)
		return false;
	for (size_t i = 0; i < length / 2; i++) {
		unsigned byte = 0;
		if (sscanf(word + 2 * i, "%2x", &byte) != 1 || !byte)
			return false;
		name[i] = (char)byte;
	}
	name[length / 2] = '\0';
	return true;
}

/* A number that ends where it has to. */
static bool
read_number(const char *word, char end, uint64_t most, uint64_t *ret_number)
{
	char *after;
	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*ret_number = strtoull(word, &after, 10);
	return !errno && *after == end && *ret_number <= most;
}

static bool
read_user(const char *line, struct database_user *ret_user)
{
	const char *time = strchr(line, '\t');
	const char *uid = time ? strchr(time + 1, '\t') : NULL;
	uint64_t number;
	if (!uid || !from_hex(line, (size_t)(time - line), ret_user->name) ||
	    !read_number(time + 1, '\t', UINT64_MAX / 1000, &ret_user->cpu_us) ||
	    !read_number(uid + 1, '\0', UINT32_MAX, &number))
		return false;
	ret_user->uid = (uint32_t)number;
	return true;
}

bool
database_time_next(const char **text, struct database_user *ret_user, bool *is_counting)
{
	while (**text) {
		const char *end = strchrnul(*text, '\n');
		auto_str line = {0};
		str_add_bytes(&line, *text, (size_t)(end - *text));
		*text = *end ? end + 1 : end;
		if (text_starts_with(str_text(&line), "userstat\t"))
			*is_counting = line.data[line.length - 1] == '1';
		else if (read_user(str_text(&line), ret_user))
			return true;
	}
	return false;
}
