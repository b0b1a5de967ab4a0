/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/suspend.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "actions/catch.h"
#include "actions/front.h"
#include "actions/guard.h"
#include "actions/halts.h"
#include "actions/holding.h"
#include "actions/uids.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/memory.h"

enum {
	LOOK_EVERY = 100,      /* ms, while somebody is being ended */
	LATECOMERS_FOR = 2000, /* ms in which who was on his way in comes to run */
	ENDING_FOR = 10000,    /* ms after which we say that they do not die */
};

/* One action whose people are being ended. */
struct ending {
	struct ending *next;
	struct action action;
	struct catch catch;
	int64_t last;	  /* when the reaper comes for the second time */
	int64_t deadline; /* when we give up */
	bool twice;
	struct str text;
};

struct suspends {
	struct suspend_settings settings;
	struct ways ways;
	struct suspensions suspensions;
	struct halts *halts;
	struct ending *endings;
	int64_t looked[WAY_COUNT]; /* when each way was looked at, boot ms */
	struct str complaint;	   /* what was logged last: each is logged once */
};

struct suspends *
suspends_new(const struct suspend_settings *settings)
{
	struct suspends *suspends = memory_new(1, sizeof(*suspends));
	uint32_t broken = 0;
	suspends->settings = *settings;
	suspends->ways = (struct ways){.tools = settings->tools, .front = settings->front};
	suspends->halts = halts_new(settings->tools, settings->reaper);
	int status = suspensions_load(settings->tools->state, &suspends->suspensions, &broken);
	if (status)
		log_error("cannot read what is suspended: %s", strerror(-status));
	if (broken)
		log_error(
		    "%u suspensions cannot be read and are put aside as 'suspended.*.broken'"
		    " in the enforcer's state folder; what they changed is not put back",
		    broken);
	return suspends;
}

static void
ending_free(struct suspends *suspends, struct ending *ending)
{
	catch_done(&ending->catch, suspends->settings.tools);
	str_done(&ending->text);
	free(ending);
}

void
suspends_free(struct suspends *suspends)
{
	while (suspends && suspends->endings) {
		struct ending *ending = suspends->endings;
		suspends->endings = ending->next;
		ending_free(suspends, ending);
	}
	if (suspends) {
		suspensions_done(&suspends->suspensions);
		halts_free(suspends->halts);
		str_done(&suspends->ways.database);
		str_done(&suspends->complaint);
	}
	free(suspends);
}

static struct ending *
find_ending(const struct suspends *suspends, uint64_t action)
{
	struct ending *ending = suspends->endings;
	while (ending && ending->action.id != action)
		ending = ending->next;
	return ending;
}

/* Without the list of users and the login nobody is kept out, and nothing is begun; unless
 * the accounts log in on a site's servers, which the site's own command has closed. */
static int
check_host(struct suspends *suspends, struct str *text)
{
	const struct config *config = suspends->settings.tools->config;
	if (config && config_has_site(config))
		return 0;
	const char *lacks = way_login.is_here(&suspends->ways)
				? way_login.lacks(&suspends->ways)
				: "it has no PAM";
	if (!lacks)
		return 0;
	str_addf(text, "this host is not set up for it: %s (see docs/suspend.md)", lacks);
	return -ENOTSUP;
}

int
suspends_halt(struct suspends *suspends, const struct account *account, int64_t now)
{
	auto_str text = {0};
	int status = check_host(suspends, &text);
	return status ? status : halts_begin(suspends->halts, account, now);
}

/* Frozen, ended, thawed: who is frozen dies when he is thawed, before he runs a step. */
static void
end_everybody(struct suspends *suspends, struct ending *ending, const struct account *account)
{
	const struct tools *tools = suspends->settings.tools;
	struct uids uids;
	int status = -EPIPE;
	catch_go_first(true);
	catch_all(&ending->catch, tools);
	uids_find(tools, account, &uids);
	if (suspends->settings.reaper)
		status = reaper_end(suspends->settings.reaper, account->id, account->generation,
		    uids.uids, uids.count);
	if (status) {
		log_warning("the reaper does not end account %u (%s): by signals instead",
		    account->id, strerror(-status));
		catch_signal(&ending->catch, tools, SIGKILL);
	}
	catch_let_run(&ending->catch, tools);
	catch_go_first(false);
	halts_forget(suspends->halts, account->id);
}

