/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ladder as a casefile keeps it: what its notice announced, with all limits
 * filled in. It stands in the journal as words of the policy language, "warn;
 * after 3d suspend", so that a later policy or a later hayward reads it alike.
 */
#ifndef CASES_LADDER_H
#define CASES_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "policy/rules.h"

enum { MOST_VERBS = 8 };

struct case_verb {
	enum verb verb;
	bool ask;
	bool at_once;
	enum resource resource; /* throttle */
	int64_t amount;
};

struct case_step {
	int64_t after; /* ms */
	uint32_t verb_count;
	struct case_verb verbs[MOST_VERBS];
};

struct case_ladder {
	uint32_t count;
	struct case_step steps[MOST_STEPS];
};

void case_ladder_print(const struct case_ladder *ladder, struct str *out);

/* -EBADMSG if it is none. */
int case_ladder_parse(const char *text, struct case_ladder *ret_ladder) must_use;

#endif
