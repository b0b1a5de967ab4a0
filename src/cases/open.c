/* SPDX-License-Identifier: Apache-2.0 */
/* A clause was found broken, or nearly: a case opens, opens again, or gets evidence. */
#include <stdio.h>
#include <string.h>

#include "cases/internal.h"

enum {
	EVIDENCE_PAUSE = 10 * MINUTE,
	NEAR_GAP = 5 * MINUTE,	   /* not seen near for so long: it was away */
	NEAR_ENOUGH = 15 * MINUTE, /* who only passes by on the way up is told of the breach */
};

static bool
names_account(const struct exception *exception, const struct account *account)
{
	if (exception->whom == EXCEPTION_ACCOUNT)
		return strcmp(exception->name, account->name) == 0;
	return exception->whom == EXCEPTION_PLAN && strcmp(exception->name, account->plan) == 0;
}

/* `*` crosses nothing but is all that a subject's glob needs here. */
static bool
subject_matches(const char *glob, const char *label)
{
	if (!glob)
		return true;
	const char *star = strchr(glob, '*');
	if (!star)
		return strcmp(glob, label) == 0;
	const char *rest = star + strspn(star, "*");
	return strncmp(glob, label, (size_t)(star - glob)) == 0 &&
	       (!*rest || text_ends_with(label, rest));
}

static bool
policy_excepts(const struct cases *cases, const struct clause *clause,
    const struct account *account, const char *label, int64_t wall)
{
	for (size_t i = 0; i < cases->rules.policy->exception_count; i++) {
		const struct exception *exception = &cases->rules.policy->exceptions[i];
		/* With `to` it is about single observations, which are weighed elsewhere. */
		if (exception->until <= wall || exception->to ||
		    !names_account(exception, account) ||
		    !subject_matches(exception->subject, label))
			continue;
		for (size_t c = 0; c < exception->clause_count; c++)
			if (clause_id_covers(exception->clauses[c], clause->id))
				return true;
	}
	return false;
}

bool
is_exempt(const struct cases *cases, const struct clause *clause, const struct account *account,
    const char *label, int64_t wall)
{
	if (!account)
		return false;
	for (size_t i = 0; i < cases->exception_count; i++) {
		const struct case_exception *granted = &cases->exceptions[i];
		if (granted->until > wall &&
		    strcmp(granted->account_name, account->name) == 0 &&
		    clause_id_covers(granted->clause, clause->id))
			return true;
	}
	return policy_excepts(cases, clause, account, label, wall);
}

void
resolve_ladder(const struct cases *cases, const struct ladder *ladder,
    const struct account *account, struct case_ladder *ret_ladder)
{
	*ret_ladder = (struct case_ladder){.count = (uint32_t)ladder->count};
	for (size_t i = 0; i < ladder->count; i++) {
		const struct step *from = &ladder->steps[i];
		struct case_step *to = &ret_ladder->steps[i];
		to->after = from->after;
		for (size_t v = 0; v < from->verb_count && to->verb_count < MOST_VERBS; v++) {
			const struct verb_use *use = &from->verbs[v];
			/* Answers are the gates'. */
			if (verb_info(use->verb)->when == WHEN_ANSWER)
				continue;
			struct case_verb *verb = &to->verbs[to->verb_count++];
			*verb = (struct case_verb){
			    use->verb, use->ask, use->at_once, use->resource, 0};
			if (use->verb == VERB_THROTTLE &&
			    !cases->senses.limit(
				cases->senses.context, account, &use->amount, &verb->amount))
				to->verb_count--;
		}
	}
}

static void
fill_finding(struct record *record, const struct finding *finding)
{
	record->measure_plus_one = (uint32_t)(finding->measure + 1);
	if (finding->measure >= 0)
		record_set_text(record->measure_name, sizeof(record->measure_name),
		    measure_info((enum measure)finding->measure)->name);
	record->value = finding->value;
	record->limit = finding->limit;
}

