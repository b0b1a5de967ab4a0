/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: which clause, what was measured against which limit, who else was
 * looked at, what happens next and when, and what it still waits for.
 */
#include "procs/answering.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/memory.h"
#include "engine/usage.h"
#include "policy/words.h"
#include "procs/answer_json.h"

enum { MOST_CANDIDATES = 5 };

/* ---- the clause ---- */

/* Whose limits are filled in: the asker's own account's, or the case's; NULL: nobody's. */
static const struct plan *
plan_of(const struct answering *answering, uint32_t id)
{
	const struct account *account = accounts_find_id(answering->context->accounts, id);
	return account ? policy_plan(answering->context->policy, account->plan) : NULL;
}

static const char *
ladder_name(enum ladder_kind kind)
{
	switch (kind) {
	case LADDER_THEN:
		return "then";
	case LADDER_AGAIN:
		return "if again";
	case LADDER_EMERGENCY:
		return "if emergency";
	case LADDER_UNKNOWN:
		return "if unknown";
	case LADDER_COUNT:
		break;
	}
	return "";
}

static json_t *
steps_of(const struct clause *clause, const struct ladder *ladder)
{
	json_t *list = json_new_array();
	for (size_t i = 0; i < ladder->count; i++) {
		auto_str when = {0}, what = {0};
		words_step_when(&ladder->steps[i], &when);
		words_step(clause, &ladder->steps[i], &what);
		json_t *step = json_new_object();
		json_set_shown(step, "when", str_text(&when));
		json_set_shown(step, "what", str_text(&what));
		json_push(list, step);
	}
	return list;
}

static json_t *
ladders_of(const struct clause *clause)
{
	json_t *list = json_new_array();
	for (enum ladder_kind kind = 0; kind < LADDER_COUNT; kind++) {
		if (!clause->ladders[kind].count)
			continue;
		json_t *item = json_new_object();
		json_set_shown(item, "ladder", ladder_name(kind));
		json_set(item, "steps", steps_of(clause, &clause->ladders[kind]));
		json_push(list, item);
	}
	return list;
}

/* A measure that no sensor feeds here takes part in no decision: said, or nobody knows why. */
static void
add_measures(const struct answering *answering, const struct condition *condition, json_t *list)
{
	if (condition->kind != CONDITION_COMPARISON) {
		for (size_t i = 0; i < condition->count; i++)
			add_measures(answering, &condition->parts[i], list);
		return;
	}
	if (condition->comparison.measure < 0)
		return;
	const struct measure_info *info =
	    measure_info((enum measure)condition->comparison.measure);
	json_t *item = json_new_object();
	json_set_shown(item, "measure", info->name);
	json_set_shown(item, "what", info->what);
	json_set_shown(item, "sensor", sensor_name(info->sensor));
	json_set_flag(item, "measured_here",
	    info->sensor == SENSOR_ENGINE || answering->context->sensors[info->sensor].works);
	json_push(list, item);
}

/* Sets what was written as words, null if nothing was; the words are spent. */
static void
set_words(json_t *object, const char *name, struct str *words)
{
	json_set_shown(object, name, words->length ? str_text(words) : NULL);
	str_clear(words);
}

static void
set_rule(json_t *object, const struct clause *clause, const struct plan *plan)
{
	auto_str words = {0};
	words_says(clause, plan, &words);
	set_words(object, "says", &words);
	if (clause->when)
		words_condition(clause->when, plan, &words);
	set_words(object, "condition", &words);
	words_imposed(clause, &words);
	set_words(object, "imposed", &words);
	words_ends(clause, plan, &words);
	set_words(object, "ends", &words);
	words_remedy(clause, plan, &words);
	set_words(object, "remedy", &words);
}

static json_t *
clause_object(
    const struct answering *answering, const struct clause *clause, const struct plan *plan)
{
	json_t *object = json_new_object();
	json_set_shown(object, "clause", clause->id);
	json_set_shown(object, "title", clause->title);
	json_set_shown(object, "terms", clause->terms ? clause->terms->name : NULL);
	json_set_shown(object, "for_each", kind_name(clause->subject));
	json_set_shown(object, "mode", mode_name(clause->mode));
	set_rule(object, clause, plan);
	json_t *measures = json_new_array();
	if (clause->when)
		add_measures(answering, clause->when, measures);
	json_set(object, "measures", measures);
	json_set(object, "ladders", ladders_of(clause));
	return object;
}

enum answer_status
tell_clause(struct answering *answering)
{
	const struct policy *policy = answering->context->policy;
	const struct clause *clause = policy_clause(policy, answering->request->clause);
	if (clause) {
		json_set(answering->data, "clause",
		    clause_object(answering, clause,
			plan_of(answering, answering->request->asker.account)));
		return ANSWER_OK;
	}
	const char **ids = memory_new(policy->clause_count + 1, sizeof(*ids));
	for (size_t i = 0; i < policy->clause_count; i++)
		ids[i] = policy->clauses[i].id;
	const char *meant = did_you_mean(answering->request->clause, ids);
	str_addf(&answering->text, "no clause '%s'", answering->request->clause);
	if (meant)
		str_addf(&answering->text, "; did you mean '%s'?", meant);
	free(ids);
	return ANSWER_NOT_FOUND;
}

