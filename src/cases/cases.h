/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All casefiles. Findings, time and people come in; records come out, and
 * every change of a casefile is one of those records, applied by
 * cases_apply(): live, on replay and in tests alike.
 *
 *                  OPENED (soft)                       IMPOSED
 *        (none) -----------------> RECORDED ----------------------+
 *           |                                                     |
 *           | OPENED                                              v
 *           +-------------------------> WARNED <------------- NOTIFYING
 *                                        |  ^    OUTCOME: delivered   ^
 *           REOPENED: as OPENED          |  +--- STEP with a notice --+
 *
 * The whole diagram, with the function behind each line, is in cases/apply.c.
 */
#ifndef CASES_CASES_H
#define CASES_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "cases/casefile.h"
#include "model/account.h"
#include "model/config.h"
#include "model/finding.h"
#include "model/record.h"
#include "policy/rules.h"

/* Policy and wall time, ms; see docs/architecture.md, Time. */
struct case_time {
	int64_t policy;
	int64_t wall;
};

/* What the cases ask of who can weigh; context is the first argument of each. */
struct case_senses {
	void *context;
	struct finding (*weigh)(
	    void *context, const struct clause *clause, const struct subject *subject);
	enum verdict (*weigh_end)(
	    void *context, const struct clause *clause, const struct subject *subject);
	void (*evidence)(void *context, struct finding *finding);
	bool (*emergency)(void *context);
	bool (*limit)(void *context, const struct account *account,
	    const struct operand *operand, int64_t *ret_value);
};

/* What is borrowed until cases_reload() or cases_free(). */
struct case_rules {
	const struct policy *policy;
	const struct accounts *accounts;
	const struct config *config;
};

struct cases *cases_new(
    const struct case_rules *rules, const struct case_senses *senses) must_use;
void cases_free(struct cases *cases);

/* New rules: cases of dropped clauses are lifted, a raised mode starts open cases at zero. */
void cases_reload(struct cases *cases, const struct case_rules *rules, struct case_time now);

/* The only mutation: folds one record in. Live, the cases call it themselves. */
void cases_apply(struct cases *cases, const struct record *record);

/* A clause was found broken, or nearly: opens, re-opens, adds evidence. */
void cases_found(struct cases *cases, const struct finding *finding, struct case_time now);

/* Time passes: what is due is done, what is kept ends, exceptions expire. */
void cases_tick(struct cases *cases, struct case_time now);

/* Policy time at which cases_tick() has something to do at the earliest; INT64_MAX: nothing. */
int64_t cases_next_due(const struct cases *cases);

/* Walks all casefiles, closed ones included, in order of their numbers; NULL at the end. */
const struct casefile *cases_next(const struct cases *cases, size_t *position);

/* The case of that number, or NULL. */
const struct casefile *cases_get(const struct cases *cases, uint64_t number);

/* The open case of a clause and a subject, or NULL. */
const struct casefile *cases_open(
    const struct cases *cases, const char *clause, const struct subject *subject);

/* An exception in force, from the policy or granted by staff. */
struct case_exception {
	char clause[16];       /* "A15" stands for its parts too */
	char account_name[64]; /* "": a whole plan */
	char plan[64];
	int64_t until; /* wall ms; INT64_MAX: until revoked */
	char by[64];
	char because[1024];
	bool granted; /* by staff at run time; else it stands in the policy */
};

/* Walks the exceptions in force; false at the end. */
bool cases_next_exception(const struct cases *cases, size_t *position, int64_t wall,
    struct case_exception *ret_exception);

#endif
