/* SPDX-License-Identifier: Apache-2.0 */
#include "model/visits.h"

#include <arpa/inet.h>

enum { LONGEST_ADDRESS = INET6_ADDRSTRLEN };

void
visits_encode(const struct visits *visits, struct str *out)
{
	wire_put_u32(out, visits->account);
	wire_put_u32(out, visits->generation);
	wire_put_i64(out, visits->from);
	wire_put_i64(out, visits->until);
	wire_put_u64(out, visits->requests);
	wire_put_u32(out, visits->visitor_count);
	for (uint32_t i = 0; i < visits->visitor_count; i++) {
		const struct visitor *visitor = &visits->visitors[i];
		wire_put_text(out, visitor->address);
		wire_put_u32(out, visitor->requests);
		wire_put_u32(out, visitor->refused);
		wire_put_text(out, visitor->path);
	}
}

int
visits_decode(const void *bytes, size_t length, struct arena *arena, struct visits *ret_visits)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct visits visits = {0};
	visits.account = wire_get_u32(&reader);
	visits.generation = wire_get_u32(&reader);
	visits.from = wire_get_i64(&reader);
	visits.until = wire_get_i64(&reader);
	visits.requests = wire_get_u64(&reader);
	visits.visitor_count = wire_get_below(&reader, MOST_VISITORS + 1);
	for (uint32_t i = 0; i < visits.visitor_count; i++) {
		struct visitor *visitor = &visits.visitors[i];
		visitor->address = wire_get_text(&reader, arena, LONGEST_ADDRESS);
		visitor->requests = wire_get_u32(&reader);
		visitor->refused = wire_get_u32(&reader);
		visitor->path = wire_get_text(&reader, arena, LONGEST_VISITED);
	}
	int status = wire_end(&reader);
	if (!status)
		*ret_visits = visits;
	return status;
}
