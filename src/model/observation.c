/* SPDX-License-Identifier: Apache-2.0 */
#include "model/observation.h"

enum { LONGEST_LABEL = 1024 };

void
observation_encode(const struct observation *observation, struct str *out)
{
	wire_put_u32(out, observation->measure);
	subject_encode(&observation->subject, out);
	wire_put_i64(out, observation->at);
	wire_put_i64(out, observation->value);
	wire_put_u64(out, observation->group);
	wire_put_text(out, observation->label);
}

int
observation_decode(
    const void *bytes, size_t length, struct arena *arena, struct observation *ret_observation)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct observation observation = {0};
	observation.measure = wire_get_below(&reader, MEASURE_COUNT);
	observation.subject = subject_decode(&reader);
	observation.at = wire_get_i64(&reader);
	observation.value = wire_get_i64(&reader);
	observation.group = wire_get_u64(&reader);
	observation.label = wire_get_text(&reader, arena, LONGEST_LABEL);
	int status = wire_end(&reader);
	if (!status)
		*ret_observation = observation;
	return status;
}
