/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function a stage: 0 leads to the next one, -EINPROGRESS to the same at
 * the next tick, anything else is a failure, and the table says what becomes of
 * it. Every stage can be entered again after a kill.
 */
#include "actions/cancel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "actions/cancel_parts.h"
#include "actions/guard.h"
#include "base/log.h"
#include "base/memory.h"

enum {
	SOON = 200,
	LATER = 5000,
	SELDOM = 60 * 1000,
	SAVE_EVERY = 3600 * 1000,
	FIRST_WAIT = 30 * 1000,
	MOST_FAILURES = 5, /* of an export, one after the other without getting on */
	LONGEST_NOTE = 1900,
};

/* ---- outcomes ---- */

static void
add_note(const struct str *note, const char *between, struct str *text)
{
	if (note->length && text->length)
		str_add(text, between);
	str_add(text, str_text(note));
}

static void
add_notes(const struct cancel *cancel, const char *between, struct str *text)
{
	for (size_t i = 0; i < NOTE_COUNT; i++)
		add_note(&cancel->notes[i], between, text);
}

static void
report(struct cancels *cancels, struct cancel *cancel, int status)
{
	bool back = cancel->stage >= RELEASE_WAYS;
	struct action action =
	    cancel_action(cancel, back ? OPERATION_RELEASE : OPERATION_APPLY);
	auto_str text = {0};
	if (cancel->told)
		return;
	cancel->told = true;
	add_notes(cancel, "; ", &text);
	cancels->settings.report(cancels->settings.context, &action, status, str_text(&text));
}

/* ---- stages ---- */

static void
set_note(struct cancel *cancel, size_t which, const struct str *text)
{
	str_clear(&cancel->notes[which]);
	str_add(&cancel->notes[which], str_text(text));
	str_cut(&cancel->notes[which], LONGEST_NOTE);
}

/* The first of two that is not done yet; a failure comes before what only takes time. */
static int
worse(int one, int other)
{
	if (one && one != -EINPROGRESS)
		return one;
	return other && other != -EINPROGRESS ? other : one ? one : other;
}

static int
close_ways(struct cancels *cancels, struct cancel *cancel)
{
	const struct cancel_settings *settings = &cancels->settings;
	struct action action = cancel_action(cancel, OPERATION_APPLY);
	struct order order = {.action = &action, .now = cancels->boot};
	auto_str text = {0}, panel = {0};
	int status = guard_account(settings->tools->accounts, &action, &order.account, &text);
	if (status) {
		set_note(cancel, NOTE_WAYS, &text);
		return status;
	}
	int held = panels_hold(settings->panels, &order, &panel);
	status =
	    settings->suspend ? settings->suspend(settings->context, &order, &text) : -ENOTSUP;
	set_note(cancel, NOTE_WAYS, &text);
	set_note(cancel, NOTE_PANEL, &panel);
	return worse(status, held == -ENOENT ? 0 : held);
}

static int
answer_mail(struct cancels *cancels, struct cancel *cancel)
{
	auto_str problem = {0};
	cancel_mail_begin(cancels, cancel);
	cancel_mail_render(cancels, &problem);
	if (problem.length)
		set_note(cancel, NOTE_MAIL, &problem);
	return 0; /* what is wrong is said, and tried again every few seconds */
}

static int
tell_billing(struct cancels *cancels, struct cancel *cancel)
{
	if (cancel->cancelled.tries && !cancel->errand && cancel->notes[NOTE_BILLING].length)
		return 0; /* it had its try in this run; others follow while it is held */
	return cancel_billing(cancels, cancel, &cancel->cancelled);
}

static int
keep(struct cancels *cancels, struct cancel *cancel)
{
	report(cancels, cancel, 0);
	if (!cancel->cancelled.done && !cancel->errand && cancels->boot >= cancel->billing_at) {
		int status = cancel_billing(cancels, cancel, &cancel->cancelled);
		if (status && status != -EINPROGRESS)
			cancel->billing_at = cancels->boot + FIRST_WAIT;
	}
	if (cancel->removed_at && cancels->time >= cancel->removed_at) {
		cancel_export_remove(cancels, cancel);
		int status = cancels_save(cancels);
		if (status)
			log_error("cannot note that an archive is gone: %s", strerror(-status));
	}
	return -EINPROGRESS;
}

