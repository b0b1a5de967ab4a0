/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that incoming mail starts: .forward (with its .forward+NAME),
 * .procmailrc and .mailfilter in the home. They are put aside, so that mail is
 * accepted still and lies in the mailbox.
 *
 * SECURITY: the home is the customer's own ground. It is reached without
 * following a link, must be his, and nothing in it is opened or read: one name
 * in it is changed to another one in it, and only of what he owns himself.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actions/aside.h"
#include "actions/guard.h"
#include "actions/place.h"

static const char *const names[] = {".forward", ".procmailrc", ".mailfilter"};

static bool
pipes_are_here(const struct ways *ways)
{
	(void)ways;
	return true; /* every mail server can be made to deliver to programs */
}

struct home {
	struct survey *survey;
	const char *path;
};

static int
survey_extension(void *context, const char *name)
{
	const struct home *home = context;
	if (!text_starts_with(name, ".forward+"))
		return 0;
	return aside_survey(home->survey, &way_pipes, home->path, name, true);
}

/* 0: it is the account's; 1: there is none, or it is somebody else's; or -errno. */
static int
check_home(struct survey *survey, const char *path)
{
	struct stat facts;
	auto_fd int fd = place_open(survey->ways->tools->root, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd == -ENOENT ? 1 : fd;
	if (fstat(fd, &facts))
		return -errno;
	return !guard_owns(survey->ways->tools->accounts, survey->account, facts.st_uid);
}

static int
pipes_survey(struct survey *survey)
{
	const char *path = survey->account->home ? survey->account->home : "";
	path += strspn(path, "/");
	int worst = *path ? check_home(survey, path) : 1;
	if (worst)
		return worst < 0 ? worst : 0;
	for (size_t i = 0; i < array_length(names); i++) {
		int status = aside_survey(survey, &way_pipes, path, names[i], true);
		worst = status ? status : worst;
	}
	struct home home = {survey, path};
	int status = place_each(survey->ways->tools->root, path, survey_extension, &home);
	return status ? status : worst;
}

const struct way way_pipes = {
    .name = "pipes",
    .title = "mail to programs",
    .every = 10000,
    .is_here = pipes_are_here,
    .survey = pipes_survey,
    .hold = aside_hold,
    .look = aside_look,
    .release = aside_release,
    .is_the_holders = true,
};
