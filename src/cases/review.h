/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts that are looked through: how often an account broke its terms, when
 * its scripts were listed, and who of the staff signed which list off. And what
 * people do with the evidence of a case. Like casefiles, all of it is the fold
 * of records: INVENTORY, REVIEWED, SENT, LEGAL_HOLD.
 */
#ifndef CASES_REVIEW_H
#define CASES_REVIEW_H

#include "cases/cases.h"
#include "model/inventory.h"

struct review {
	uint32_t account;
	uint32_t generation;
	char account_name[64];
	int64_t listed_wall; /* when this list was found; 0: there is none yet */
	int64_t count;	     /* scripts in it */
	char list[DIGEST_TEXT_SIZE];
	char remark[256];		      /* what the list lacks; "" if nothing */
	int64_t reviewed_wall;		      /* last sign-off; 0: none yet */
	char reviewed_list[DIGEST_TEXT_SIZE]; /* the list that was signed off */
	char reviewed_by[64];
	char note[512];
};

/* Of an account of this generation, or NULL. */
const struct review *cases_review(
    const struct cases *cases, uint32_t account, uint32_t generation);

/* Whether there is a list, and the last sign-off was of that very list. */
bool review_is_signed_off(const struct review *review);

/*
 * Founded cases of an account whose present episode came to a step at or after
 * this policy time. One that was lifted or excepted was a mistake and does not count.
 */
int64_t cases_breaches(
    const struct cases *cases, uint32_t account, uint32_t generation, int64_t since);

/* An account's scripts were listed; a list that says the same as the last one is no news. */
void cases_listed(struct cases *cases, const struct account *account,
    const struct listing *listing, struct case_time now);

/* What staff do. actor and note are never NULL. */
struct review_request {
	const char *account; /* sign-off: login name */
	const char
	    *list; /* sign-off: the list's digest or its beginning; "": the present one */
	uint64_t case_number;  /* the others */
	const char *person;    /* sent: who sent it */
	const char *addressee; /* sent: to whom */
	bool hold;	       /* legal hold: whether it shall stand */
	const char *actor;
	const char *note;
};

/* 0; -ENOENT; -EINVAL: it makes no sense now. ret_text says what was done, or why not. */
int cases_sign_off(struct cases *cases, const struct review_request *request,
    struct case_time now, struct str *ret_text) must_use;
int cases_report_sent(struct cases *cases, const struct review_request *request,
    struct case_time now, struct str *ret_text) must_use;
int cases_legal_hold(struct cases *cases, const struct review_request *request,
    struct case_time now, struct str *ret_text) must_use;

#endif
