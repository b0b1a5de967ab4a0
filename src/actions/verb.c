/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/brake.h"
#include "actions/cancel.h"
#include "actions/catch.h"
#include "actions/closing.h"
#include "actions/disable.h"
#include "actions/entrance.h"
#include "actions/errand.h"
#include "actions/front.h"
#include "actions/guard.h"
#include "actions/panel.h"
#include "actions/process.h"
#include "actions/stop.h"
#include "actions/suspend.h"
#include "actions/throttle.h"
#include "actions/tools.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"

enum { LARGEST_MOUNTINFO = 16 * 1024 * 1024, MOST_HEARD = 1024 };

struct hands {
	struct hands_settings settings;
	struct tools tools;
	struct throttle *throttle;
	struct brakes *brakes;
	struct stops *stops;
	struct suspends *suspends;
	struct front *front;
	struct disable *disable;
	struct closings *closings;
	struct panels *panels;
	struct cancels *cancels; /* NULL: without a clock */
	bool listening;		 /* at the entrance */
	bool stopping;		 /* something is being stopped */
	int64_t due;		 /* boot ms: when all that goes on must go on again */
};

/* How a verb is carried out. -EINPROGRESS: its outcome is reported later. */
struct verb_hand {
	enum verb verb;
	int (*apply)(struct hands *hands, const struct order *order, struct str *text);
	int (*release)(struct hands *hands, const struct action *action, struct str *text);
	int (*describe)(struct hands *hands, const struct action *action, struct str *text);
};

static int
apply_throttle(struct hands *hands, const struct order *order, struct str *text)
{
	if (order->action->subject.kind == KIND_PROCESS)
		return brakes_apply(hands->brakes, order, text);
	return throttle_apply(hands->throttle, order, text);
}

static int
release_throttle(struct hands *hands, const struct action *action, struct str *text)
{
	if (action->subject.kind == KIND_PROCESS)
		return brakes_release(hands->brakes, action, text);
	return throttle_release(hands->throttle, action, text);
}

static int
describe_throttle(struct hands *hands, const struct action *action, struct str *text)
{
	if (action->subject.kind == KIND_PROCESS)
		return brakes_describe(hands->brakes, action, text);
	return throttle_describe(hands->throttle, action, text);
}

static int
apply_stop(struct hands *hands, const struct order *order, struct str *text)
{
	return stops_apply(hands->stops, order, text);
}

/* What has ended does not come back, and needs no leave to be started anew. */
static int
release_stop(struct hands *hands, const struct action *action, struct str *text)
{
	(void)hands;
	(void)action;
	str_add(text, "already so: nothing keeps the processes from being started again");
	return 0;
}

static int
apply_suspend(struct hands *hands, const struct order *order, struct str *text)
{
	return closings_apply(hands->closings, order, text);
}

static int
release_suspend(struct hands *hands, const struct action *action, struct str *text)
{
	return closings_release(hands->closings, action, text);
}

static int
describe_suspend(struct hands *hands, const struct action *action, struct str *text)
{
	panels_describe(hands->panels, action, text);
	return suspends_describe(hands->suspends, action, text);
}

static int
apply_disable(struct hands *hands, const struct order *order, struct str *text)
{
	return disable_apply(hands->disable, order, text);
}

static int
release_disable(struct hands *hands, const struct action *action, struct str *text)
{
	return disable_release(hands->disable, action, text);
}

static int
describe_disable(struct hands *hands, const struct action *action, struct str *text)
{
	return disable_describe(hands->disable, action, text);
}

static int
apply_cancel(struct hands *hands, const struct order *order, struct str *text)
{
	if (hands->cancels)
		return cancels_apply(hands->cancels, order, text);
	str_add(text, "nothing can be exported here");
	return -ENOTSUP;
}

static int
release_cancel(struct hands *hands, const struct action *action, struct str *text)
{
	return hands->cancels ? cancels_release(hands->cancels, action, text) : -ENOTSUP;
}

