/* SPDX-License-Identifier: Apache-2.0 */
/* Which sensors feed their measures on this host: the payload of SENSOR_STATE. */
#ifndef PROCS_SENSOR_STATE_H
#define PROCS_SENSOR_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/tables.h"

struct sensor_state {
	enum sensor sensor;
	bool works;
	const char *by;	  /* what feeds it: "BPF", "sampling of /proc"; "" if nothing does */
	const char *lost; /* what is lost that way, in words; "" if nothing is */
};

void sensor_states_encode(const struct sensor_state *states, size_t count, struct str *out);

/* At most SENSOR_COUNT of them; 0 or -EBADMSG. */
int sensor_states_decode(const void *bytes, size_t length, struct arena *arena,
    struct sensor_state ret_states[SENSOR_COUNT], size_t *ret_count) must_use;

#endif
