/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's program. That it is begun is on disk before it is, with the
 * how-manieth time; so after a kill at any instant the next run tells it that
 * it may be a repetition, and what ended well is never run again.
 */
#include <errno.h>
#include <string.h>

#include "actions/cancel_parts.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "model/config.h"

enum {
	LIMIT = 5 * 60 * 1000,
	FIRST_WAIT = 60 * 1000,
	MOST_DOUBLINGS = 10,
	LONGEST_SAYING = 200
};

static struct billing *
billing_of(struct cancel *cancel)
{
	return cancel->stage >= RELEASE_WAYS ? &cancel->reinstated : &cancel->cancelled;
}

static const char *
program(const struct cancels *cancels)
{
	const struct config *config = cancels->settings.tools->config;
	return config ? config->billing_hook : "";
}

static int
start(struct cancels *cancels, struct cancel *cancel, const struct billing *billing)
{
	bool back = cancel->stage >= RELEASE_WAYS;
	const char *what = back ? "reinstate" : "cancel";
	auto_arena struct arena *arena = arena_new();
	auto_str date = {0};
	clock_add_utc(&date, cancel->begun);
	const char *arguments[] = {program(cancels), what, cancel->name, NULL};
	const char *environment[] = {
	    arena_printf(arena, "HAYWARD_WHAT=%s", what),
	    arena_printf(arena, "HAYWARD_ACCOUNT=%s", cancel->name),
	    arena_printf(arena, "HAYWARD_UID=%u", cancel->account),
	    arena_printf(arena, "HAYWARD_CASE=%llu", (unsigned long long)cancel->case_number),
	    arena_printf(arena, "HAYWARD_ACTION=%016llx",
		(unsigned long long)(back ? cancel->release : cancel->action)),
	    arena_printf(arena, "HAYWARD_DATE=%s", str_text(&date)),
	    arena_printf(arena, "HAYWARD_TRY=%u", billing->tries),
	    arena_printf(arena, "HAYWARD_REPEAT=%s", billing->tries > 1 ? "yes" : "no"),
	    NULL,
	};
	struct errand_command order = {
	    .command = {.arguments = arguments,
		.environment = environment,
		.who = COMMAND_BILLING},
	    .limit = LIMIT,
	};
	return errands_command(cancels->settings.errands, &order, &cancel->errand);
}

int
cancel_billing(struct cancels *cancels, struct cancel *cancel, struct billing *billing)
{
	if (!*program(cancels)) {
		str_clear(&cancel->notes[NOTE_BILLING]);
		str_add(&cancel->notes[NOTE_BILLING], "billing: 'billing-hook' is not set");
		return 0;
	}
	if (billing->done)
		return 0;
	if (cancel->errand)
		return -EINPROGRESS;
	billing->tries++;
	int status = cancels_save(cancels);
	status = status ? status : start(cancels, cancel, billing);
	if (!status)
		return -EINPROGRESS;
	cancel->errand = 0;
	billing->tries--;
	return status == -EAGAIN ? -EINPROGRESS : status;
}

static void
tell(struct cancel *cancel, const struct billing *billing, const char *output)
{
	struct str *note = &cancel->notes[NOTE_BILLING];
	auto_str said = {0};
	escape_text(&said, output);
	str_cut(&said, LONGEST_SAYING);
	str_clear(note);
	str_add(note, "billing: ");
	if (billing->done)
		str_addf(note, "told%s", billing->tries > 1 ? ", as a repetition" : "");
	else if (billing->status > 0)
		str_addf(
		    note, "failed with exit status %d, is tried again", (int)billing->status);
	else
		str_addf(note, "failed (%s), is tried again", strerror((int)-billing->status));
	if (said.length)
		str_addf(note, ": %s", str_text(&said));
	log_info("billing hook for '%s' ended with %d: %.200s", cancel->name,
	    (int)billing->status, output);
}

void
cancel_billing_hear(
    struct cancels *cancels, struct cancel *cancel, const struct errand_news *news)
{
	struct billing *billing = billing_of(cancel);
	uint32_t doublings = billing->tries < MOST_DOUBLINGS ? billing->tries : MOST_DOUBLINGS;
	cancel->errand = 0;
	billing->status = news->status;
	billing->done = news->status == 0;
	cancel->billing_at = cancels->boot + ((int64_t)FIRST_WAIT << (doublings - 1));
	cancel->failures += !billing->done;
	tell(cancel, billing, news->output);
	int status = cancels_save(cancels);
	if (status)
		log_error("cannot note that billing was told: %s", strerror(-status));
}
