/* SPDX-License-Identifier: Apache-2.0 */
#include "rehearse/rehearse.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "rehearse/play.h"

enum { DEFAULT_INTERVAL = 10 * 1000, DEFAULT_PROCESSORS = 4 };

static void
play_done(struct play *play)
{
	flow_free(play->flow);
	policy_free(play->policy);
	policy_set_free(play->set);
	accounts_free(play->accounts);
	free(play->records);
	free(play->shared);
	free(play->levels);
	free(play->streams);
	free(play->events);
	free(play->journal);
	free(play->held);
	arena_free(play->arena);
}

int
rehearse_run(const struct rehearsal *rehearsal, const char *name, const char *text,
    struct str *out, struct diag *diag)
{
	struct play play = {
	    .rehearsal = rehearsal,
	    .name = name,
	    .text = text,
	    .at = text,
	    .diag = diag,
	    .out = out,
	    .arena = arena_new(),
	    .config = config_default(),
	    .records = memory_new(MOST_ACCOUNTS, sizeof(struct account)),
	    .shared = memory_new(MOST_ACCOUNTS, sizeof(int64_t)),
	    .interval = DEFAULT_INTERVAL,
	    .processors = DEFAULT_PROCESSORS,
	    .memory = UINT64_C(16) << 30,
	    .now = {.wall = clock_of_date(2026, 1, 5)},
	};
	play.config.host = "host.example";
	bool played = play_all(&play);
	bool missed = play.missed;
	play_done(&play);
	if (!played)
		return -EINVAL;
	return missed ? -ESTALE : 0;
}
