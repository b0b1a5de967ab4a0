/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/process_state.h"

#include <string.h>

#include "base/wire.h"

enum { LONGEST_LINE = 4096 };

void
process_states_encode(const struct process_state *states, size_t count, struct str *out)
{
	wire_put_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		wire_put_u32(out, states[i].process);
		wire_put_u32(out, (uint32_t)states[i].pid);
		wire_put_u32(out, states[i].restarts);
		wire_put_i64(out, states[i].started);
		wire_put_u8(out, states[i].serves);
		wire_put_text(out, states[i].line);
	}
}

int
process_states_decode(const void *bytes, size_t length, struct arena *arena,
    struct process_state ret_states[PROCESS_COUNT], size_t *ret_count)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct process_state states[PROCESS_COUNT] = {0};
	uint32_t count = wire_get_below(&reader, PROCESS_COUNT + 1);
	for (uint32_t i = 0; i < count; i++) {
		states[i].process = wire_get_below(&reader, PROCESS_COUNT);
		states[i].pid = (pid_t)wire_get_below(&reader, INT32_MAX);
		states[i].restarts = wire_get_u32(&reader);
		states[i].started = wire_get_i64(&reader);
		states[i].serves = wire_get_u8(&reader) != 0;
		states[i].line = wire_get_text(&reader, arena, LONGEST_LINE);
	}
	int status = wire_end(&reader);
	if (status)
		return status;
	memcpy(ret_states, states, sizeof(states));
	*ret_count = count;
	return 0;
}
