/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Petitions: what owners ask of the staff. They wait in a queue until staff
 * grant or refuse them, with a reason; what was granted until a date ends by
 * itself. Like casefiles they are the fold of their records.
 */
#ifndef CASES_PETITIONS_H
#define CASES_PETITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/stewardship.h"

struct cases;

enum petition_kind {
#define PETITION(symbol, name, what, needs_clause, needs_until) PETITION_KIND_##symbol,
#include "cases/petitions.def"
#undef PETITION
	PETITION_KIND_COUNT
};

enum petition_state {
	PETITION_OPEN,
	PETITION_GRANTED,
	PETITION_REFUSED,
	PETITION_WITHDRAWN, /* by its owner */
	PETITION_REVOKED,   /* granted, and taken back before its end */
	PETITION_STATE_COUNT
};

/* What the hands have still to do for a port. */
enum petition_due { DUE_NOTHING, DUE_OPENING, DUE_SHUTTING, DUE_COUNT };

struct petition {
	uint64_t number; /* from 1 */
	enum petition_kind kind;
	enum petition_state state;
	uint32_t account;
	uint32_t generation;
	char account_name[64];
	char clause[16]; /* of an exception; else "" */
	int64_t until;	 /* wall ms; 0: nothing that would end */
	int64_t at;	 /* policy time */
	int64_t wall;	 /* when it was asked */
	char text[1024]; /* why, the owner's bytes */
	int64_t decided; /* policy time; 0: open */
	int64_t decided_wall;
	char by[64];			       /* who decided */
	char answer[1024];		       /* why */
	char destination[LONGEST_DESTINATION]; /* of a port; else "" */
	enum petition_due due;
	uint64_t ordered;  /* sequence of the record that ordered it */
	bool sent;	   /* the steward has it; not kept */
	char outcome[512]; /* what came of it, in words */
};

const char *petition_kind_name(enum petition_kind kind);
const char *petition_kind_words(enum petition_kind kind);
int petition_kind_find(const char *name);
const char *petition_state_name(enum petition_state state);

/* Walks all petitions that are remembered, oldest first; NULL at the end. */
const struct petition *cases_next_petition(const struct cases *cases, size_t *position);

/*
 * The next port that is to be opened or shut, of those whose record is not newer than
 * that and which were not handed out yet; false if there is none.
 */
bool cases_next_opening(
    struct cases *cases, uint64_t durable, struct opening *ret_opening) must_use;

/* Nobody has them any more: they are handed out again. */
void cases_openings_again(struct cases *cases);

/* How long the oldest of each has waited for staff, ms of policy time; 0: none waits. */
struct waiting {
	int64_t requests;
	int64_t exceptions; /* of the requests: those for an exception, or a port */
	int64_t answers;    /* an owner's answer in a case that nobody has read */
};

struct waiting cases_waiting(const struct cases *cases, int64_t policy);

#endif