static int
describe_cancel(struct hands *hands, const struct action *action, struct str *text)
{
	panels_describe(hands->panels, action, text);
	return hands->cancels ? cancels_describe(hands->cancels, action, text) : -ENOTSUP;
}

static const struct verb_hand verb_hands[] = {
    {VERB_THROTTLE, apply_throttle, release_throttle, describe_throttle},
    {VERB_STOP, apply_stop, release_stop, release_stop},
    {VERB_SUSPEND, apply_suspend, release_suspend, describe_suspend},
    {VERB_LOCK, apply_suspend, release_suspend, describe_suspend},
    {VERB_DISABLE, apply_disable, release_disable, describe_disable},
    {VERB_CANCEL, apply_cancel, release_cancel, describe_cancel},
};

static const struct verb_hand *
find_hand(enum verb verb)
{
	for (size_t i = 0; i < array_length(verb_hands); i++)
		if (verb_hands[i].verb == verb)
			return &verb_hands[i];
	return NULL;
}

bool
hands_can(enum verb verb)
{
	return find_hand(verb) != NULL;
}

/* What an outcome can carry; who came from hundreds of places is not told by each of them. */
enum { LONGEST_TEXT = 8000 };

static void
report(struct hands *hands, const struct action *action, int status, const char *words)
{
	auto_str text = {0};
	str_add(&text, words);
	str_cut(&text, LONGEST_TEXT);
	struct outcome outcome = {action->id, action->operation, status, str_text(&text)};
	hands->settings.report(hands->settings.context, &outcome);
}

static void
report_later(void *context, const struct action *action, int status, const char *text)
{
	report(context, action, status, text);
}

/* Taking back needs no guard: what we did to an account may be undone whoever has it now. */
static int
carry_out(struct hands *hands, const struct action *action, int64_t now, struct str *text)
{
	const struct verb_hand *hand = find_hand(action->verb);
	if (action->operation == OPERATION_DESCRIBE && action->subject.kind == KIND_HOST) {
		hands_describe_host(hands, text);
		return 0;
	}
	if (!hand) {
		str_addf(
		    text, "%s is not available in this release", verb_info(action->verb)->name);
		return -ENOTSUP;
	}
	if (action->operation == OPERATION_RELEASE)
		return hand->release(hands, action, text);
	if (action->operation == OPERATION_DESCRIBE)
		return hand->describe(hands, action, text);
	struct order order = {.action = action, .now = now};
	int status = guard_account(hands->tools.accounts, action, &order.account, text);
	return status ? status : hand->apply(hands, &order, text);
}

/* Of whom is heard costs something with each of them, so only of those who are held. */
static void
listen_if_needed(struct hands *hands)
{
	struct entrance_place places[MOST_HEARD];
	if (!hands->tools.entrance)
		return;
	size_t count = throttle_places(hands->throttle, places, MOST_HEARD);
	int status = entrance_listen(hands->tools.entrance, places, count);
	if (status && !hands->listening)
		log_warning("cannot listen for all newcomers: %s", strerror(-status));
	hands->listening = count > 0;
}

/*
 * Whom newcomers of 2 ms run beside must let us meet them first; all else that
 * hands do takes its turn like everybody.
 */
static void
wait_in_front(struct hands *hands, bool in_front)
{
	if (hands->listening)
		catch_go_first(in_front || hands->stopping);
}

static void
meet(void *context, uint32_t pid)
{
	struct hands *hands = context;
	throttle_meet(hands->throttle, pid);
}

void
hands_heed(struct hands *hands)
{
	entrance_hear(hands->tools.entrance, meet, hands);
}

