/* SPDX-License-Identifier: Apache-2.0 */
/* What people do to cases, and what owners ask of the staff. */
#ifndef CASES_PEOPLE_H
#define CASES_PEOPLE_H

#include "cases/cases.h"

enum request_verb {
	REQUEST_LIFT,	 /* a case, or all that holds an account, by staff: undone, closed */
	REQUEST_MENDED,	 /* a case, by its owner: "I mended it" */
	REQUEST_APPROVE, /* what waits for staff in a case: do it */
	REQUEST_REFUSE,	 /* what waits for staff in a case: do not */
	REQUEST_IMPOSE,	 /* a recorded soft case: its ladder starts */
	REQUEST_EXCEPT,	 /* a clause for an account, until */
	REQUEST_REVOKE,	 /* that exception */
	REQUEST_BREAKER_RESUME, /* the breaker is closed; what waited for it is done */
	REQUEST_BREAKER_DROP,	/* likewise; what waited is not done */
	REQUEST_REACHED,	/* a notice's owner was reached otherwise: its clock starts */
	REQUEST_EXTEND,		/* a case: more time for its owner */
	REQUEST_ANSWER,		/* a case: its owner, or the staff, says something */
	REQUEST_ASK,		/* the staff, by an owner: see petitions.h */
	REQUEST_WITHDRAW,	/* what an owner asked for, by him */
	REQUEST_GRANT,		/* what an owner asked for */
	REQUEST_DENY,		/* likewise: no */
	REQUEST_SHUT,		/* a port that was granted */
	REQUEST_MAINTENANCE,	/* no date passes for so long */
	REQUEST_MAINTENANCE_END,
};

struct case_request {
	enum request_verb verb;
	uint64_t case_number; /* or 0 */
	const char *clause;   /* EXCEPT, REVOKE, ASK for an exception; else NULL */
	/* Login name. EXCEPT, REVOKE, ASK; LIFT without a case; WITHDRAW: whose, NULL:
	 * anybody's. */
	const char *account;
	int64_t until;		     /* EXCEPT, ASK, GRANT: wall ms; NEVER; 0: not said */
	int64_t time;		     /* EXTEND, MAINTENANCE: ms */
	const char *reached_by;	     /* LIFT: how the owner was reached; NULL: not said */
	bool by_owner;		     /* ANSWER: the owner speaks, not the staff */
	enum petition_kind petition; /* ASK */
	const char *destination;     /* ASK for a port; else NULL */
	uint64_t petition_number;    /* WITHDRAW, GRANT, DENY, SHUT */
	const char *actor;	     /* who asks; never NULL */
	const char *note;	     /* why; never NULL */
};

/*
 * 0; -ENOENT: no such case, clause, account or request; -EPERM: not theirs to
 * ask (an owner may declare a case mended once in 30 d for a clause); -EINVAL:
 * it makes no sense now. ret_text says what was done, or why not.
 */
int cases_request(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text) must_use;

#endif
