/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logins and uploads. Whoever is suspended is a member of two groups of ours,
 * which the services ask by themselves at each login, so that nothing has to be
 * reloaded and no service's own files name a customer:
 *
 *     hayward-no-login    PAM's account step (every service but the two that
 *                         move files), and sshd, which then gives nothing but
 *                         an SFTP that fetches and deletes
 *     hayward-no-upload   ProFTPD: whoever is in it fetches and deletes
 *
 * What makes the services ask is in packaging/suspend and set up once; see
 * docs/suspend.md, and docs/decisions/0011 for why it is neither the shadow
 * file nor a list.
 */
#include <errno.h>
#include <string.h>

#include "actions/listing.h"
#include "actions/place.h"
#include "actions/way.h"

static const char no_login[] = "hayward-no-login";
static const char no_upload[] = "hayward-no-upload";

enum { LARGEST_PROFILE = 1024 * 1024 };

static int
survey_members(struct survey *survey, const struct way *way, const char *group)
{
	for (uint32_t i = 0; i < survey->login_count; i++)
		survey_add(survey, way, group, survey->logins[i]);
	return 0;
}

static int
hold_member(struct ways *ways, const struct suspension *suspension, struct item *item)
{
	(void)suspension;
	return group_set(ways->tools->root, item->place, item->name, true);
}

static enum standing
look_member(struct ways *ways, const struct item *item)
{
	int has = group_has(ways->tools->root, item->place, item->name);
	return has < 0 ? STANDING_UNKNOWN : has ? STANDING_HELD : STANDING_OPEN;
}

/* The group is ours, so who is in it is in it because of us: that is always taken back. */
static int
release_member(struct ways *ways, const struct item *item, enum undoing *ret_undoing)
{
	int root = ways->tools->root;
	int has = group_has(root, item->place, item->name);
	*ret_undoing = has == 1 ? UNDOING_DONE : UNDOING_ALREADY;
	if (has == -ENOENT || has == 0)
		return 0;
	return has < 0 ? has : group_set(root, item->place, item->name, false);
}

/* Whether a file that staff wrote speaks of the group, in a line that is no comment. */
static bool
speaks_of(int root, const char *path, const char *group)
{
	auto_str text = {0};
	if (place_read(root, path, LARGEST_PROFILE, &text))
		return false;
	for (const char *line = str_text(&text); *line;) {
		const char *end = strchrnul(line, '\n');
		const char *found = strstr(line, group);
		if (*line != '#' && found && found < end)
			return true;
		line = *end ? end + 1 : end;
	}
	return false;
}

static bool
login_is_here(const struct ways *ways)
{
	return place_exists(ways->tools->root, "etc/pam.d");
}

static const char *
login_lacks(const struct ways *ways)
{
	int root = ways->tools->root;
	if (group_exists(root, no_login) != 1)
		return "the group hayward-no-login is missing";
	if (!speaks_of(root, "etc/pam.d/common-account", no_login))
		return "PAM does not ask for hayward-no-login";
	if (place_exists(root, "etc/ssh/sshd_config") &&
	    !speaks_of(root, "etc/ssh/sshd_config.d/hayward.conf", no_login))
		return "sshd does not ask for hayward-no-login";
	return NULL;
}

static int
login_survey(struct survey *survey)
{
	return survey_members(survey, &way_login, no_login);
}

static bool
upload_is_here(const struct ways *ways)
{
	return place_exists(ways->tools->root, "etc/proftpd/proftpd.conf");
}

static const char *
upload_lacks(const struct ways *ways)
{
	int root = ways->tools->root;
	if (group_exists(root, no_upload) != 1)
		return "the group hayward-no-upload is missing";
	if (!speaks_of(root, "etc/proftpd/conf.d/hayward.conf", no_upload))
		return "ProFTPD does not ask for hayward-no-upload";
	return NULL;
}

static int
upload_survey(struct survey *survey)
{
	return survey_members(survey, &way_upload, no_upload);
}

const struct way way_login = {
    .name = "login",
    .title = "login",
    .every = 5000,
    .is_here = login_is_here,
    .lacks = login_lacks,
    .survey = login_survey,
    .hold = hold_member,
    .look = look_member,
    .release = release_member,
};

const struct way way_upload = {
    .name = "upload",
    .title = "FTP upload",
    .every = 5000,
    .is_here = upload_is_here,
    .lacks = upload_lacks,
    .survey = upload_survey,
    .hold = hold_member,
    .look = look_member,
    .release = release_member,
};
