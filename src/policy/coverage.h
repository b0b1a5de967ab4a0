/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which clauses work, by what was tried and not by what somebody claims: the
 * results of the acceptance tests, set against the parts that each clause has
 * (model/coverage.def). And which of them a host can carry out.
 */
#ifndef POLICY_COVERAGE_H
#define POLICY_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "policy/rules.h"

enum test_half { HALF_BREAK, HALF_HONEST, HALF_COUNT };
enum test_result { RESULT_PASS, RESULT_FAIL, RESULT_SKIP };

/* What one acceptance test showed. */
struct clause_test {
	const char *clause; /* "A10"; "A15b" counts for A15 */
	enum test_half half;
	enum test_result result;
	const char *part; /* words; "": the clause's only part */
	const char *note; /* why it was skipped, or failed; "" if nothing is to be said */
};

enum coverage_state { COVERAGE_LIVE, COVERAGE_IN_PART, COVERAGE_WAITING };

struct coverage_row {
	char id[CLAUSE_ID_SIZE]; /* without the letter of a part */
	const char *title;
	enum coverage_state state;
	const char *waits_for; /* "" for a live clause */
};

struct coverage {
	size_t count;
	struct coverage_row *rows; /* every id of the policy once, in the order of people */
	size_t live, in_part;	   /* how many are */
};

/* The rows of a policy, all still live, and their count when the states are set. */
struct coverage *coverage_new(const struct policy *policy, struct arena *arena) must_use;
void coverage_count(struct coverage *coverage);

/* "live", "in part", "waiting". */
const char *coverage_state_name(enum coverage_state state);

/*
 * Live is a clause all of whose parts have passed both halves; a part that has
 * a failed or a skipped test has not. The rows live in the arena.
 */
struct coverage *coverage_make(const struct policy *policy, const struct clause_test *tests,
    size_t count, struct arena *arena) must_use;

/* What a host can do: bits 1 << enum sensor and 1 << enum verb; and why the mail server's filters
 * are not at work there, NULL: they are. */
struct abilities {
	uint64_t sensors;
	uint64_t verbs;
	const char *filters[FILTER_COUNT];
};

/*
 * Likewise for a host: live means that it can carry out the whole clause, in
 * part that some of the condition or of the steps is beyond it, waiting that
 * the clause will never do anything there. waits_for names what is missing.
 */
struct coverage *coverage_of_host(const struct policy *policy,
    const struct abilities *abilities, struct arena *arena) must_use;

#endif
