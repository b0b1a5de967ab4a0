/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of answers.c: one function a question. Each looks at the flow and
 * makes data, or says in words why there is none.
 */
#ifndef PROCS_ANSWERING_H
#define PROCS_ANSWERING_H

#include <jansson.h>

#include "base/str.h"
#include "cases/cases.h"
#include "model/request.h"
#include "procs/answers.h"

/* One question while it is answered. */
struct answering {
	const struct answers_context *context;
	const struct request *request;
	struct moment now;
	json_t *data;	 /* an empty object to fill */
	struct str text; /* words: why not, or what was done */
};

enum answer_status tell_status(struct answering *answering);
enum answer_status tell_top(struct answering *answering);
enum answer_status tell_accounts(struct answering *answering);
enum answer_status tell_show(struct answering *answering);
enum answer_status tell_holds(struct answering *answering);
enum answer_status tell_tree(struct answering *answering);
enum answer_status tell_cases(struct answering *answering);
enum answer_status tell_case(struct answering *answering);
enum answer_status tell_incident(struct answering *answering);
enum answer_status tell_explain(struct answering *answering);
enum answer_status tell_clause(struct answering *answering);
enum answer_status tell_requests(struct answering *answering);
enum answer_status tell_breaker(struct answering *answering);
enum answer_status tell_reviews(struct answering *answering);
enum answer_status tell_review(struct answering *answering);
enum answer_status tell_review_act(struct answering *answering);
enum answer_status tell_act(struct answering *answering);
enum answer_status tell_mailed(struct answering *answering);

/*
 * The account that the request is about: the one it names, else the asker's own.
 * ANSWER_OK, or the status and the words that tell why there is none.
 */
enum answer_status account_named(
    struct answering *answering, const struct account **ret_account);

/*
 * Whether the asker may see a case. An owner sees his own, and of those only
 * what he is told of: a clause that is observed, or a soft one that was not
 * imposed, is the staff's own note.
 */
bool case_visible(const struct answering *answering, const struct casefile *casefile);

/*
 * The case that the request names. ANSWER_OK, or the status and the words that
 * tell why not; an owner learns nothing of cases that are not his, not even
 * that there are any.
 */
enum answer_status case_named(struct answering *answering, const struct casefile **ret_case);

/* The actions that the hands must describe for tell_holds(), and how many; free() them. */
size_t holds_to_describe(const struct answering *answering, const struct account *account,
    struct action **ret_actions);

/* The circuit breaker: whether it tripped, and since when. */
json_t *breaker_part(const struct answering *answering);
/* Whether the account of that generation is looked through: marked in every listing. */
bool account_watched(const struct answering *answering, uint32_t id, uint32_t generation);

/* A case in one object, as lists show it. */
json_t *case_summary(const struct answering *answering, const struct casefile *casefile);

/* What comes next in a case: {"verbs", "due", "announced", ...}, or null. */
json_t *case_next(const struct answering *answering, const struct casefile *casefile);

/* The evidence of a case, oldest first. */
json_t *exhibits_list(const struct casefile *casefile);

/* The exceptions in force for an account, those of its plan included. */
json_t *exceptions_list(const struct answering *answering, const struct account *account);

#endif
