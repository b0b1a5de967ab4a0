/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

void
stage_begin(struct stage *stage, const char *terms)
{
	host_begin(&stage->host, terms);
	stage->host.config.mode = "enforce";
	stage->rules =
	    (struct flow_rules){stage->host.policy, stage->host.accounts, &stage->host.config};
	stage->flow = flow_new(&stage->rules);
	stage->now = (struct moment){1000000, 2000000, 1767600000000};
	stage->alice = accounts_find_name(stage->host.accounts, "alice");
	flow_resume(stage->flow, stage->now);
}

void
stage_end(struct stage *stage)
{
	flow_free(stage->flow);
	host_end(&stage->host);
}

void
stage_burn(struct stage *stage, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		stage->now.boot += SECOND;
		stage->now.policy += SECOND;
		stage->now.wall += SECOND;
		struct frame_row row = {.uid = ALICE, .processes = 1, .cpu_ns = 2000000000};
		struct frame frame = {.at = stage->now.boot,
		    .interval_ns = 1000000000,
		    .cpu_ns = 4000000000,
		    .memory = 1 << 30,
		    .row_count = 1,
		    .rows = &row};
		flow_frame(stage->flow, &frame, stage->now);
		flow_tick(stage->flow, stage->now);
	}
}