static int
open_ways(struct cancels *cancels, struct cancel *cancel)
{
	const struct cancel_settings *settings = &cancels->settings;
	struct action action = cancel_action(cancel, OPERATION_RELEASE);
	auto_str text = {0}, panel = {0};
	int status = settings->unsuspend
			 ? settings->unsuspend(settings->context, &action, &text)
			 : -ENOTSUP;
	int held = panels_release(settings->panels, &action, &panel);
	set_note(cancel, NOTE_WAYS, &text);
	if (held != -ENOENT)
		set_note(cancel, NOTE_PANEL, &panel);
	return worse(status, held == -ENOENT ? 0 : held);
}

/* By its stage alone it is not in the table any more. */
static int
accept_mail(struct cancels *cancels, struct cancel *cancel)
{
	auto_str problem = {0};
	cancel_mail_render(cancels, &problem);
	if (cancel->addresses.length)
		str_add(&problem, problem.length ? "" : "mail: accepted again");
	set_note(cancel, NOTE_MAIL, &problem);
	return 0;
}

static int
tell_billing_again(struct cancels *cancels, struct cancel *cancel)
{
	if (!cancel->cancelled.tries || cancel->reinstated.done) {
		if (!cancel->cancelled.tries)
			str_clear(&cancel->notes[NOTE_BILLING]);
		report(cancels, cancel, 0);
		return 0;
	}
	if (cancel->reinstated.tries && !cancel->errand && cancel->failures)
		report(cancels, cancel, 0); /* what failed is said, and tried again */
	if (cancels->boot < cancel->billing_at || cancel->errand)
		return -EINPROGRESS;
	int status = cancel_billing(cancels, cancel, &cancel->reinstated);
	if (status == 0)
		report(cancels, cancel, 0);
	return status;
}

static int
wait_for_date(struct cancels *cancels, struct cancel *cancel)
{
	if (cancel->removed_at && cancels->time < cancel->removed_at)
		return -EINPROGRESS;
	if (cancel->removed_at)
		cancel_export_remove(cancels, cancel);
	return 0;
}

static const struct {
	int (*work)(struct cancels *cancels, struct cancel *cancel);
	int patience; /* failures before it is reported; -1: reported at once */
	bool goes_on; /* in spite of a failure */
} stages[CANCEL_STAGE_COUNT] = {
    [CANCEL_WAYS] = {close_ways, -1, false},
    [CANCEL_MAIL] = {answer_mail, -1, true},
    [CANCEL_EXPORT] = {cancel_export, MOST_FAILURES, false},
    [CANCEL_BILLING] = {tell_billing, -1, true},
    [CANCEL_HELD] = {keep, -1, false},
    [RELEASE_WAYS] = {open_ways, -1, false},
    [RELEASE_MAIL] = {accept_mail, -1, true},
    [RELEASE_BILLING] = {tell_billing_again, MOST_FAILURES, false},
    [CANCEL_OVER] = {wait_for_date, -1, false},
};

/* What is reported as failed waits until somebody asks again. */
static void
fail(struct cancels *cancels, struct cancel *cancel, int status)
{
	int patience = stages[cancel->stage].patience;
	if (cancel->stage == CANCEL_EXPORT && !cancel->notes[NOTE_EXPORT].length)
		str_addf(&cancel->notes[NOTE_EXPORT], "export: %s", strerror(-status));
	if ((int)++cancel->failures <= patience) {
		cancel->again_at =
		    cancels->boot + ((int64_t)FIRST_WAIT << (cancel->failures - 1));
		return;
	}
	log_warning("cannot %s '%s': %s", cancel->stage < RELEASE_WAYS ? "cancel" : "reinstate",
	    cancel->name, strerror(-status));
	report(cancels, cancel, status);
	cancel->failures = 0;
	cancel->again_at = INT64_MAX;
}

