/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's side of the hayward command: a request comes in, the flow is
 * looked at or told, a reply goes out. Runs in the engine process; asks no
 * clock and makes no system call.
 */
#ifndef PROCS_ANSWERS_H
#define PROCS_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "flow/flow.h"
#include "model/answer_tag.h"
#include "model/evidence.h"
#include "model/tables.h"

/* What is known of one sensor; the engine fills it from SENSOR_STATE. */
struct sensor_fact {
	bool works;
	char by[64];	/* what feeds it: "BPF", "sampling of /proc"; "" if nothing does */
	char lost[256]; /* what is lost that way, or else to be known; lines */
};

/* What is known of one process of haywardd; the engine hears it from the parent. */
struct process_fact {
	bool known;
	bool serves;
	uint32_t restarts; /* since haywardd began */
	int64_t started;   /* wall ms */
	char line[1024];   /* what it says of itself */
};

/* What hayward itself costs, all its processes together: measured, see procs/cost.h. */
struct own_cost {
	bool known;
	uint32_t processes;
	int64_t cpu_ms;	   /* of those that live, since each began */
	int64_t share;	   /* of one core, since the measurement before; hundredths of a
			      percent, -1: not known yet */
	uint64_t resident; /* bytes; what they share is divided among them */
	int64_t measured;  /* boot ms */
};

/* What the hands said of a hold when they were asked. */
struct description {
	uint64_t action;
	char *text; /* lines; NULL: nothing yet */
};

/* Borrowed, except the facts, which the engine process keeps up to date. */
struct answers_context {
	struct flow *flow;
	const struct policy *policy;
	const struct accounts *accounts;
	const struct config *config;
	bool restored;			/* the cases of the last life are known */
	const struct answer_seal *seal; /* of answers by mail; the notifier told it */
	struct moment started;		/* when this haywardd began */
	uint64_t acknowledged;		/* sequence up to which the keeper said it is on disk */
	int64_t acknowledged_at;	/* wall ms of that ack; 0: none yet */
	uint64_t undelivered; /* notices handed to the notifier that are not delivered */
	struct sensor_fact sensors[SENSOR_COUNT];
	struct process_fact processes[PROCESS_COUNT];
	struct own_cost cost;
	const struct description *descriptions; /* for this one answer; NULL: none */
	size_t description_count;
	const struct evidence_tree *tree; /* likewise; NULL: the peeker did not answer */
	/* Has an account's scripts listed now; when they were last (wall ms, 0: not in this
	 * life). engine is the first argument; NULL: nobody lists. */
	void (*list_again)(void *engine, const struct account *account);
	int64_t (*listed_when)(void *engine, const struct account *account);
	void *engine;
};

/* What another process must say before a request can be answered in full. */
struct action;
struct answer_needs {
	enum process of;	/* PROCESS_COUNT: nobody, or the request will be refused */
	uint32_t account;	/* PEEKER: id of the account whose processes are asked about */
	struct action *actions; /* ENFORCER: what it is to describe; free() them */
	size_t action_count;
};

/* What the payload of a REQUEST needs; any bytes will do. */
void answer_needs(const struct answers_context *context, const void *bytes, size_t length,
    struct answer_needs *ret_needs);

/*
 * Answers the payload of a REQUEST: makes the payload of a REPLY for any bytes.
 * What people may change goes through flow_request(); afterwards the caller
 * hands the new records over as after any other input.
 */
void answer_request(const struct answers_context *context, const void *bytes, size_t length,
    struct moment now, struct str *ret_reply);

#endif