static void
fill_ladder(struct record *record, const struct case_ladder *ladder, enum ladder_kind kind)
{
	auto_str words = {0};
	case_ladder_print(ladder, &words);
	record->ladder = kind;
	record_set_text(record->text, sizeof(record->text), str_text(&words));
}

/* Which scripts it was, and what a process did, one record for each, so that a notice made
 * again says the same. */
static void
add_evidence(struct cases *cases, const struct casefile *casefile,
    const struct finding *finding, struct case_time now)
{
	struct finding known = *finding;
	cases->senses.evidence(cases->senses.context, &known);
	for (uint32_t i = 0; i < known.evidence_count; i++) {
		struct record record = draft(RECORD_BREACH, casefile, now);
		fill_finding(&record, finding);
		if (finding->subject.kind != KIND_PROCESS)
			record.subject_kind = KIND_SCRIPT;
		record.subject_key = known.evidence[i].script;
		record.value = known.evidence[i].value;
		record.amount = known.evidence[i].of_own;
		record.starter = known.evidence[i].starter;
		record_set_text(record.label, sizeof(record.label), known.evidence[i].label);
		record_set_text(record.text, sizeof(record.text), known.evidence[i].deed);
		emit(cases, &record);
	}
}

static void
add_breach(struct cases *cases, const struct casefile *casefile, const struct finding *finding,
    struct case_time now)
{
	struct record record = draft(RECORD_BREACH, casefile, now);
	fill_finding(&record, finding);
	emit(cases, &record);
}

/* A founded case of this clause for this account that ended within its `if again within`. */
static bool
has_precedent(const struct cases *cases, const struct clause *clause,
    const struct subject *subject, struct case_time now)
{
	if (!clause->ladders[LADDER_AGAIN].count)
		return false;
	for (size_t i = 0; i < cases->file_count; i++) {
		const struct casefile *past = cases->files[i];
		if (past->closed && past->founded &&
		    past->subject.account == subject->account &&
		    past->subject.generation == subject->generation &&
		    strcmp(past->clause, clause->id) == 0 &&
		    now.policy - past->closed <= clause->again_within)
			return true;
	}
	return false;
}

static void
open_case(struct cases *cases, const struct clause *clause, const struct account *account,
    const struct finding *finding, struct case_time now)
{
	struct record record = draft(RECORD_OPENED, NULL, now);
	record.case_number = cases->last_number + 1;
	record.cause = cause_of(cases, finding);
	record.incident = incident_for(cases, &finding->subject, record.cause);
	record.account = finding->subject.account;
	record.generation = finding->subject.generation;
	record.subject_kind = finding->subject.kind;
	record.subject_key = finding->subject.key;
	record_set_text(record.clause, sizeof(record.clause), clause->id);
	record_set_text(
	    record.account_name, sizeof(record.account_name), account ? account->name : "");
	record_set_text(record.label, sizeof(record.label), finding->label);
	record.mode = mode_for(cases, clause);
	if (clause->imposed)
		record_set_text(record.reason, sizeof(record.reason), "soft");
	bool again = has_precedent(cases, clause, &finding->subject, now);
	enum ladder_kind kind = again ? LADDER_AGAIN : LADDER_THEN;
	struct case_ladder ladder;
	resolve_ladder(cases, &clause->ladders[kind], account, &ladder);
	fill_finding(&record, finding);
	fill_ladder(&record, &ladder, kind);
	emit(cases, &record);
	struct casefile *casefile = file_of(cases, record.case_number);
	add_evidence(cases, casefile, finding, now);
	watch_flood(cases, casefile, finding, now);
	take_steps(cases, casefile, finding, now);
}

