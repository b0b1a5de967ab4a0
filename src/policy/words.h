/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule in words: what `explain`, the page of terms and notices share, so
 * that none of them can say something else than the rule does.
 *
 * Everything is appended to out as plain UTF-8, not escaped: the texts are the
 * operator's, and whoever shows them escapes for the place where they appear.
 * Phrases begin in lower case and end without a full stop; texts of the policy
 * (says, remedy) are whole sentences.
 *
 * plan is the plan whose limits are filled in, and may be NULL: then a limit
 * that differs between plans is named instead ("the plan's quota").
 */
#ifndef POLICY_WORDS_H
#define POLICY_WORDS_H

#include "base/str.h"
#include "policy/rules.h"

/* What the clause says to customers, numbers filled in; its title and rule if it says nothing.
 */
void words_says(const struct clause *clause, const struct plan *plan, struct str *out);

/* How to put it right; nothing if the clause does not say. */
void words_remedy(const struct clause *clause, const struct plan *plan, struct str *out);

/* "10 %" "2 GiB" "10 minutes" "100 000" "1 hour 30 minutes": a value for readers of prose. */
void words_quantity(enum unit unit, int64_t value, struct str *out);

/* "10 %" · "768 MiB (15 % of 5 GiB)" · "one of irc or socks": what a measure is compared with.
 */
void words_comparison_limit(
    const struct comparison *comparison, const struct plan *plan, struct str *out);

/* "5 GiB" "yes": a limit of a plan by its name, with or without "plan."; "-" if it has none. */
void words_limit(const struct plan *plan, const char *name, struct str *out);

/* "10 minutes": the stretch of time that is looked at; nothing if the comparison has none. */
void words_window(const struct comparison *comparison, struct str *out);

/* "more than 10 %, on average over 10 minutes": the test without what is measured. */
void words_test(const struct comparison *comparison, const struct plan *plan, struct str *out);

/* "processor time used, of all processors of the host: more than 10 %, on average over ..." */
void words_comparison(
    const struct comparison *comparison, const struct plan *plan, struct str *out);

/* A whole condition in one phrase; parts of a mixed one stand in parentheses. */
void words_condition(
    const struct condition *condition, const struct plan *plan, struct str *out);

/* What the verb acts on when a case of this clause orders it: the subject, or what contains it.
 */
enum subject_kind words_target(const struct clause *clause, enum verb verb);

/* "the account is suspended" */
void words_verb(const struct clause *clause, const struct verb_use *use, struct str *out);

/* What that means, in a sentence or two. */
const char *words_verb_means(enum verb verb);

/* "at once" or "after 3 days"; 0 of the emergency branch is "at once" too. */
void words_step_when(const struct step *step, struct str *out);

/* All that a step does, joined by "; ". */
void words_step(const struct clause *clause, const struct step *step, struct str *out);

/* When a recorded soft case's ladder starts; nothing for a clause that is not soft. */
void words_imposed(const struct clause *clause, struct str *out);

/* How a case of the clause ends; nothing for clauses that open none. */
void words_ends(const struct clause *clause, const struct plan *plan, struct str *out);

/* Whether a case ends as usual: when the rule is kept again, by the owner, or by staff. */
bool words_ends_usual(const struct clause *clause);

/* Whether the clause opens cases: its ladders hold more than answers given on the spot. */
bool words_opens_cases(const struct clause *clause);

#endif
