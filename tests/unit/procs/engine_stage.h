/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's handlers in a frame of the tests' own: what it says is kept, and
 * siblings are there or not as the test wants.
 */
#ifndef TESTS_UNIT_PROCS_ENGINE_STAGE_H
#define TESTS_UNIT_PROCS_ENGINE_STAGE_H

#include "base/str.h"
#include "procs/process.h"

enum { MOST_SENT = 256 };

/* What the engine said, in order. */
struct sent {
	enum process to;
	enum message message;
	struct str bytes;
};

struct stage {
	struct process_frame frame;
	struct options options;
	struct config config;
	const struct process_handlers *engine;
	bool keeper; /* is there */
	bool peeker;
	size_t complaints; /* about the peeker; of others none is borne */
	struct sent sent[MOST_SENT];
	size_t sent_count;
};

/* For cmocka: a stage on which the engine has begun, with one account, alice. */
int stage_set(void **state);
int stage_strike(void **state);

void begin_life(struct stage *stage);
void end_life(struct stage *stage);

void forget_sent(struct stage *stage);
size_t count_sent(const struct stage *stage, enum message message);

/* A sibling says something; what the engine's handler gives. */
int hear(struct stage *stage, enum process from, enum message message, const struct str *bytes);

/* The keeper says that it has told everything, up to that record. */
void tell_end(struct stage *stage, uint64_t sequence);

#endif
