/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs by the clock: crontabs and jobs of at. Both lie in folders that no
 * customer can write to, and their readers skip names that begin with a dot.
 *
 * A job of at whose time passes while it is held runs when it is released, as
 * it would after the host had been off.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "actions/aside.h"
#include "actions/daemon.h"
#include "actions/guard.h"
#include "actions/place.h"

static const char crontabs[] = "var/spool/cron/crontabs";
static const char at_jobs[] = "var/spool/cron/atjobs";

static bool
crontab_is_here(const struct ways *ways)
{
	return place_exists(ways->tools->root, crontabs);
}

static int
crontab_survey(struct survey *survey)
{
	return aside_survey_logins(survey, &way_crontab, crontabs);
}

static bool
at_is_here(const struct ways *ways)
{
	return place_exists(ways->tools->root, at_jobs);
}

/* A queue's letter, the job's number, its minute: as at(1) names them. */
static bool
is_job(const char *name)
{
	return strlen(name) == 14 && strspn(name + 1, "0123456789abcdef") == 13;
}

/* A job is its owner's; others are none of our business, and no sign of anything. */
static int
survey_job(void *context, const char *name)
{
	struct survey *survey = context;
	struct stat facts;
	auto_str path = {0};
	if (!is_job(name))
		return 0;
	str_addf(&path, "%s/%s", at_jobs, name);
	if (place_stat(survey->ways->tools->root, str_text(&path), &facts) ||
	    !guard_owns(survey->ways->tools->accounts, survey->account, facts.st_uid))
		return 0;
	return aside_survey(survey, &way_at_jobs, at_jobs, name, true);
}

static int
at_survey(struct survey *survey)
{
	return place_each(survey->ways->tools->root, at_jobs, survey_job, survey);
}

/* atd sleeps until the next job that it knows of, for an hour at most. */
static int
at_tell(struct ways *ways, const struct suspension *suspension, const char *place)
{
	(void)suspension;
	(void)place;
	int status = daemon_signal(ways->tools, "run/atd.pid", "atd", SIGHUP);
	return status == -ESRCH ? 0 : status;
}

const struct way way_crontab = {
    .name = "crontab",
    .title = "crontab",
    .every = 5000,
    .is_here = crontab_is_here,
    .survey = crontab_survey,
    .hold = aside_hold,
    .look = aside_look,
    .release = aside_release,
    .is_the_holders = true,
};

const struct way way_at_jobs = {
    .name = "at",
    .title = "at job",
    .every = 5000,
    .is_here = at_is_here,
    .survey = at_survey,
    .hold = aside_hold,
    .look = aside_look,
    .release = aside_release,
    .tell = at_tell,
    .is_the_holders = true,
};
