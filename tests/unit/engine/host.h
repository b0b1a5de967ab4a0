/* SPDX-License-Identifier: Apache-2.0 */
/* A small host for tests: two accounts, a policy from text, frames by hand. */
#ifndef TESTS_UNIT_ENGINE_HOST_H
#define TESTS_UNIT_ENGINE_HOST_H

#include "engine/engine.h"
#include "flow/flow.h"

enum { ALICE = 10001, BOB = 10002, SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

struct host {
	struct accounts *accounts;
	struct policy *policy;
	struct config config;
	struct engine *engine;
	int64_t now;
	uint64_t shared; /* percent of the memory counted that is counted more than once */
	bool silent;	 /* nobody can tell what is really held */
	unsigned doubts; /* asked so far */
	uint64_t held;	 /* bytes, as counted in the last frame */
};

/* Starts at engine time 0 = the beginning of the world, so that the past is known to be empty.
 */
void host_begin(struct host *host, const char *terms);
void host_end(struct host *host);

/*
 * Frames of a second each: shares in hundredths of a percent of processor and memory. Whoever
 * asks meanwhile what is really held is told.
 */
void host_run(struct host *host, int64_t ms, uint32_t uid, int64_t cpu, int64_t memory);

/* Time passes without a frame. */
void host_skip(struct host *host, int64_t ms);

/* What a clause comes to for an account. */
struct finding host_weigh(struct host *host, const char *clause, uint32_t uid);

/* An observation of an account, or of the host with uid 0, now. */
void host_observe(
    struct host *host, uint32_t uid, const char *measure, int64_t value, uint64_t group);

#endif
