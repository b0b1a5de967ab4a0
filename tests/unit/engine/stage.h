/* SPDX-License-Identifier: Apache-2.0 */
/* The small host with the flow of a daemon on it, and time that goes on by itself. */
#ifndef TESTS_UNIT_ENGINE_STAGE_H
#define TESTS_UNIT_ENGINE_STAGE_H

#include "host.h"

struct stage {
	struct host host;
	struct flow_rules rules; /* of flow, and for others like it */
	struct flow *flow;
	struct moment now;
	const struct account *alice;
};

/* The flow has resumed, in the mode "enforce". */
void stage_begin(struct stage *stage, const char *terms);
void stage_end(struct stage *stage);

/* So many seconds, a frame and a tick each, in which alice takes half of the processor time. */
void stage_burn(struct stage *stage, int seconds);

#endif
