/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An incident: the cases of one account that have one cause. A script that
 * loops breaks a clause about processor time, a second one about the hour, a
 * third one about scripts; its owner has one thing to mend. So he gets one
 * notice with the strictest date, the staff see one timeline, and lift it as one.
 *
 * The cause is the script that is named, or the one behind at least half of
 * what the account used; an account without such a script has, for each
 * resource, one. An incident bears the number of its first case.
 */
#include <string.h>

#include "base/map.h"
#include "cases/internal.h"

static const uint8_t mails_key[16] = "hayward mails of";

enum { HALF = 5000 /* hundredths of a percent */ };

uint64_t
cause_of(struct cases *cases, const struct finding *finding)
{
	/* Mails that break one clause are one matter, and told as one list. */
	if (finding->subject.kind == KIND_MESSAGE)
		return siphash(mails_key, finding->clause, strlen(finding->clause)) | 1;
	if (finding->subject.kind == KIND_SCRIPT || finding->subject.kind == KIND_PROCESS)
		return finding->subject.key;
	struct finding known = *finding;
	cases->senses.evidence(cases->senses.context, &known);
	if (known.evidence_count && known.evidence[0].of_own >= HALF)
		return known.evidence[0].script;
	/* Keys of scripts are 2 and above, and no resource is as large as they are. */
	return finding->measure < 0
		   ? 0
		   : (uint64_t)measure_info((enum measure)finding->measure)->resource;
}

static bool
same_account(const struct subject *one, const struct subject *other)
{
	return one->account && one->account == other->account &&
	       one->generation == other->generation;
}

uint64_t
incident_for(const struct cases *cases, const struct subject *subject, uint64_t cause)
{
	for (size_t i = 0; cause && i < cases->file_count; i++) {
		const struct casefile *casefile = cases->files[i];
		if (case_is_open(casefile) && casefile->cause == cause &&
		    same_account(&casefile->subject, subject))
			return casefile->incident;
	}
	return cases->last_number + 1;
}

/* The harshest thing that a ladder comes to; verbs stand in the order of their harm. */
static enum verb
harshest(const struct casefile *casefile)
{
	enum verb worst = VERB_AUDIT;
	for (uint32_t i = 0; i < casefile->steps.count; i++)
		for (uint32_t v = 0; v < casefile->steps.steps[i].verb_count; v++)
			if (casefile->steps.steps[i].verbs[v].verb > worst)
				worst = casefile->steps.steps[i].verbs[v].verb;
	return worst;
}

/* Whether what the owner was told of the other says all that he must know of this one. */
static bool
says_it_all(const struct casefile *told, const struct casefile *casefile, struct case_time now,
    int64_t repeat)
{
	bool lately = told->told != INT64_MIN && now.policy - told->told < repeat;
	bool sooner =
	    !casefile->due_wall || (told->due_wall && told->due_wall <= casefile->due_wall);
	return lately && sooner && harshest(told) >= harshest(casefile);
}

static const struct casefile *
told_before(const struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	for (size_t i = 0; i < cases->file_count; i++) {
		const struct casefile *other = cases->files[i];
		if (other != casefile && case_is_open(other) &&
		    other->incident == casefile->incident &&
		    says_it_all(other, casefile, now, cases->rules.config->repeat))
			return other;
	}
	return NULL;
}

bool
told_with_incident(struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	/* A list that was sent does not have what came to it later. */
	if (casefile->subject.kind == KIND_MESSAGE)
		return false;
	const struct casefile *other = told_before(cases, casefile, now);
	if (!other)
		return false;
	struct record record = draft(RECORD_TOLD, casefile, now);
	auto_str text = {0};
	str_addf(&text, "by the notice of case %llu (%s)", (unsigned long long)other->number,
	    other->clause);
	record_set_text(record.text, sizeof(record.text), str_text(&text));
	emit(cases, &record);
	return true;
}
