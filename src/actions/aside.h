/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that does something by standing under its name (a crontab, a job of
 * at, a .forward) is closed by giving it another name in the same folder, one
 * that its reader skips because it begins with a dot. Owner, mode, ACL,
 * attributes, links and the quota's charge stay as they are, the step is one
 * rename, and so is the way back.
 *
 * What stands under the name again while it is held was put there by somebody:
 * it is what he wants now, and takes the place of what was held.
 */
#ifndef ACTIONS_ASIDE_H
#define ACTIONS_ASIDE_H

#include "actions/way.h"

/*
 * Adds an item for the name in that folder if a file or a link stands there.
 * owner: it must be one of the account's own uids, or the thing is somebody
 * else's and left alone. 0, also if there is none, or -errno.
 */
int aside_survey(struct survey *survey, const struct way *way, const char *place,
    const char *name, bool owner) must_use;

/* Adds an item for each login of the account whose name stands in that folder. */
int aside_survey_logins(
    struct survey *survey, const struct way *way, const char *place) must_use;

int aside_hold(
    struct ways *ways, const struct suspension *suspension, struct item *item) must_use;
enum standing aside_look(struct ways *ways, const struct item *item);
int aside_release(
    struct ways *ways, const struct item *item, enum undoing *ret_undoing) must_use;

#endif
