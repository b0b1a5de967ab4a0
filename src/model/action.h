/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An action: what the engine asks a pair of hands to do, after the keeper has
 * made it durable. Everything in it is verified again by who carries it out.
 */
#ifndef MODEL_ACTION_H
#define MODEL_ACTION_H

#include "model/subject.h"
#include "model/target.h"

enum operation { OPERATION_APPLY, OPERATION_RELEASE, OPERATION_DESCRIBE, OPERATION_COUNT };

struct action {
	uint64_t id; /* the same for the same step of the same case, after any restart */
	uint64_t case_number; /* that it is a step of, for those who are told; 0: none */
	uint32_t host;	      /* which host acts; 0 is this one */
	enum operation operation;
	enum verb verb;
	enum resource resource; /* throttle */
	int64_t amount;		/* throttle: in the resource's unit */
	struct subject subject; /* its account must exist, with this generation */
	char account_name[64];
	char path[512]; /* of a file or a mailbox: what it is called, the customer's bytes */
	uint32_t target_count; /* stop: roots of the trees to end; 0: all of the account */
	struct target targets[MOST_TARGETS];
};

/* What came of it. A hold is described item by item in text. */
struct outcome {
	uint64_t action;
	enum operation operation;
	int64_t status;	  /* 0, or -errno; -EPERM: refused to touch it; -ENOTSUP: cannot here */
	const char *text; /* in words; never NULL */
};

void action_encode(const struct action *action, struct str *out);
int action_decode(const void *bytes, size_t length, struct action *ret_action) must_use;

void outcome_encode(const struct outcome *outcome, struct str *out);
int outcome_decode(const void *bytes, size_t length, struct arena *arena,
    struct outcome *ret_outcome) must_use;

#endif
