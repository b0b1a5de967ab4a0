/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/holding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crash.h"
#include "base/escape.h"
#include "base/log.h"

enum { LONGEST_LIST = 2000 };

void
holding_done(struct holding *holding)
{
	str_done(&holding->open);
	str_done(&holding->remarks);
	*holding = (struct holding){0};
}

static void
separate(struct str *text, const char *separator)
{
	if (text->length)
		str_add(text, separator);
}

static void
say_item(struct str *text, const struct way *way, const struct item *item)
{
	str_addf(text, "%s '", way->title);
	escape_text(text, item->name);
	str_add_char(text, '\'');
}

static void
say_open(struct holding *holding, const char *what, const char *why)
{
	if (holding->open.length > LONGEST_LIST)
		return;
	separate(&holding->open, ", ");
	str_addf(&holding->open, "%s: %s", what, why);
}

static int
save(const struct ways *ways, const struct suspension *suspension)
{
	return suspension_save(suspension, ways->tools->state);
}

/* A survey that fails has seen part of the way: the rest is open. */
static void
survey_ways(struct survey *survey, const bool due[WAY_COUNT], struct holding *holding)
{
	for (int i = 0; i < WAY_COUNT; i++) {
		const struct way *way = way_at((enum way_number)i);
		if (!due[i] || !way->is_here(survey->ways))
			continue;
		const char *lacks = way->lacks ? way->lacks(survey->ways) : NULL;
		int status = lacks ? 0 : way->survey(survey);
		if (lacks)
			say_open(holding, way->title, lacks);
		else if (status)
			say_open(holding, way->title, strerror(-status));
	}
}

static bool
is_due(const struct way *way, const bool due[WAY_COUNT])
{
	for (int i = 0; i < WAY_COUNT; i++)
		if (way_at((enum way_number)i) == way)
			return due[i];
	return false;
}

/* Notes whose daemon will have to be told, before anything is changed. Gives how many are open.
 */
static uint32_t
find_open(struct ways *ways, struct suspension *suspension, const bool due[WAY_COUNT])
{
	uint32_t open = 0;
	for (size_t i = 0; i < suspension->item_count; i++) {
		struct item *item = &suspension->items[i];
		const struct way *way = way_find(item->way);
		item->open = way && is_due(way, due) &&
			     (!item->held || way->look(ways, item) == STANDING_OPEN);
		open += item->open;
		item->touched |= item->open && way->tell;
	}
	return open;
}

/*
 * What is not there any more needs no closing: its owner has taken it away while
 * we looked. It is forgotten, unless something of it is put aside.
 */
static void
close_item(struct ways *ways, struct suspension *suspension, struct item *item,
    struct holding *holding)
{
	const struct way *way = way_find(item->way);
	bool before = item->held;
	item->open = false;
	int status = way->hold(ways, suspension, item);
	crash_point(CRASH_SUSPEND_HELD);
	if (status == -ENOENT && !before) {
		item->gone = true;
		return;
	}
	if (status) {
		auto_str what = {0};
		say_item(&what, way, item);
		say_open(holding, str_text(&what), strerror(-status));
		return;
	}
	item->held = true;
	holding->closed++;
	if (before) {
		item->again++;
		holding->again++;
	}
}

/* Tells the daemon of the item's place; all items there are told of by that. */
static int
tell_place(
    struct ways *ways, struct suspension *suspension, const struct way *way, const char *place)
{
	int status = way->tell(ways, suspension, place);
	for (size_t i = 0; !status && i < suspension->item_count; i++) {
		struct item *item = &suspension->items[i];
		if (text_equal(item->way, way->name) && text_equal(item->place, place))
			item->touched = false;
	}
	return status;
}

/* The text gets whom it was not possible to tell. */
static int
tell_daemons(struct ways *ways, struct suspension *suspension, struct str *text)
{
	int worst = 0;
	for (size_t i = 0; i < suspension->item_count; i++) {
		struct item *item = &suspension->items[i];
		const struct way *way = way_find(item->way);
		if (!item->touched || !way || !way->tell)
			continue;
		int status = tell_place(ways, suspension, way, item->place);
		if (!status)
			continue;
		separate(text, ", ");
		str_addf(text, "the daemon behind %s cannot be told: %s", item->place,
		    strerror(-status));
		worst = status;
	}
	return worst;
}

static void
forget_gone(struct suspension *suspension)
{
	for (size_t i = suspension->item_count; i-- > 0;)
		if (suspension->items[i].gone)
			suspension_remove(suspension, i);
}

