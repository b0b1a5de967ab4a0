/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/way.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actions/place.h"
#include "base/escape.h"
#include "base/memory.h"

enum { LARGEST_PASSWD = 64 * 1024 * 1024, LONGEST_REMARKS = 1000 };

static const struct way *const table[] = {
#define WAY(symbol, row) [WAY_##symbol] = &(row),
#include "actions/ways.def"
#undef WAY
};

const struct way *
way_at(enum way_number number)
{
	return table[number];
}

const struct way *
way_find(const char *name)
{
	for (size_t i = 0; i < array_length(table); i++)
		if (text_equal(table[i]->name, name))
			return table[i];
	return NULL;
}

/* A login becomes a file's name and a word of a list; who is called otherwise gets no item. */
static bool
is_plain(const char *login)
{
	size_t length = strspn(login, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-");
	return length && !login[length] && length < 64 && login[0] != '.' && login[0] != '-';
}

static bool
is_own(const struct account *account, uint32_t uid)
{
	for (uint32_t i = 0; i < account->own_uids; i++)
		if (uid >= account->uids[i].first &&
		    uid - account->uids[i].first < account->uids[i].count)
			return true;
	return false;
}

void
survey_remark(struct survey *survey, const char *name, const char *why)
{
	if (survey->remarks.length > LONGEST_REMARKS)
		return;
	str_add(&survey->remarks, survey->remarks.length ? ", '" : "'");
	escape_text(&survey->remarks, name);
	str_addf(&survey->remarks, "': %s", why);
}

static void
add_login(struct survey *survey, const char *login, size_t length)
{
	char name[64];
	snprintf(name, sizeof(name), "%.*s", (int)length, login);
	if (length >= sizeof(name) || !is_plain(name))
		survey_remark(survey, name, "the login is no plain name");
	else if (survey->login_count >= MOST_LOGINS)
		survey_remark(survey, name, "there are too many logins of this account");
	else
		survey->logins[survey->login_count++] = memory_copy_text(name);
}

/* A line of passwd: the login is the first field, the uid the third. */
static void
read_line(struct survey *survey, const char *line)
{
	const char *first = strchr(line, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;
	const char *end = strchr(line, '\n');
	char *rest = NULL;
	if (!second || (end && second > end) || second[1] < '0' || second[1] > '9')
		return;
	unsigned long uid = strtoul(second + 1, &rest, 10);
	if (*rest != ':' || uid > UINT32_MAX)
		return;
	size_t length = (size_t)(first - line);
	const char *name = survey->account->name;
	if (is_own(survey->account, (uint32_t)uid))
		add_login(survey, line, length);
	else if (strlen(name) == length && !memcmp(name, line, length))
		survey->is_taken = true;
}

int
survey_begin(struct survey *survey, struct ways *ways, const struct account *account,
    struct suspension *suspension)
{
	auto_str users = {0};
	*survey = (struct survey){.ways = ways, .account = account, .suspension = suspension};
	int status = place_read(ways->tools->root, "etc/passwd", LARGEST_PASSWD, &users);
	const char *line = str_text(&users);
	while (!status && *line) {
		read_line(survey, line);
		line = strchr(line, '\n');
		if (!line)
			break;
		line++;
	}
	/* Users that live in a directory service stand in no file. */
	if (!status && !survey->login_count && !survey->is_taken)
		add_login(survey, account->name, strlen(account->name));
	return status;
}

void
survey_done(struct survey *survey)
{
	for (uint32_t i = 0; i < survey->login_count; i++)
		free(survey->logins[i]);
	survey->login_count = 0;
	str_done(&survey->remarks);
}

struct item *
survey_add(struct survey *survey, const struct way *way, const char *place, const char *name)
{
	struct item *known = suspension_find(survey->suspension, way->name, place, name);
	if (known)
		return known;
	struct item item = {0};
	snprintf(item.way, sizeof(item.way), "%s", way->name);
	struct item *added = suspension_add(survey->suspension, &item);
	if (!added) {
		survey_remark(survey, name, "there is too much of this account");
		return NULL;
	}
	free(added->place);
	free(added->name);
	added->place = memory_copy_text(place);
	added->name = memory_copy_text(name);
	survey->added++;
	return added;
}