void
reopen(struct cases *cases, struct casefile *casefile, const char *reason, struct case_time now)
{
	const struct clause *clause = clause_of(cases, casefile);
	struct record record = draft(RECORD_REOPENED, casefile, now);
	record.episode = casefile->episode + 1;
	record.mode = mode_for(cases, clause);
	record.measure_plus_one = (uint32_t)(casefile->measure + 1);
	record.value = casefile->value;
	record.limit = casefile->limit;
	record_set_text(record.reason, sizeof(record.reason),
	    clause->imposed && !casefile->imposed ? "soft" : reason);
	/* "again": the ladder it had. A raised mode: the announced one, from its first step. */
	fill_ladder(&record, &casefile->steps, (enum ladder_kind)casefile->ladder);
	emit(cases, &record);
}

static void
open_again(struct cases *cases, struct casefile *casefile, const struct finding *finding,
    struct case_time now)
{
	casefile->measure = finding->measure;
	casefile->value = finding->value;
	casefile->limit = finding->limit;
	reopen(cases, casefile, "again", now);
	add_evidence(cases, casefile, finding, now);
	watch_flood(cases, casefile, finding, now);
	take_steps(cases, casefile, finding, now);
}

/* R of LANGUAGE 5.9: how soon after a cure a breach counts as the same matter. */
static bool
is_same_matter(const struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	int64_t longest = DAY;
	for (uint32_t i = 0; i < casefile->steps.count; i++)
		if (casefile->steps.steps[i].after > longest)
			longest = casefile->steps.steps[i].after;
	return strcmp(casefile->reason, "cured") == 0 &&
	       now.policy - casefile->closed <= longest / clock_rate(cases);
}

/*
 * As long as what a finding looks back on began before the end of the case. A clause may want
 * several windows ("consistently"), so an hour at least. Staff who lifted it knew what they
 * saw, and a level without a window is looked at seldom: a day.
 */
static int64_t
looks_back(const struct casefile *casefile, const struct finding *finding)
{
	if (strcmp(casefile->reason, "cured") != 0 || finding->window <= 0 ||
	    finding->window > DAY)
		return DAY;
	return finding->window > HOUR ? finding->window : HOUR;
}

/*
 * The owner says it is mended, or staff lifted it, while the mean of the last
 * minutes is still too high: that is not broken *anew*. It is, once it was
 * kept in between, or when all that it looks back on came since. What is done
 * in an instant says of itself when it was, and never that it is kept.
 */
static bool
is_broken_anew(
    const struct casefile *casefile, const struct finding *finding, struct case_time now)
{
	if (finding->is_deed)
		return now.policy - finding->deed_age > casefile->closed;
	return !casefile->broken_since_close ||
	       now.policy - casefile->closed > looks_back(casefile, finding);
}

static void
note_breach(struct cases *cases, struct casefile *casefile, const struct finding *finding,
    struct case_time now)
{
	bool burst = casefile->verdict != VERDICT_TRUE;
	casefile->verdict = VERDICT_TRUE;
	casefile->false_since = casefile->unknown_since = NEVER;
	int64_t last = casefile->exhibit_count
			   ? casefile->exhibits[casefile->exhibit_count - 1].at
			   : casefile->began;
	if (now.policy - last < EVIDENCE_PAUSE)
		return;
	if (burst || finding->value > casefile->largest + casefile->largest / 4)
		add_breach(cases, casefile, finding, now);
}

static uint64_t
approach_id(const struct finding *finding, struct case_time now)
{
	static const uint8_t key[16] = "hayward approach";
	auto_str text = {0};
	str_addf(&text, "%s %u %u %u %llu %lld", finding->clause, finding->subject.kind,
	    finding->subject.account, finding->subject.generation,
	    (unsigned long long)finding->subject.key, (long long)now.policy);
	return siphash(key, text.data, text.length) | 1;
}

static struct approach *
approach_of(struct cases *cases, const struct finding *finding, struct case_time now)
{
	struct approach *approach =
	    find_approach_of(cases, finding->clause, &finding->subject, NOTICE_APPROACHING);
	if (approach)
		return approach;
	approach = add_approach(cases);
	approach->order.notice = NOTICE_APPROACHING;
	record_set_text(approach->clause, sizeof(approach->clause), finding->clause);
	approach->subject = finding->subject;
	approach->told = INT64_MIN;
	approach->since = approach->seen = now.policy;
	return approach;
}

