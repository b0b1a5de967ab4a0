/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wald's sequential probability ratio test ("Sequential Tests of Statistical Hypotheses",
 * Annals of Mathematical Statistics 16, 1945): of a stream of outcomes, each of which is bad or
 * good, it says as early as can be whether their true share of bad ones is that of the guilty
 * or that of the innocent, with bounded errors of both kinds.
 */
#ifndef BASE_SEQUENTIAL_H
#define BASE_SEQUENTIAL_H

#include <stdbool.h>
#include <stdint.h>

enum sequential_verdict { SEQUENTIAL_OPEN, SEQUENTIAL_INNOCENT, SEQUENTIAL_GUILTY };

/* Shares are between 0 and 1, and innocent < guilty. */
struct sequential_question {
	double innocent;    /* the share of bad outcomes that is nobody's fault */
	double guilty;	    /* the share that only abuse has */
	double false_alarm; /* how likely an innocent may be called guilty, at most, per test */
	double miss;	    /* how likely a guilty may be called innocent */
};

/* What the question comes to: logarithms, each of a ratio of likelihoods. */
struct sequential_test {
	double bad, good;    /* what an outcome adds; good is negative */
	double above, below; /* guilty from the one on, innocent from the other */
};

/* Of one subject. All zero: a test begins. */
struct sequential_state {
	double ratio;
	uint32_t bad, all; /* outcomes since the test began */
};

struct sequential_test sequential_prepare(const struct sequential_question *question);

/* A test that had so many outcomes and goes on. */
struct sequential_state sequential_state_of(
    const struct sequential_test *test, uint32_t bad, uint32_t all);

/*
 * Adds an outcome. A test that comes to an end begins anew with the next outcome: an innocent
 * who is taken over later has no credit, and a guilty is called so again if he goes on.
 */
enum sequential_verdict sequential_add(
    const struct sequential_test *test, struct sequential_state *state, bool bad);

#endif