void
hands_halt(struct hands *hands, const struct action *action, int64_t now)
{
	auto_str text = {0};
	struct order order = {.action = action, .now = now};
	int status = guard_account(hands->tools.accounts, action, &order.account, &text);
	status = status ? status : suspends_halt(hands->suspends, order.account, now);
	hands->due = 0;
	if (status)
		log_warning("account %u is not halted: %s%s%s", action->subject.account,
		    strerror(-status), text.length ? ": " : "", str_text(&text));
}

void
hands_act(struct hands *hands, const struct action *action, int64_t now)
{
	auto_str text = {0};
	wait_in_front(hands, false);
	int status = carry_out(hands, action, now, &text);
	if (status != -EINPROGRESS)
		report(hands, action, status, str_text(&text));
	listen_if_needed(hands);
	wait_in_front(hands, true);
	hands->due = 0;
}

static void
hear_errand(void *context, const struct errand_news *news)
{
	struct hands *hands = context;
	panels_hear(hands->panels, news);
	if (hands->cancels)
		cancels_hear(hands->cancels, news);
}

/* Without its runner an enforcer is half a one; the next has a new one, and takes up all. */
static void
heed_errands(struct hands *hands)
{
	int status = errands_heed(hands->settings.errands, hear_errand, hands);
	if (status)
		fatal("the runner of errands is gone: %s", strerror(-status));
}

enum { ERRAND_EVERY = 200 }; /* ms: how often errands that run are heard */

/* Everything that goes on; gives when it must again. */
static int64_t
go_on(struct hands *hands, int64_t now)
{
	heed_errands(hands);
	int64_t stopped = stops_tick(hands->stops, now);
	int64_t swept = throttle_sweep(hands->throttle, now);
	hands->stopping = stopped != INT64_MAX;
	wait_in_front(hands, false);
	int64_t next[] = {
	    stopped,
	    swept,
	    suspends_tick(hands->suspends, now),
	    disable_tick(hands->disable, now),
	    front_tick(hands->front, now),
	    closings_tick(hands->closings, now),
	    panels_tick(hands->panels, now),
	    hands->cancels ? cancels_tick(hands->cancels, now) : INT64_MAX,
	    errands_busy(hands->settings.errands) ? now + ERRAND_EVERY : INT64_MAX,
	};
	int64_t first = INT64_MAX;
	listen_if_needed(hands);
	wait_in_front(hands, true);
	for (size_t i = 0; i < array_length(next); i++)
		first = next[i] < first ? next[i] : first;
	return first;
}

/* While it is looked for newcomers many times a second, all else waits until it is due. */
int64_t
hands_tick(struct hands *hands, int64_t now)
{
	if (!hands->listening || now >= hands->due)
		hands->due = go_on(hands, now);
	int64_t look = hands->tools.entrance
			   ? entrance_look(hands->tools.entrance, meet, hands, now)
			   : INT64_MAX;
	return look < hands->due ? look : hands->due;
}

static void
hear_suspension(void *context, const struct action *action, int status, const char *text)
{
	struct hands *hands = context;
	closings_hear(hands->closings, action, status, text);
}

static void
new_suspends(struct hands *hands)
{
	struct suspend_settings suspend = {.tools = &hands->tools,
	    .reaper = hands->settings.reaper,
	    .front = hands->front,
	    .report = hear_suspension,
	    .context = hands};
	hands->suspends = suspends_new(&suspend);
	struct closing_settings closing = {.tools = &hands->tools,
	    .panels = hands->panels,
	    .suspends = hands->suspends,
	    .report = report_later,
	    .context = hands};
	hands->closings = closings_new(&closing);
}

/* Cancelling begins with what suspend does, and ends with its undoing. */
static int
close_for_cancel(void *context, const struct order *order, struct str *text)
{
	struct hands *hands = context;
	return closings_ways(hands->closings, order, text);
}

static int
open_after_cancel(void *context, const struct action *action, struct str *text)
{
	struct hands *hands = context;
	return closings_ways_open(hands->closings, action, text);
}