static void
enter(struct cancels *cancels, struct cancel *cancel, enum cancel_stage stage)
{
	cancel->stage = stage;
	cancel->failures = 0;
	cancel->again_at = 0;
	if (stage == RELEASE_BILLING)
		cancel->billing_at = 0;
	int status = cancels_save(cancels);
	if (status) { /* it is done again after a kill, which does no harm */
		log_error("cannot note how far '%s' is cancelled: %s", cancel->name,
		    strerror(-status));
	}
}

/* A program that runs is waited for: it cannot be taken back in the middle. */
static bool
turns_back(const struct cancel *cancel)
{
	return cancel->release && cancel->stage < RELEASE_WAYS && !cancel->errand;
}

/* Gives whether the cancel is forgotten. */
static bool
advance(struct cancels *cancels, struct cancel *cancel)
{
	for (;;) {
		if (turns_back(cancel)) {
			cancel->told = false;
			enter(cancels, cancel, RELEASE_WAYS);
		}
		if (cancels->boot < cancel->again_at)
			return false;
		int status = stages[cancel->stage].work(cancels, cancel);
		if (status == -EINPROGRESS)
			return false;
		if (status && !stages[cancel->stage].goes_on) {
			fail(cancels, cancel, status);
			return false;
		}
		if (cancel->stage == CANCEL_OVER) {
			cancels_forget(cancels, cancel);
			if (cancels_save(cancels))
				log_error("cannot note that a cancelled account is over");
			return true;
		}
		enter(cancels, cancel, cancel->stage + 1);
	}
}

/* ---- asked ---- */

static struct cancel *
find(const struct cancels *cancels, uint32_t account)
{
	for (size_t i = 0; i < cancels->count; i++)
		if (cancels->items[i]->account == account &&
		    cancels->items[i]->stage != CANCEL_OVER)
			return cancels->items[i];
	return NULL;
}

static int
begin(struct cancels *cancels, const struct order *order, struct str *text)
{
	const struct action *action = order->action;
	if (action->subject.kind != KIND_ACCOUNT)
		str_add(text, "only accounts are cancelled");
	else if (!cancels->settings.suspend)
		str_add(text,
		    "suspend is not available in this release, and cancel begins with it");
	else if (!cancels->settings.errands)
		str_add(text, "nothing can be exported here");
	else if (strlen(order->account->name) >= sizeof(((struct cancel *)0)->name))
		str_add(text, "the account's name is too long");
	if (text->length)
		return -ENOTSUP;
	struct cancel *cancel = cancels_add(cancels);
	cancel->account = order->account->id;
	cancel->generation = order->account->generation;
	cancel->action = action->id;
	cancel->case_number = action->case_number;
	cancel->begun = cancels->settings.wall();
	memcpy(cancel->name, order->account->name, strlen(order->account->name) + 1);
	int status = cancels_save(cancels);
	if (!status)
		return -EINPROGRESS;
	cancels_forget(cancels, cancel);
	str_addf(text, "cannot note it: %s", strerror(-status));
	return status;
}

int
cancels_apply(struct cancels *cancels, const struct order *order, struct str *text)
{
	struct cancel *cancel = find(cancels, order->account->id);
	if (!cancel)
		return begin(cancels, order, text);
	if (cancel->generation != order->account->generation) {
		str_add(
		    text, "the login's former holder is still cancelled: release that first");
		return -ESTALE;
	}
	if (cancel->release) {
		str_add(text, "it is being reinstated");
		return -EBUSY;
	}
	if (cancel->stage == CANCEL_HELD) {
		str_add(text, "already so; ");
		add_notes(cancel, "; ", text);
		return 0;
	}
	cancel->action = order->action->id;
	cancel->told = false;
	cancel->again_at = 0;
	return -EINPROGRESS;
}

