/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/sensor_state.h"

#include <string.h>

#include "base/wire.h"

enum { LONGEST_TEXT = 1024 };

void
sensor_states_encode(const struct sensor_state *states, size_t count, struct str *out)
{
	wire_put_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		wire_put_u32(out, states[i].sensor);
		wire_put_u8(out, states[i].works);
		wire_put_text(out, states[i].by);
		wire_put_text(out, states[i].lost);
	}
}

int
sensor_states_decode(const void *bytes, size_t length, struct arena *arena,
    struct sensor_state ret_states[SENSOR_COUNT], size_t *ret_count)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct sensor_state states[SENSOR_COUNT] = {0};
	uint32_t count = wire_get_below(&reader, SENSOR_COUNT + 1);
	for (uint32_t i = 0; i < count; i++) {
		states[i].sensor = wire_get_below(&reader, SENSOR_COUNT);
		states[i].works = wire_get_u8(&reader) != 0;
		states[i].by = wire_get_text(&reader, arena, LONGEST_TEXT);
		states[i].lost = wire_get_text(&reader, arena, LONGEST_TEXT);
	}
	int status = wire_end(&reader);
	if (status)
		return status;
	memcpy(ret_states, states, sizeof(states));
	*ret_count = count;
	return 0;
}