/* ---- the case ---- */

/* What a case of one measure compares between accounts; -1: nothing that can be listed. */
static int64_t
share_of(int measure, const struct usage *usage)
{
	if (measure == MEASURE_CPU_SHARE)
		return usage->cpu_lately;
	return measure == MEASURE_MEMORY_SHARE ? usage->memory_share : -1;
}

struct candidate {
	struct usage usage;
	int64_t share;
};

static int
by_share(const void *left, const void *right)
{
	const struct candidate *one = left, *other = right;
	return one->share < other->share ? 1 : -(one->share > other->share);
}

static json_t *
candidates_list(const struct answering *answering, const struct casefile *casefile)
{
	const struct engine *engine = flow_engine(answering->context->flow);
	auto_free struct candidate *found = NULL;
	size_t count = 0, capacity = 0, position = 0;
	struct usage usage;
	while (usage_next_account(engine, &position, &usage)) {
		int64_t share = share_of(casefile->measure, &usage);
		if (share < 0)
			continue;
		memory_grow(&found, count, &capacity, sizeof(*found));
		found[count++] = (struct candidate){usage, share};
	}
	if (count)
		qsort(found, count, sizeof(*found), by_share);
	json_t *list = json_new_array();
	for (size_t i = 0; i < count && i < MOST_CANDIDATES; i++) {
		json_t *item = json_new_object();
		json_set_shown(item, "account", found[i].usage.name);
		json_set(item, "now", json_quantity(UNIT_PERCENT, found[i].share));
		json_set_flag(item, "this_case",
		    subject_equal(&found[i].usage.subject, &casefile->subject));
		json_push(list, item);
	}
	return list;
}

static void
add_note(json_t *notes, const char *text)
{
	json_push(notes, json_shown(text));
}

/* Why it waits for the staff, and what they can do about it. */
static const char *
waiting_note(const char *reason)
{
	if (strcmp(reason, "undelivered") == 0)
		return "the owner was not reached: tell him another way, then say so (hayward "
		       "reached); or lift the case";
	if (strcmp(reason, "failed") == 0)
		return "what was ordered failed: approve to try again, or refuse it (hayward "
		       "approve)";
	if (strcmp(reason, "unavailable") == 0)
		return "this host cannot do what was ordered: do it by hand, then refuse it "
		       "here "
		       "(hayward approve --refuse)";
	return "the staff have to approve or refuse it (hayward approve)";
}

/* What keeps the next step from being taken now, or will. */
static json_t *
notes_on(const struct answering *answering, const struct casefile *casefile)
{
	json_t *notes = json_new_array();
	const struct order *asked = case_asked(casefile);
	if (casefile->mode == MODE_OBSERVE)
		add_note(notes, "the mode is observe: steps are written down, nobody is told, "
				"nothing is done");
	if (casefile->mode == MODE_WARN)
		add_note(notes, "the mode is warn: the owner is told, nothing else is done");
	if (casefile->soft && !casefile->imposed)
		add_note(notes, "the clause is soft: its ladder begins when it is imposed, by "
				"staff or in an emergency that this subject causes");
	else if (case_next_step(casefile) && casefile->zero == INT64_MAX)
		add_note(notes, "delays count from the delivery of the notice, which is not "
				"known to have arrived");
	if (asked)
		add_note(notes, waiting_note(asked->reason));
	if (casefile->verdict == VERDICT_FALSE && case_next_step(casefile))
		add_note(notes, "the clause is kept just now: no step is taken while it is");
	if (casefile->verdict == VERDICT_UNKNOWN)
		add_note(notes,
		    "whether the clause is kept is not known just now: that neither "
		    "acts nor cures");
	if (casefile->not_before > answering->now.policy)
		add_note(notes, "after a re-opening the owner has a day before the next step");
	return notes;
}

static const char *
verdict_word(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_FALSE:
		return "kept";
	case VERDICT_UNKNOWN:
		return "not known";
	case VERDICT_TRUE:
		return "broken";
	}
	return "";
}

enum answer_status
tell_explain(struct answering *answering)
{
	const struct casefile *casefile;
	enum answer_status status = case_named(answering, &casefile);
	if (status != ANSWER_OK)
		return status;
	const struct clause *clause =
	    policy_clause(answering->context->policy, casefile->clause);
	json_t *data = answering->data;
	json_set(data, "case", case_summary(answering, casefile));
	json_set(data, "clause",
	    clause ? clause_object(
			 answering, clause, plan_of(answering, casefile->subject.account))
		   : json_null());
	auto_str ladder = {0};
	case_ladder_print(&casefile->steps, &ladder);
	json_set_shown(data, "ladder", str_text(&ladder));
	json_set_shown(data, "now", verdict_word(casefile->verdict));
	json_set(data, "kept_since",
	    casefile->false_since == INT64_MAX
		? json_null()
		: json_moment(
		      answering->now.wall - (answering->now.policy - casefile->false_since)));
	json_set(data, "evidence", exhibits_list(casefile));
	json_set(data, "candidates",
	    answering->request->asker.staff ? candidates_list(answering, casefile)
					    : json_null());
	json_set(data, "next", case_next(answering, casefile));
	json_set(data, "notes", notes_on(answering, casefile));
	return ANSWER_OK;
}
