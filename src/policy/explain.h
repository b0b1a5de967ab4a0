/* SPDX-License-Identifier: Apache-2.0 */
/* What a clause does, in full, for the one who has to answer for it. */
#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include <stdint.h>

#include "base/str.h"
#include "policy/rules.h"

/*
 * Plain text, ready for a terminal: what is measured and from where, when a
 * case opens, what follows and when, how it ends, what staff can do, and the
 * exceptions that have not ended at now (wall ms).
 */
void explain_clause(
    const struct policy *policy, const struct clause *clause, int64_t now, struct str *out);

/* The measures that a clause speaks of, each once, in the order written; the number of them. */
size_t clause_measures(const struct clause *clause, enum measure *ret_measures, size_t most);

/* One sentence on how a measure's values are weighed: "a level, sampled" and so on. */
const char *explain_class(enum measure_class class);

/* Whether an exception is about the clause and has not ended at now (wall ms). */
bool explain_exception_concerns(
    const struct exception *exception, const struct clause *clause, int64_t now);

/* When an exception ends: "until 2027-01-31", "until revoked". */
void explain_until(const struct exception *exception, struct str *out);

/* What staff can do about a case of this clause: hayward's commands, one a call; NULL at the
 * end. */
struct staff_command {
	const char *command;
	const char *what;
};
const struct staff_command *explain_command(const struct clause *clause, size_t index);

#endif
