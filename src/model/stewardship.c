/* SPDX-License-Identifier: Apache-2.0 */
#include "model/stewardship.h"

#include <string.h>

enum { LONGEST_NAME = 64 };

void
opening_encode(const struct opening *opening, struct str *out)
{
	wire_put_u64(out, opening->request);
	wire_put_u32(out, opening->account);
	wire_put_u32(out, opening->generation);
	wire_put_u8(out, opening->shut);
	wire_put_i64(out, opening->until);
	wire_put_text(out, opening->destination);
	wire_put_text(out, opening->by);
}

int
opening_decode(const void *bytes, size_t length, struct opening *ret_opening)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct opening opening = {.request = wire_get_u64(&reader)};
	opening.account = wire_get_u32(&reader);
	opening.generation = wire_get_u32(&reader);
	opening.shut = wire_get_u8(&reader) != 0;
	opening.until = wire_get_i64(&reader);
	wire_get_text_into(&reader, opening.destination, sizeof(opening.destination));
	wire_get_text_into(&reader, opening.by, sizeof(opening.by));
	int status = wire_end(&reader);
	if (!status)
		*ret_opening = opening;
	return status;
}

void
closed_scripts_encode(const struct closed_scripts *closed, struct str *out)
{
	wire_put_u32(out, closed->count);
	for (uint32_t i = 0; i < closed->count; i++) {
		wire_put_text(out, closed->list[i].account);
		wire_put_text(out, closed->list[i].path);
	}
}

int
closed_scripts_decode(
    const void *bytes, size_t length, struct arena *arena, struct closed_scripts *ret_closed)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct closed_scripts closed = {
	    .count = wire_get_below(&reader, MOST_CLOSED_SCRIPTS + 1)};
	closed.list = arena_alloc(arena, (closed.count + 1) * sizeof(*closed.list));
	for (uint32_t i = 0; i < closed.count; i++) {
		closed.list[i].account = wire_get_text(&reader, arena, LONGEST_NAME);
		closed.list[i].path = wire_get_text(&reader, arena, LONGEST_CLOSED_PATH);
	}
	int status = wire_end(&reader);
	if (!status)
		*ret_closed = closed;
	return status;
}

void
changed_encode(const struct changed *changed, struct str *out)
{
	wire_put_u64(out, changed->id);
	wire_put_u32(out, changed->account);
	wire_put_u32(out, changed->generation);
	wire_put_u64(out, changed->request);
	wire_put_i64(out, changed->status);
	wire_put_text(out, changed->account_name);
	wire_put_text(out, changed->actor);
	wire_put_text(out, changed->what);
	wire_put_text(out, changed->text);
}

int
changed_decode(const void *bytes, size_t length, struct changed *ret_changed)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct changed changed = {.id = wire_get_u64(&reader)};
	changed.account = wire_get_u32(&reader);
	changed.generation = wire_get_u32(&reader);
	changed.request = wire_get_u64(&reader);
	changed.status = wire_get_i64(&reader);
	wire_get_text_into(&reader, changed.account_name, sizeof(changed.account_name));
	wire_get_text_into(&reader, changed.actor, sizeof(changed.actor));
	wire_get_text_into(&reader, changed.what, sizeof(changed.what));
	wire_get_text_into(&reader, changed.text, sizeof(changed.text));
	int status = wire_end(&reader);
	if (!status)
		*ret_changed = changed;
	return status;
}
