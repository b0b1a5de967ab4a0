/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing of this is on disk: what a panel and the ways hold is in their own
 * files, and an action that was under way when the enforcer died comes again.
 */
#include "actions/closing.h"

#include <errno.h>
#include <stdlib.h>

#include "actions/guard.h"
#include "base/memory.h"

enum { LOOK_EVERY = 200 /* ms */ };

enum stage {
	STAGE_PANEL, /* its command runs */
	STAGE_WAYS,  /* suspends will report */
	STAGE_CLOSED /* cancel's: reported, and not yet asked for */
};

struct closing {
	struct closing *next;
	struct action action;
	enum stage stage;
	int status; /* STAGE_CLOSED */
	struct str words;
};

struct closings {
	struct closing_settings settings;
	struct closing *first;
};

struct closings *
closings_new(const struct closing_settings *settings)
{
	struct closings *closings = memory_new(1, sizeof(*closings));
	closings->settings = *settings;
	return closings;
}

static struct closing *
add(struct closings *closings, const struct action *action, enum stage stage)
{
	struct closing *closing = memory_new(1, sizeof(*closing));
	closing->action = *action;
	closing->stage = stage;
	closing->next = closings->first;
	closings->first = closing;
	return closing;
}

static struct closing *
find(const struct closings *closings, const struct action *action)
{
	struct closing *closing = closings->first;
	while (closing && (closing->action.id != action->id ||
			      closing->action.operation != action->operation))
		closing = closing->next;
	return closing;
}

static void
drop(struct closings *closings, struct closing *closing)
{
	struct closing **at = &closings->first;
	while (*at != closing)
		at = &(*at)->next;
	*at = closing->next;
	str_done(&closing->words);
	free(closing);
}

void
closings_free(struct closings *closings)
{
	while (closings && closings->first)
		drop(closings, closings->first);
	free(closings);
}

static void
add_words(struct str *text, const char *words)
{
	if (text->length && *words)
		str_add(text, "; ");
	str_add(text, words);
}

/* A panel that fails keeps no door open: the ways are closed all the same. */
static int
close_further(struct closings *closings, struct closing *closing, const struct order *order)
{
	const struct closing_settings *settings = &closings->settings;
	auto_str words = {0};
	int status = panels_hold(settings->panels, order, &words);
	if (status == -EINPROGRESS)
		return status;
	add_words(&closing->words, str_text(&words));
	str_clear(&words);
	closing->stage = STAGE_WAYS;
	status = suspends_apply(settings->suspends, order, &words);
	if (status != -EINPROGRESS)
		add_words(&closing->words, str_text(&words));
	return status;
}

static int
open_further(struct closings *closings, struct closing *closing)
{
	auto_str words = {0};
	int status = panels_release(closings->settings.panels, &closing->action, &words);
	if (status != -EINPROGRESS)
		add_words(&closing->words, str_text(&words));
	return status == -ENOENT ? closing->status : status ? status : closing->status;
}

/* The account is asked for anew each time: it may be gone by now. */
static int
go_on(struct closings *closings, struct closing *closing, int64_t now)
{
	if (closing->action.operation == OPERATION_RELEASE)
		return open_further(closings, closing);
	struct order order = {.action = &closing->action, .now = now};
	int status = guard_account(closings->settings.tools->accounts, &closing->action,
	    &order.account, &closing->words);
	return status ? status : close_further(closings, closing, &order);
}

/* What is over at once is told at once. */
static int
begin(struct closings *closings, struct closing *closing, int64_t now, struct str *text)
{
	int status = go_on(closings, closing, now);
	if (status == -EINPROGRESS)
		return status;
	str_add(text, str_text(&closing->words));
	drop(closings, closing);
	return status;
}

int
closings_apply(struct closings *closings, const struct order *order, struct str *text)
{
	if (find(closings, order->action))
		return -EINPROGRESS;
	return begin(closings, add(closings, order->action, STAGE_PANEL), order->now, text);
}

int
closings_release(struct closings *closings, const struct action *action, struct str *text)
{
	if (find(closings, action))
		return -EINPROGRESS;
	struct closing *closing = add(closings, action, STAGE_PANEL);
	closing->status =
	    suspends_release(closings->settings.suspends, action, &closing->words);
	return begin(closings, closing, 0, text);
}

int
closings_ways(struct closings *closings, const struct order *order, struct str *text)
{
	struct closing *closing = find(closings, order->action);
	if (!closing || closing->stage != STAGE_CLOSED)
		return closing ? -EINPROGRESS
			       : suspends_apply(closings->settings.suspends, order, text);
	int status = closing->status;
	str_add(text, str_text(&closing->words));
	/* What failed is tried anew when it is asked for again. */
	if (status)
		drop(closings, closing);
	return status;
}

int
closings_ways_open(struct closings *closings, const struct action *action, struct str *text)
{
	struct action applied = *action;
	applied.operation = OPERATION_APPLY;
	struct closing *closing = find(closings, &applied);
	if (closing)
		drop(closings, closing);
	return suspends_release(closings->settings.suspends, action, text);
}

void
closings_hear(
    struct closings *closings, const struct action *action, int status, const char *text)
{
	struct closing *closing = find(closings, action);
	if (action->verb == VERB_CANCEL) {
		closing = closing ? closing : add(closings, action, STAGE_CLOSED);
		closing->status = status;
		str_clear(&closing->words);
		str_add(&closing->words, text);
		return;
	}
	if (!closing)
		return;
	add_words(&closing->words, text);
	closings->settings.report(
	    closings->settings.context, action, status, str_text(&closing->words));
	drop(closings, closing);
}

int64_t
closings_tick(struct closings *closings, int64_t now)
{
	bool waits = false;
	for (struct closing *closing = closings->first, *next; closing; closing = next) {
		next = closing->next;
		if (closing->stage != STAGE_PANEL)
			continue;
		int status = go_on(closings, closing, now);
		waits = waits || status == -EINPROGRESS;
		if (status == -EINPROGRESS)
			continue;
		closings->settings.report(closings->settings.context, &closing->action, status,
		    str_text(&closing->words));
		drop(closings, closing);
	}
	return waits ? now + LOOK_EVERY : INT64_MAX;
}
