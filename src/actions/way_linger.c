/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User units that run with nobody logged in: the file in logind's folder says
 * whose manager comes up at boot. It is put aside like a crontab; the manager
 * that runs is ended with all else of the account, and PAM lets no new one come
 * (systemd-user has the account step of every login).
 *
 * logind reads the folder when it starts and never again. So whose file is back
 * is told to it, or his units would wait for the next boot.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "actions/aside.h"
#include "actions/guard.h"
#include "actions/place.h"
#include "base/program.h"

enum { ANSWERS_WITHIN = 5000 };

static const char lingers[] = "var/lib/systemd/linger";

/* logind makes it when it starts, so that others can see that it is there: sd-login(3). */
static const char is_running[] = "run/systemd/seats";

static bool
linger_is_here(const struct ways *ways)
{
	return place_exists(ways->tools->root, lingers);
}

static int
linger_survey(struct survey *survey)
{
	return aside_survey_logins(survey, &way_linger, lingers);
}

/* What systemd's own tools do; nothing comes back from a daemon but by them. */
static int
ask(const char *const *arguments, struct str *out)
{
	auto_str nothing = {0};
	int status = program_run(arguments, &nothing, ANSWERS_WITHIN, out);
	return status > 0 ? -EIO : status;
}

/* By logind, which follows every kind of user that this host knows. */
static int
find_uid(const char *login, uint32_t *ret_uid)
{
	const char *arguments[] = {
	    "/usr/bin/loginctl", "show-user", "--property=UID", "--value", login, NULL};
	auto_str said = {0};
	char *end = NULL;
	int status = ask(arguments, &said);
	if (status)
		return status;
	unsigned long uid = strtoul(str_text(&said), &end, 10);
	if (end == str_text(&said) || *end != '\n' || uid > UINT32_MAX)
		return -EBADMSG;
	*ret_uid = (uint32_t)uid;
	return 0;
}

/* Nothing happens if it runs. */
static int
start_manager(uint32_t uid)
{
	auto_str unit = {0};
	auto_str said = {0};
	str_addf(&unit, "user@%" PRIu32 ".service", uid);
	const char *arguments[] = {
	    "/usr/bin/systemctl", "start", "--no-block", str_text(&unit), NULL};
	return ask(arguments, &said);
}

/*
 * Says what is so already: logind takes the login up by that, and starts the
 * manager unless it believes that one runs. It does for some seconds after a
 * session of the account was ended, and for good if the owner asked for his units
 * while PAM kept the manager out; so the manager is started by its name, too.
 */
static int
start_units(struct ways *ways, const struct suspension *suspension, const char *login)
{
	const struct accounts *accounts = ways->tools->accounts;
	const char *arguments[] = {"/usr/bin/loginctl", "enable-linger", login, NULL};
	const struct account *account =
	    accounts ? accounts_find_id(accounts, suspension->account) : NULL;
	auto_str said = {0};
	uint32_t uid = 0;
	int status = ask(arguments, &said);
	status = status ? status : find_uid(login, &uid);
	if (status)
		return status;
	/* A later holder of the name may not be one of ours. */
	return account && guard_owns(accounts, account, uid) ? start_manager(uid) : 0;
}

static int
linger_tell(struct ways *ways, const struct suspension *suspension, const char *place)
{
	int worst = 0;
	if (!place_exists(ways->tools->root, is_running))
		return 0; /* it will read its folder when it comes */
	for (size_t i = 0; i < suspension->item_count; i++) {
		const struct item *item = &suspension->items[i];
		auto_str path = {0};
		str_addf(&path, "%s/%s", place, item->name);
		if (!text_equal(item->way, way_linger.name) ||
		    !place_exists(ways->tools->root, str_text(&path)))
			continue;
		int status = start_units(ways, suspension, item->name);
		worst = status ? status : worst;
	}
	return worst;
}

const struct way way_linger = {
    .name = "linger",
    .title = "user units",
    .every = 5000,
    .is_here = linger_is_here,
    .survey = linger_survey,
    .hold = aside_hold,
    .look = aside_look,
    .release = aside_release,
    .tell = linger_tell,
    .is_the_holders = true,
};