static void
begin_ending(struct suspends *suspends, const struct order *order, const struct str *said)
{
	struct ending *ending = memory_new(1, sizeof(*ending));
	ending->action = *order->action;
	ending->action.target_count = 0; /* everybody */
	struct order everybody = {&ending->action, order->account, order->now};
	if (catch_begin(&ending->catch, suspends->settings.tools, &everybody))
		ending->catch.freezer = NULL; /* no pen: signals hold them */
	ending->last = order->now + LATECOMERS_FOR;
	ending->deadline = order->now + ENDING_FOR;
	str_add(&ending->text, str_text(said));
	end_everybody(suspends, ending, order->account);
	ending->next = suspends->endings;
	suspends->endings = ending;
}

static void
say_closed(const struct suspension *suspension, const struct holding *holding, struct str *text)
{
	str_add(text, "closed: ");
	holding_list(suspension, text);
	if (holding->open.length)
		str_addf(text, "; still open, and tried again: %s", str_text(&holding->open));
	if (holding->remarks.length)
		str_addf(text, "; left alone: %s", str_text(&holding->remarks));
}

/* Closes the ways of a claim that is new or was cut off. */
static int
close_ways(struct suspends *suspends, struct suspension *suspension, const struct order *order,
    struct str *text)
{
	bool all[WAY_COUNT];
	struct holding holding = {0};
	memset(all, true, sizeof(all));
	int status = suspension_save(suspension, suspends->settings.tools->state);
	if (!status)
		status =
		    holding_close(&suspends->ways, suspension, order->account, all, &holding);
	if (status)
		str_addf(text, "it cannot be begun: %s", strerror(-status));
	else
		say_closed(suspension, &holding, text);
	holding_done(&holding);
	return status;
}

/* Who hears that it failed will not release it: what was closed already is opened by a tick. */
static void
give_up(struct suspends *suspends, struct suspension *suspension, const struct action *action)
{
	if (suspension_unclaim(suspension, action->id, action->verb))
		return;
	for (size_t i = 0; i < suspension->item_count; i++)
		if (suspension->items[i].held)
			return;
	int status = suspension_forget(suspension, suspends->settings.tools->state);
	if (!status)
		suspensions_remove(&suspends->suspensions, suspension);
}

static int
apply(struct suspends *suspends, const struct order *order, struct str *text)
{
	const struct account *account = order->account;
	const struct action *action = order->action;
	if (find_ending(suspends, action->id))
		return -EINPROGRESS;
	int status = check_host(suspends, text);
	if (status)
		return status;
	struct suspension *suspension = suspensions_find(&suspends->suspensions, account->id);
	if (suspension && suspension->generation != account->generation) {
		str_add(text, "the login's former holder is still held: release that first");
		return -ESTALE;
	}
	if (!suspension)
		suspension = suspensions_add(
		    &suspends->suspensions, account->id, account->generation, account->name);
	if (!suspension_claim(suspension, action->id, action->verb)) {
		str_add(text, "too many actions hold this account");
		return -ENOSPC;
	}
	status = close_ways(suspends, suspension, order, text);
	if (status) {
		give_up(suspends, suspension, action);
		return status;
	}
	crash_point(CRASH_SUSPEND_CLOSED);
	begin_ending(suspends, order, text);
	return -EINPROGRESS;
}

/* Whom it was to end, and will not, has stood still for nothing. */
int
suspends_apply(struct suspends *suspends, const struct order *order, struct str *text)
{
	int status = apply(suspends, order, text);
	if (status && status != -EINPROGRESS)
		halts_give_up(suspends->halts, order->account);
	return status;
}