static bool
is_telling(const struct suspension *suspension)
{
	for (size_t i = 0; i < suspension->item_count; i++)
		if (suspension->items[i].touched)
			return true;
	return false;
}

static int
close_open(struct ways *ways, struct suspension *suspension, struct holding *holding)
{
	int status = save(ways, suspension);
	if (status)
		return status;
	crash_point(CRASH_SUSPEND_NOTED);
	for (size_t i = 0; i < suspension->item_count; i++)
		if (suspension->items[i].open)
			close_item(ways, suspension, &suspension->items[i], holding);
	forget_gone(suspension);
	status = tell_daemons(ways, suspension, &holding->open);
	(void)status; /* said; tried again at the next look */
	return save(ways, suspension);
}

int
holding_close(struct ways *ways, struct suspension *suspension, const struct account *account,
    const bool due[WAY_COUNT], struct holding *holding)
{
	struct survey survey;
	int status = survey_begin(&survey, ways, account, suspension);
	if (!status)
		survey_ways(&survey, due, holding);
	str_add(&holding->remarks, str_text(&survey.remarks));
	if (!status &&
	    (find_open(ways, suspension, due) || survey.added || is_telling(suspension)))
		status = close_open(ways, suspension, holding);
	survey_done(&survey);
	return status;
}

/* Puts one back and says so. 0: nothing is left to do for it. */
static int
open_item(struct ways *ways, struct item *item, bool holder, struct str *text)
{
	static const char *const words[] = {
	    [UNDOING_DONE] = "undone",
	    [UNDOING_ALREADY] = "already so",
	    [UNDOING_CHANGED] = "changed meanwhile, left as it is",
	};
	const struct way *way = way_find(item->way);
	enum undoing undoing = UNDOING_CHANGED;
	separate(text, "; ");
	if (!way) {
		str_addf(text, "%s: this release does not know that way", item->way);
		return -ENOTSUP;
	}
	say_item(text, way, item);
	if (way->is_the_holders && !holder) {
		str_add(text, ": left put aside, its owner is gone");
		return 0;
	}
	int status = way->release(ways, item, &undoing);
	crash_point(CRASH_SUSPEND_UNDONE);
	str_addf(text, ": %s", status ? strerror(-status) : words[undoing]);
	return status;
}

int
holding_open(struct ways *ways, struct suspension *suspension, bool holder, struct str *text)
{
	int worst = 0;
	for (size_t i = suspension->item_count; i-- > 0;) {
		struct item *item = &suspension->items[i];
		int status = open_item(ways, item, holder, text);
		item->gone = !status;
		worst = status ? status : worst;
	}
	auto_str untold = {0};
	int told = tell_daemons(ways, suspension, &untold);
	if (told)
		str_addf(text, "; %s", str_text(&untold));
	for (size_t i = 0; i < suspension->item_count; i++)
		if (suspension->items[i].touched)
			suspension->items[i].gone = false; /* its daemon is told later */
	forget_gone(suspension);
	return worst ? worst : told;
}

void
holding_describe(struct ways *ways, const struct suspension *suspension, struct str *text)
{
	static const char *const words[] = {
	    [STANDING_HELD] = "closed",
	    [STANDING_OPEN] = "open",
	    [STANDING_CHANGED] = "closed, and changed by somebody",
	    [STANDING_UNKNOWN] = "cannot be seen",
	};
	str_clear(&ways->database);
	for (size_t i = 0; i < suspension->item_count; i++) {
		const struct item *item = &suspension->items[i];
		const struct way *way = way_find(item->way);
		separate(text, "\n");
		if (!way) {
			str_addf(text, "%s: not known to this release", item->way);
			continue;
		}
		say_item(text, way, item);
		str_addf(text, ": %s", words[way->look(ways, item)]);
		if (item->again)
			str_addf(text, ", found open and closed again %u times", item->again);
	}
}

void
holding_list(const struct suspension *suspension, struct str *text)
{
	int listed = 0;
	for (int i = 0; i < WAY_COUNT; i++) {
		const struct way *way = way_at((enum way_number)i);
		uint32_t count = 0;
		for (size_t j = 0; j < suspension->item_count; j++)
			count += suspension->items[j].held &&
				 text_equal(suspension->items[j].way, way->name);
		if (count)
			str_addf(text, "%s%s (%u)", listed++ ? ", " : "", way->title, count);
	}
}
