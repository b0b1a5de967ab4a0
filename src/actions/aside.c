/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "actions/guard.h"
#include "actions/place.h"
#include "base/memory.h"

enum { MOST_TRIES = 100 };

/* In a folder that no customer writes to, the name says whose it is, not the owner. */
static const uint32_t anybody = UINT32_MAX;

static int
open_folder(const struct ways *ways, const char *place)
{
	return place_open(ways->tools->root, place, O_RDONLY | O_DIRECTORY);
}

static int
stat_name(int folder, const char *name, struct stat *ret_facts)
{
	return fstatat(folder, name, ret_facts, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

/* Folders, pipes and sockets are read by none of those who read such names. */
static bool
is_meant(const struct stat *facts)
{
	return S_ISREG(facts->st_mode) || S_ISLNK(facts->st_mode);
}

/* A name that nothing has: in his own folder the owner may have taken ours. */
static int
choose_aside(int folder, struct item *item)
{
	for (int i = 0; i < MOST_TRIES; i++) {
		struct stat facts;
		auto_str name = {0};
		str_addf(&name, ".hayward-%s", item->name);
		if (i)
			str_addf(&name, ".%d", i);
		int status = stat_name(folder, str_text(&name), &facts);
		if (status == -ENOENT) {
			free(item->aside);
			item->aside = str_take(&name);
			return 0;
		}
		if (status)
			return status;
	}
	return -EEXIST;
}

int
aside_survey(struct survey *survey, const struct way *way, const char *place, const char *name,
    bool owner)
{
	struct stat facts;
	auto_fd int folder = open_folder(survey->ways, place);
	if (folder < 0)
		return folder == -ENOENT ? 0 : folder;
	int status = stat_name(folder, name, &facts);
	if (status || !is_meant(&facts))
		return status == -ENOENT ? 0 : status;
	const struct accounts *accounts = survey->ways->tools->accounts;
	if (owner && !guard_owns(accounts, survey->account, facts.st_uid)) {
		survey_remark(survey, name, "it is not owned by the account");
		return 0;
	}
	struct item *item = survey_add(survey, way, place, name);
	if (!item || item->held)
		return 0;
	item->inode = facts.st_ino;
	item->uid = owner ? facts.st_uid : anybody;
	return choose_aside(folder, item);
}

int
aside_survey_logins(struct survey *survey, const struct way *way, const char *place)
{
	int worst = 0;
	for (uint32_t i = 0; i < survey->login_count; i++) {
		int status = aside_survey(survey, way, place, survey->logins[i], false);
		worst = status ? status : worst;
	}
	return worst;
}

static int
make_durable(int folder)
{
	return fsync(folder) && errno != EINVAL ? -errno : 0;
}

/* Whether what stands under our name is what we put there. */
static bool
is_ours(int folder, const struct item *item)
{
	struct stat facts;
	return *item->aside && !stat_name(folder, item->aside, &facts) &&
	       facts.st_ino == item->inode && is_meant(&facts);
}

int
aside_hold(struct ways *ways, const struct suspension *suspension, struct item *item)
{
	struct stat facts;
	(void)suspension;
	auto_fd int folder = open_folder(ways, item->place);
	if (folder < 0)
		return folder;
	int status = stat_name(folder, item->name, &facts);
	if (status == -ENOENT)
		return is_ours(folder, item) ? 0 : -ENOENT;
	if (status)
		return status;
	if (!is_meant(&facts) || (item->uid != anybody && facts.st_uid != item->uid))
		return -EPERM;
	/* Only what we know to be ours may be replaced. */
	unsigned flags = is_ours(folder, item) ? 0 : RENAME_NOREPLACE;
	if (renameat2(folder, item->name, folder, item->aside, flags)) {
		item->held = item->held && errno != EEXIST; /* then another name is chosen */
		return -errno;
	}
	/* Between the two the owner may have put another file of his own there. */
	item->inode = facts.st_ino;
	if (!stat_name(folder, item->aside, &facts))
		item->inode = facts.st_ino;
	return make_durable(folder);
}

enum standing
aside_look(struct ways *ways, const struct item *item)
{
	struct stat facts;
	auto_fd int folder = open_folder(ways, item->place);
	if (folder < 0)
		return folder == -ENOENT ? STANDING_CHANGED : STANDING_UNKNOWN;
	int status = stat_name(folder, item->name, &facts);
	if (status && status != -ENOENT)
		return STANDING_UNKNOWN;
	if (!status && is_meant(&facts))
		return STANDING_OPEN;
	return is_ours(folder, item) ? STANDING_HELD : STANDING_CHANGED;
}

int
aside_release(struct ways *ways, const struct item *item, enum undoing *ret_undoing)
{
	struct stat facts;
	*ret_undoing = UNDOING_CHANGED;
	auto_fd int folder = open_folder(ways, item->place);
	if (folder < 0)
		return folder == -ENOENT ? 0 : folder;
	bool there = !stat_name(folder, item->name, &facts);
	if (!is_ours(folder, item)) {
		if (there && facts.st_ino == item->inode)
			*ret_undoing = UNDOING_ALREADY;
		return 0;
	}
	if (renameat2(folder, item->aside, folder, item->name, RENAME_NOREPLACE))
		return errno == EEXIST ? 0 : -errno;
	*ret_undoing = UNDOING_DONE;
	return make_durable(folder);
}