/* Whether who is called so is who was held: a new holder of the login gets nothing of it. */
static bool
has_holder(const struct suspends *suspends, const struct suspension *suspension)
{
	const struct accounts *accounts = suspends->settings.tools->accounts;
	const struct account *account =
	    accounts ? accounts_find_id(accounts, suspension->account) : NULL;
	return account && account->generation == suspension->generation;
}

/* The claims are gone, and that is noted; now the items. */
static int
open_ways(struct suspends *suspends, struct suspension *suspension, struct str *text)
{
	int state = suspends->settings.tools->state;
	bool holder = has_holder(suspends, suspension);
	for (size_t i = 0; i < suspension->item_count; i++) {
		const struct way *way = way_find(suspension->items[i].way);
		suspension->items[i].touched = way && way->tell;
	}
	int status = suspension_save(suspension, state);
	if (status) {
		str_addf(text, "cannot note what is put back: %s", strerror(-status));
		return status;
	}
	crash_point(CRASH_SUSPEND_UNCLAIMED);
	status = holding_open(&suspends->ways, suspension, holder, text);
	int noted = suspension->item_count ? suspension_save(suspension, state)
					   : suspension_forget(suspension, state);
	if (!suspension->item_count && !noted)
		suspensions_remove(&suspends->suspensions, suspension);
	return status ? status : noted;
}

/* Who is released is not ended any more. */
static void
drop_ending(struct suspends *suspends, uint64_t action)
{
	for (struct ending **at = &suspends->endings; *at; at = &(*at)->next)
		if ((*at)->action.id == action) {
			struct ending *ending = *at;
			*at = ending->next;
			ending_free(suspends, ending);
			return;
		}
}

int
suspends_release(struct suspends *suspends, const struct action *action, struct str *text)
{
	struct suspension *suspension =
	    suspensions_find(&suspends->suspensions, action->subject.account);
	drop_ending(suspends, action->id);
	halts_wake(suspends->halts, action->subject.account);
	if (!suspension) {
		str_add(text, "already so: nothing was suspended");
		return 0;
	}
	if (suspension->generation != action->subject.generation) {
		str_add(text, "what is suspended belongs to another holder of the login");
		return -ESTALE;
	}
	if (suspension_unclaim(suspension, action->id, action->verb)) {
		int state = suspends->settings.tools->state;
		str_addf(
		    text, "still held by a %s", verb_info(suspension->claims[0].verb)->name);
		return suspension_save(suspension, state);
	}
	return open_ways(suspends, suspension, text);
}

int
suspends_describe(struct suspends *suspends, const struct action *action, struct str *text)
{
	const struct suspension *suspension =
	    suspensions_find(&suspends->suspensions, action->subject.account);
	if (!suspension || suspension->generation != action->subject.generation) {
		str_add(text, "nothing is suspended");
		return 0;
	}
	if (!has_holder(suspends, suspension))
		str_add(text, "the account is gone; what is left of its suspension:\n");
	holding_describe(&suspends->ways, suspension, text);
	return 0;
}

void
suspends_describe_host(struct suspends *suspends, struct str *out)
{
	for (int i = 0; i < WAY_COUNT; i++) {
		const struct way *way = way_at((enum way_number)i);
		const char *lacks = way->is_here(&suspends->ways) && way->lacks
					? way->lacks(&suspends->ways)
					: NULL;
		if (lacks)
			str_addf(out, "%s%s cannot be closed: %s", out->length ? ", " : "",
			    way->title, lacks);
	}
}

