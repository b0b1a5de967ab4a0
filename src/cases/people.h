/* SPDX-License-Identifier: Apache-2.0 */
/* What people do to cases. */
#ifndef CASES_PEOPLE_H
#define CASES_PEOPLE_H

#include "cases/cases.h"

enum request_verb {
	REQUEST_LIFT,		/* a case, by staff: undone, closed */
	REQUEST_MENDED,		/* a case, by its owner: "I mended it" */
	REQUEST_APPROVE,	/* what waits for staff in a case: do it */
	REQUEST_REFUSE,		/* what waits for staff in a case: do not */
	REQUEST_IMPOSE,		/* a recorded soft case: its ladder starts */
	REQUEST_EXCEPT,		/* a clause for an account, until */
	REQUEST_REVOKE,		/* that exception */
	REQUEST_BREAKER_RESUME, /* the breaker is closed; what waited for it is done */
	REQUEST_BREAKER_DROP,	/* likewise; what waited is not done */
	REQUEST_REACHED,	/* a notice's owner was reached otherwise: its clock starts */
};

struct case_request {
	enum request_verb verb;
	uint64_t case_number; /* or 0 */
	const char *clause;   /* EXCEPT, REVOKE; else NULL */
	const char *account;  /* EXCEPT, REVOKE: login name */
	int64_t until;	      /* EXCEPT: wall ms; INT64_MAX: until revoked */
	const char *actor;    /* who asks; never NULL */
	const char *note;     /* why; never NULL */
};

/*
 * 0; -ENOENT: no such case, clause or account; -EPERM: not theirs to ask (an
 * owner may declare a case mended once in 30 d for a clause); -EINVAL: it makes
 * no sense now. ret_text says what was done, or why not.
 */
int cases_request(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text) must_use;

#endif
