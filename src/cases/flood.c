/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flood: a few visitors are the cause of what a case is about. Its owner
 * hears who they are instead of being blamed, and no step is taken until they
 * have been gone for a while; what an emergency needs is done, for the others'
 * sake, and eases only. A flood that lasts for a day goes to the staff: it may
 * be the owner's own doing, and only people can tell.
 *
 * Dates that were announced move by as long as it lasted. If maintenance goes
 * on at the same time they move by both: too late is better than too soon.
 */
#include <string.h>

#include "cases/internal.h"

enum { CALM = 10 * MINUTE };

void
apply_flooded(struct casefile *casefile, const struct record *record)
{
	if (strcmp(record->reason, "begun") == 0) {
		casefile->flooded = record->at > 0 ? record->at : 1;
		casefile->flood_seen = record->at;
		casefile->flood_lasts = false;
		record_set_text(casefile->visitors, sizeof(casefile->visitors), record->text);
		return;
	}
	if (strcmp(record->reason, "lasts") == 0) {
		casefile->flood_lasts = true;
		return;
	}
	if (casefile->flooded && casefile->zero != NEVER && case_next_step(casefile)) {
		int64_t from =
		    casefile->zero > casefile->flooded ? casefile->zero : casefile->flooded;
		postpone(casefile, record->at > from ? record->at - from : 0);
	}
	casefile->flooded = 0;
}

static void
note(struct cases *cases, struct casefile *casefile, const char *reason, const char *text,
    struct case_time now)
{
	struct record record = draft(RECORD_FLOODED, casefile, now);
	record_set_text(record.reason, sizeof(record.reason), reason);
	record_set_text(record.text, sizeof(record.text), text);
	emit(cases, &record);
}

/* The owner hears of it at once, but not of every wave of one storm. */
static bool
was_told_lately(
    const struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		if (order->verb == VERB_WARN && order->notice == NOTICE_FLOOD &&
		    now.policy - order->ordered < cases->rules.config->repeat)
			return true;
	}
	return false;
}

static void
tell_owner(struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	static const uint8_t key[16] = "hayward flood id";
	uint64_t words[] = {casefile->number, cases->sequence};
	const struct clause *clause = clause_of(cases, casefile);
	if (!clause || !account_of(cases, casefile) || casefile->mode < MODE_WARN ||
	    mode_for(cases, clause) < MODE_WARN || was_told_lately(cases, casefile, now))
		return;
	struct record record = draft(RECORD_ACTION, casefile, now);
	record.action = siphash(key, words, sizeof(words)) | 1;
	record.verb_plus_one = VERB_WARN + 1;
	record.ladder = casefile->ladder;
	record_set_text(record.verb_name, sizeof(record.verb_name), verb_info(VERB_WARN)->name);
	record_set_text(record.reason, sizeof(record.reason), notice_kind_name(NOTICE_FLOOD));
	emit(cases, &record);
}

static void
go_on(
    struct cases *cases, struct casefile *casefile, const char *visitors, struct case_time now)
{
	casefile->flood_seen = now.policy;
	if (!casefile->flooded) {
		note(cases, casefile, "begun", visitors, now);
		tell_owner(cases, casefile, now);
	} else if (!casefile->flood_lasts && now.policy - casefile->flooded >= DAY) {
		note(cases, casefile, "lasts", visitors, now);
		raise_alarm(cases, casefile,
		    "few visitors have been the cause for a day, and its ladder waits", now);
	}
}

void
watch_flood(struct cases *cases, struct casefile *casefile, const struct finding *finding,
    struct case_time now)
{
	auto_str visitors = {0};
	if (casefile->soft && !casefile->imposed)
		return;
	if (finding->verdict == VERDICT_TRUE && cases->senses.flood &&
	    cases->senses.flood(cases->senses.context, casefile, &visitors))
		go_on(cases, casefile, str_text(&visitors), now);
	else if (casefile->flooded && now.policy - casefile->flood_seen >= CALM)
		note(cases, casefile, "ended", "", now);
}

bool
only_eases(const struct case_step *step)
{
	for (uint32_t i = 0; i < step->verb_count; i++)
		if (verb_info(step->verbs[i].verb)->by == PROCESS_ENFORCER &&
		    step->verbs[i].verb != VERB_THROTTLE)
			return false;
	return true;
}

bool
waits_for_calm(const struct casefile *casefile, const struct case_step *step)
{
	return casefile->flooded && (casefile->ladder != LADDER_EMERGENCY || !only_eases(step));
}
