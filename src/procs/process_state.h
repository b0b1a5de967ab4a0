/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent knows of its children: the payload of PROCESSES. */
#ifndef PROCS_PROCESS_STATE_H
#define PROCS_PROCESS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/tables.h"

struct process_state {
	enum process process;
	pid_t pid;	   /* 0: not running; it is started again */
	uint32_t restarts; /* since haywardd began */
	int64_t started;   /* wall ms */
	bool serves;	   /* it said READY since it was started */
	const char *line;  /* what it said; never NULL */
};

void process_states_encode(const struct process_state *states, size_t count, struct str *out);

/* At most PROCESS_COUNT of them; 0 or -EBADMSG. */
int process_states_decode(const void *bytes, size_t length, struct arena *arena,
    struct process_state ret_states[PROCESS_COUNT], size_t *ret_count) must_use;

#endif