/* Whether it is over; then status is set. */
static bool
go_on(struct suspends *suspends, struct ending *ending, int64_t now, int *status)
{
	const struct tools *tools = suspends->settings.tools;
	const struct account *account = guard_holder(
	    tools->accounts, ending->action.subject.account, ending->action.subject.generation);
	uint32_t living = catch_living(&ending->catch, tools);
	if (!account) {
		str_add(&ending->text, "; the account is gone meanwhile");
		*status = -ENOENT;
		return true;
	}
	if (now >= ending->last && !ending->twice) {
		ending->twice = true;
		end_everybody(suspends, ending, account);
		return false;
	}
	if (living && now >= ending->deadline) {
		str_addf(&ending->text, "; %u of %zu processes do not die", living,
		    ending->catch.count);
		*status = -EBUSY;
		return true;
	}
	if (living || !ending->twice)
		return false;
	str_addf(&ending->text, "; %zu processes ended", ending->catch.count);
	*status = 0;
	return true;
}

static void
tick_endings(struct suspends *suspends, int64_t now)
{
	for (struct ending **at = &suspends->endings; *at;) {
		struct ending *ending = *at;
		int status = 0;
		if (!go_on(suspends, ending, now, &status)) {
			at = &ending->next;
			continue;
		}
		*at = ending->next;
		suspends->settings.report(suspends->settings.context, &ending->action, status,
		    str_text(&ending->text));
		ending_free(suspends, ending);
	}
}

/* The same complaint every five seconds would hide all others. */
static void
complain(struct suspends *suspends, const struct suspension *suspension, const char *what)
{
	auto_str text = {0};
	str_addf(&text, "suspension of account %u: %s", suspension->account, what);
	if (text_equal(str_text(&text), str_text(&suspends->complaint)))
		return;
	log_warning("%s", str_text(&text));
	str_clear(&suspends->complaint);
	str_add(&suspends->complaint, str_text(&text));
}

static void
reassert(struct suspends *suspends, struct suspension *suspension,
    const struct account *account, const bool due[WAY_COUNT])
{
	struct holding holding = {0};
	int status = holding_close(&suspends->ways, suspension, account, due, &holding);
	if (status)
		complain(suspends, suspension, strerror(-status));
	else if (holding.open.length)
		complain(suspends, suspension, str_text(&holding.open));
	if (holding.closed)
		log_info(
		    "account %u: %u ways in were closed, %u of them not for the first time",
		    suspension->account, holding.closed, holding.again);
	holding_done(&holding);
}

/* What is suspended while nobody may act on it stays as it is, and is told. */
static void
review(struct suspends *suspends, struct suspension *suspension, const bool due[WAY_COUNT])
{
	const struct account *account = guard_holder(
	    suspends->settings.tools->accounts, suspension->account, suspension->generation);
	if (!suspension->claim_count) {
		auto_str text = {0};
		if (open_ways(suspends, suspension, &text))
			complain(suspends, suspension, str_text(&text));
	} else if (!account) {
		complain(suspends, suspension,
		    "the account is gone, protected, or has another holder: "
		    "nothing more is done until it is released");
	} else {
		reassert(suspends, suspension, account, due);
	}
}

int64_t
suspends_tick(struct suspends *suspends, int64_t now)
{
	bool due[WAY_COUNT];
	bool any = false;
	int64_t next = INT64_MAX;
	int64_t halted = halts_tick(suspends->halts, now);
	tick_endings(suspends, now);
	for (int i = 0; i < WAY_COUNT; i++) {
		int64_t every = way_at((enum way_number)i)->every;
		due[i] = !suspends->looked[i] || now >= suspends->looked[i] + every;
		any |= due[i];
		if (due[i])
			suspends->looked[i] = now;
		if (suspends->looked[i] + every < next)
			next = suspends->looked[i] + every;
	}
	/* One that is opened to the end is taken out of the list on the way. */
	for (size_t i = suspends->suspensions.count; any && i-- > 0;)
		review(suspends, suspends->suspensions.all[i], due);
	if (!suspends->suspensions.count)
		next = INT64_MAX;
	if (suspends->endings && now + LOOK_EVERY < next)
		next = now + LOOK_EVERY;
	return halted < next ? halted : next;
}
