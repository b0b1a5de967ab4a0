/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All casefiles. Findings, time and people come in; records come out, and
 * every change of a casefile is one of those records, applied by
 * cases_apply(): live, on replay and in tests alike.
 *
 *     found      cases_found()    opens, re-opens, adds evidence      open.c
 *     time       cases_tick()     steps, ends, emergencies            tick.c, step.c
 *     hands      cases_outcome()  done, failed, delivered, bounced    outcome.c
 *     people     cases_request()  lift, approve, impose, except       people.c
 *
 * The diagram of a casefile's life stands in cases/apply.c, its table in
 * cases/states.def.
 */
#ifndef CASES_CASES_H
#define CASES_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "cases/casefile.h"
#include "cases/petitions.h"
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
	/* Whether a few visitors are the cause; who, in words. NULL: nobody can tell. */
	bool (*flood)(void *context, const struct casefile *casefile, struct str *ret_words);
	void (*ended)(void *context, const struct casefile *casefile); /* it was closed */
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

/*
 * After a restart, when all records are replayed: orders without an outcome
 * are offered again under their ids, and a mode that was raised meanwhile
 * starts the open cases at zero.
 */
void cases_resume(struct cases *cases, struct case_time now);

/* A clause was found broken, or nearly: opens, re-opens, adds evidence. */
void cases_found(struct cases *cases, const struct finding *finding, struct case_time now);

/* Time passes: what is due is done, what is kept ends, exceptions expire. */
void cases_tick(struct cases *cases, struct case_time now);

/* Policy time at which cases_tick() has something to do at the earliest; INT64_MAX: nothing. */
int64_t cases_next_due(const struct cases *cases);

/*
 * What became of an order, by the id under which it went out; unknown ids are
 * ignored. status: 0 done, else -errno; text in words.
 */
void cases_outcome(struct cases *cases, uint64_t id, bool release, int64_t status,
    const char *text, struct case_time now);

/* Notes what belongs to no case: a start, a policy, a step of the clock. */
void cases_note(
    struct cases *cases, enum record_kind kind, const char *text, struct case_time now);

/* Notes what was changed of an account on the site, which may fulfil a request. */
void note_changed(struct cases *cases, const struct changed *changed, struct case_time now);

/* ---- records on their way out; orders: cases/outbox.h ---- */

/* The records made since cases_handed_over(), in order. */
const struct record *cases_records(const struct cases *cases, size_t *ret_count);
void cases_handed_over(struct cases *cases);

/* Sequence of the last record made or applied. */
uint64_t cases_sequence(const struct cases *cases);

/* What a verb of a case acts on: its subject, or what contains it. */
struct subject case_target(const struct casefile *casefile, enum verb verb);

/* Walks all casefiles, closed ones included, in order of their numbers; NULL at the end. */
const struct casefile *cases_next(const struct cases *cases, size_t *position);

/* The case of that number, or NULL. */
const struct casefile *cases_get(const struct cases *cases, uint64_t number);

/* The open case of a clause and a subject, or NULL. */
const struct casefile *cases_open(
    const struct cases *cases, const char *clause, const struct subject *subject);

/* A limit is near, or the end of an exception; the owner is told when it stays so. */
struct approach {
	char clause[16];
	struct subject subject;
	char account_name[64];
	char label[512]; /* bytes the customer chose */
	int measure;
	int64_t value;
	int64_t limit;
	int64_t told;	    /* policy time; INT64_MIN: not yet */
	int64_t since;	    /* policy time since which it is near */
	int64_t seen;	    /* policy time at which it was last near */
	int64_t until;	    /* wall ms: the end of the exception that it is about */
	struct order order; /* id 0: none yet */
};

/* An exception in force, from the policy or granted by staff. */
struct case_exception {
	char clause[16];       /* "A15" stands for its parts too */
	char account_name[64]; /* "": a whole plan */
	char plan[64];
	int64_t since; /* wall ms; INT64_MIN: nobody knows, it stands in the policy */
	int64_t until; /* wall ms; INT64_MAX: until revoked */
	char by[64];
	char because[1024];
	bool granted; /* by staff at run time; else it stands in the policy */
};

/* The mode in force for a clause: the least of its own and the host's. */
enum mode cases_mode(const struct cases *cases, const struct clause *clause);

/* Walks the exceptions in force; false at the end. */
bool cases_next_exception(const struct cases *cases, size_t *position, int64_t wall,
    struct case_exception *ret_exception);

/* A maintenance window, see maintenance.c. */
struct maintenance {
	int64_t until; /* wall ms; 0: none is going on */
	int64_t began; /* policy time */
};

struct maintenance cases_maintenance(const struct cases *cases);

/* The circuit breaker, see breaker.c. */
struct breaker {
	bool tripped;  /* nothing is done until staff have looked */
	int64_t since; /* wall ms: when it last tripped or was closed; 0: never */
	int64_t from;  /* policy time from which acts count */
};

struct breaker cases_breaker(const struct cases *cases);

/* Accounts that may be acted on within an hour before it trips; 0: it never does. */
int64_t cases_breaker_limit(const struct cases *cases);

/* Casefiles and exceptions as bytes, and back into cases that are empty. -EBADMSG. */
void cases_encode(const struct cases *cases, struct str *out);
int cases_decode(struct cases *cases, struct wire_reader *reader) must_use;

#endif