/* Told once when it has come near and stays; not again before it was away. */
static bool
is_worth_telling(struct cases *cases, const struct finding *finding, struct case_time now)
{
	struct approach *approach = approach_of(cases, finding, now);
	if (now.policy - approach->seen > NEAR_GAP)
		approach->since = now.policy;
	approach->seen = now.policy;
	if (now.policy - approach->since < NEAR_ENOUGH || approach->told >= approach->since)
		return false;
	return approach->told == INT64_MIN ||
	       now.policy - approach->told >= cases->rules.config->repeat;
}

static void
tell_approach(struct cases *cases, const struct clause *clause, const struct account *account,
    const struct finding *finding, struct case_time now)
{
	const struct casefile *casefile = latest_of(cases, clause->id, &finding->subject);
	if (!account || mode_for(cases, clause) < MODE_WARN)
		return;
	/* Who comes down from a breach passes the mark too, and has just heard of it. */
	if (casefile && (case_is_open(casefile) ||
			    now.policy - casefile->closed < cases->rules.config->repeat))
		return;
	if (!is_worth_telling(cases, finding, now))
		return;
	struct record record = draft(RECORD_ACTION, NULL, now);
	record_set_text(record.clause, sizeof(record.clause), clause->id);
	record_set_text(record.account_name, sizeof(record.account_name), account->name);
	record_set_text(record.label, sizeof(record.label), finding->label);
	record_set_text(
	    record.reason, sizeof(record.reason), notice_kind_name(NOTICE_APPROACHING));
	record_set_text(record.verb_name, sizeof(record.verb_name), verb_info(VERB_WARN)->name);
	record.verb_plus_one = VERB_WARN + 1;
	record.account = finding->subject.account;
	record.generation = finding->subject.generation;
	record.subject_kind = finding->subject.kind;
	record.subject_key = finding->subject.key;
	record.action = approach_id(finding, now);
	fill_finding(&record, finding);
	emit(cases, &record);
}

void
cases_found(struct cases *cases, const struct finding *finding, struct case_time now)
{
	const struct clause *clause = policy_clause(cases->rules.policy, finding->clause);
	if (!clause)
		return;
	const struct account *account =
	    accounts_find_id(cases->rules.accounts, finding->subject.account);
	if (finding->subject.account &&
	    (!account || !accounts_may_act(cases->rules.accounts, account)))
		return;
	if (is_exempt(cases, clause, account, finding->label, now.wall))
		return;
	if (finding->verdict != VERDICT_TRUE) {
		tell_approach(cases, clause, account, finding, now);
		return;
	}
	struct casefile *casefile = latest_of(cases, clause->id, &finding->subject);
	if (casefile && case_is_open(casefile))
		note_breach(cases, casefile, finding, now);
	else if (casefile && !is_broken_anew(casefile, finding, now))
		return;
	else if (casefile && is_same_matter(cases, casefile, now))
		open_again(cases, casefile, finding, now);
	else
		open_case(cases, clause, account, finding, now);
}

void
impose(struct cases *cases, struct casefile *casefile, const char *reason, const char *actor,
    struct case_time now)
{
	const struct clause *clause = clause_of(cases, casefile);
	struct record record = draft(RECORD_IMPOSED, casefile, now);
	record.mode = mode_for(cases, clause);
	record_set_text(record.reason, sizeof(record.reason), reason);
	record_set_text(record.actor, sizeof(record.actor), actor);
	fill_ladder(&record, &casefile->steps, (enum ladder_kind)casefile->ladder);
	emit(cases, &record);
	/* What was recorded may be long ago: the owner is told what is so now. */
	struct finding finding =
	    cases->senses.weigh(cases->senses.context, clause, &casefile->subject);
	if (finding.verdict == VERDICT_TRUE)
		add_evidence(cases, casefile, &finding, now);
}