int
cancels_release(struct cancels *cancels, const struct action *action, struct str *text)
{
	struct cancel *cancel = find(cancels, action->subject.account);
	if (!cancel) {
		str_add(text, "already so: it is not cancelled");
		return 0;
	}
	if (cancel->generation != action->subject.generation) {
		str_add(text, "what is cancelled belongs to another holder of the login");
		return -ESTALE;
	}
	bool again = cancel->release != 0;
	cancel->release = action->id;
	cancel->again_at = 0;
	if (!again && cancel->stage == CANCEL_EXPORT)
		cancel_export_stop(cancels, cancel);
	if (again)
		cancel->told = false;
	int status = cancels_save(cancels);
	if (!status)
		return -EINPROGRESS;
	str_addf(text, "cannot note it: %s", strerror(-status));
	return status;
}

int
cancels_describe(struct cancels *cancels, const struct action *action, struct str *text)
{
	bool any = false;
	for (size_t i = 0; i < cancels->count; i++) {
		const struct cancel *cancel = cancels->items[i];
		if (cancel->account != action->subject.account ||
		    cancel->generation != action->subject.generation)
			continue;
		any = true;
		if (cancel->stage == CANCEL_OVER)
			str_add(text, "reinstated\n");
		add_notes(cancel, "\n", text);
		str_add_char(text, '\n');
	}
	if (!any)
		str_add(text, "not cancelled");
	return 0;
}

void
cancels_hear(struct cancels *cancels, const struct errand_news *news)
{
	for (size_t i = 0; i < cancels->count; i++) {
		struct cancel *cancel = cancels->items[i];
		if (cancel->errand != news->errand)
			continue;
		if (cancel->stage == CANCEL_EXPORT)
			cancel_export_hear(cancels, cancel, news);
		else
			cancel_billing_hear(cancels, cancel, news);
		return;
	}
}

/* ---- time ---- */

static void
tell_time(struct cancels *cancels, int64_t now)
{
	if (cancels->boot >= 0 && now > cancels->boot)
		cancels->time += now - cancels->boot;
	cancels->boot = now;
	if (cancels->count && now >= cancels->saved_at + SAVE_EVERY && cancels_save(cancels))
		log_error("cannot note how long archives are kept");
}

/* What somebody changed in the table is made good, and 450 becomes 550. */
static void
look_after_mail(struct cancels *cancels)
{
	auto_str problem = {0};
	if (cancels->mail_at && cancels->boot < cancels->mail_at + LATER)
		return;
	cancels->mail_at = cancels->boot;
	cancel_mail_render(cancels, &problem);
	if (problem.length)
		log_warning("%s", str_text(&problem));
}

int64_t
cancels_tick(struct cancels *cancels, int64_t now)
{
	bool busy = false;
	tell_time(cancels, now);
	for (size_t i = 0; i < cancels->count;) {
		struct cancel *cancel = cancels->items[i];
		if (advance(cancels, cancel))
			continue;
		busy |= cancel->errand ||
			(cancel->stage != CANCEL_HELD && cancel->stage != CANCEL_OVER &&
			    cancel->again_at <= now);
		i++;
	}
	look_after_mail(cancels);
	if (!cancels->count)
		return cancel_mail_is_asked(cancels) ? now + SELDOM : INT64_MAX;
	return now + (busy ? SOON : LATER);
}

struct cancels *
cancels_new(const struct cancel_settings *settings)
{
	struct cancels *cancels = memory_new(1, sizeof(*cancels));
	cancels->settings = *settings;
	cancels->boot = -1;
	int status = cancels_load(cancels);
	if (status)
		log_error("cannot read who is cancelled: %s", strerror(-status));
	return cancels;
}

void
cancels_free(struct cancels *cancels)
{
	if (!cancels)
		return;
	while (cancels->count)
		cancels_forget(cancels, cancels->items[0]);
	free(cancels->items);
	free(cancels);
}
