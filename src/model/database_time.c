/* SPDX-License-Identifier: Apache-2.0 */
#include "model/database_time.h"

#include <errno.h>

enum { LONGEST_WHY = 200, USE_SIZE = 4 + 4 + 8 };

void
database_time_encode(const struct database_time *time, struct str *out)
{
	wire_put_u8(out, time->works);
	wire_put_text(out, time->why);
	wire_put_i64(out, time->from);
	wire_put_i64(out, time->until);
	wire_put_u32(out, time->count);
	for (uint32_t i = 0; i < time->count; i++) {
		wire_put_u32(out, time->uses[i].account);
		wire_put_u32(out, time->uses[i].generation);
		wire_put_u64(out, time->uses[i].cpu_ns);
	}
}

int
database_time_decode(
    const void *bytes, size_t length, struct arena *arena, struct database_time *ret_time)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct database_time time = {.works = wire_get_u8(&reader) != 0};
	time.why = wire_get_text(&reader, arena, LONGEST_WHY);
	time.from = wire_get_i64(&reader);
	time.until = wire_get_i64(&reader);
	time.count = wire_get_count(&reader, USE_SIZE);
	time.uses = arena_alloc(arena, time.count * sizeof(*time.uses));
	for (uint32_t i = 0; i < time.count; i++) {
		time.uses[i].account = wire_get_u32(&reader);
		time.uses[i].generation = wire_get_u32(&reader);
		time.uses[i].cpu_ns = wire_get_u64(&reader);
	}
	int status = wire_end(&reader);
	if (!status && (time.from < 0 || time.until < time.from))
		status = -EBADMSG;
	if (!status)
		*ret_time = time;
	return status;
}
