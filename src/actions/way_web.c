/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account's sites: CGI, suexec, and whatever the web server would run or
 * hand on for them. The door is actions/front.h's; visitors get its page. One
 * item stands for all of them, under a number of our own, so that it stays
 * closed until the last of several actions on the account is released.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "actions/front.h"
#include "actions/guard.h"
#include "actions/way.h"

static const char door[] = "web server";

static bool
web_is_here(const struct ways *ways)
{
	return ways->front && front_is_here(ways->front);
}

static bool
is_known(const struct suspension *suspension)
{
	for (size_t i = 0; i < suspension->item_count; i++)
		if (text_equal(suspension->items[i].way, way_web.name))
			return true;
	return false;
}

/* The first claim's id names the deny rules for as long as they stand. */
static int
web_survey(struct survey *survey)
{
	char name[24];
	if (is_known(survey->suspension))
		return 0;
	snprintf(name, sizeof(name), "%016" PRIx64, survey->suspension->claims[0].action);
	survey_add(survey, &way_web, door, name);
	return 0;
}

static uint64_t
number_of(const struct item *item)
{
	return strtoull(item->name, NULL, 16);
}

static int
web_hold(struct ways *ways, const struct suspension *suspension, struct item *item)
{
	auto_str text = {0};
	const struct account *account =
	    guard_holder(ways->tools->accounts, suspension->account, suspension->generation);
	return account ? front_close_account(ways->front, number_of(item), account, &text)
		       : -ENOENT;
}

/* The front keeps its own rules in force. */
static enum standing
web_look(struct ways *ways, const struct item *item)
{
	(void)ways;
	return item->held ? STANDING_HELD : STANDING_OPEN;
}

static int
web_release(struct ways *ways, const struct item *item, enum undoing *ret_undoing)
{
	auto_str text = {0};
	*ret_undoing = UNDOING_DONE;
	return front_open(ways->front, number_of(item), &text);
}

const struct way way_web = {
    .name = "web",
    .title = "web sites",
    .every = 5000,
    .is_here = web_is_here,
    .survey = web_survey,
    .hold = web_hold,
    .look = web_look,
    .release = web_release,
};