static struct cancels *
new_cancels(struct hands *hands)
{
	struct cancel_settings settings = {
	    .tools = &hands->tools,
	    .errands = hands->settings.errands,
	    .panels = hands->panels,
	    .wall = hands->settings.wall,
	    .suspend = close_for_cancel,
	    .unsuspend = open_after_cancel,
	    .report = report_later,
	    .context = hands,
	};
	return settings.wall ? cancels_new(&settings) : NULL;
}

struct hands *
hands_new(const struct hands_settings *settings)
{
	struct hands *hands = memory_new(1, sizeof(*hands));
	auto_str mounts = {0};
	hands->settings = *settings;
	hands->tools.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	hands->tools.proc = process_open_proc();
	hands->tools.state = settings->state;
	hands->tools.entrance = settings->entrance;
	hands->tools.cgroup = memory_copy_text(settings->cgroup);
	hands->settings.cgroup = hands->tools.cgroup;
	int status = file_read(AT_FDCWD, "/proc/self/mountinfo", LARGEST_MOUNTINFO, &mounts);
	if (status)
		log_error("cannot read '/proc/self/mountinfo': %s", strerror(-status));
	hands->tools.cgroups = cgroups_find(str_text(&mounts));
	hands->throttle = throttle_new(&hands->tools);
	hands->brakes = brakes_new(&hands->tools, hands->throttle);
	hands->stops = stops_new(&hands->tools, report_later, hands);
	hands->front = front_new(&hands->tools);
	front_set_site(hands->front, settings->tell_site, settings->context);
	hands->disable = disable_new(&hands->tools, hands->front);
	hands->panels = panels_new(&hands->tools, settings->errands);
	new_suspends(hands);
	hands->cancels = new_cancels(hands);
	return hands;
}

void
hands_free(struct hands *hands)
{
	if (!hands)
		return;
	closings_free(hands->closings);
	cancels_free(hands->cancels);
	suspends_free(hands->suspends);
	disable_free(hands->disable);
	front_free(hands->front);
	panels_free(hands->panels);
	stops_free(hands->stops);
	brakes_free(hands->brakes);
	throttle_free(hands->throttle);
	cgroups_done(&hands->tools.cgroups);
	if (hands->tools.root >= 0)
		close(hands->tools.root);
	if (hands->tools.proc >= 0)
		close(hands->tools.proc);
	free(hands->tools.cgroup);
	free(hands);
}

void
hands_set_accounts(struct hands *hands, const struct accounts *accounts)
{
	hands->tools.accounts = accounts;
}

void
hands_set_config(struct hands *hands, const struct config *config)
{
	hands->tools.config = config;
}

void
hands_tell_site(const struct hands *hands)
{
	front_tell_site(hands->front);
}

static void
describe_hierarchy(const struct hierarchy *hierarchy, const char *what, struct str *out)
{
	if (out->length)
		str_add(out, ", ");
	if (!hierarchy)
		str_addf(out, "%s: none", what);
	else
		str_addf(out, "%s: cgroup v%d", what, hierarchy->unified ? 2 : 1);
}

void
hands_describe_host(const struct hands *hands, struct str *out)
{
	const struct cgroups *cgroups = &hands->tools.cgroups;
	auto_str text = {0};
	describe_hierarchy(cgroups_for(cgroups, RESOURCE_CPU), "cpu", &text);
	describe_hierarchy(cgroups_for(cgroups, RESOURCE_MEMORY), "memory", &text);
	describe_hierarchy(cgroups_freezer(cgroups), "freezer", &text);
	str_add(out, str_text(&text));
	str_addf(out, ", newcomers: %s",
	    hands->tools.entrance
		? entrance_words(hands->tools.entrance)
		: "looked for twice a second (what lives shorter is not limited)");
	auto_str open = {0};
	suspends_describe_host(hands->suspends, &open);
	if (open.length)
		str_addf(out, ", suspend: %s", str_text(&open));
}
