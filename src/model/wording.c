/* SPDX-License-Identifier: Apache-2.0 */
#include "model/wording.h"

#include <string.h>

/* A trace thins its runs out by their lowest bits (forms/trace.h): read from there, those that
 * it keeps come first, and what is kept here is the same of a thin one. */
static uint32_t
from_lowest_bit(uint32_t run)
{
	uint32_t order = 0;
	for (int i = 0; i < 32; i++)
		order |= (run >> i & 1) << (31 - i);
	return order;
}

void
wording_add(struct wording *wording, uint32_t run)
{
	uint32_t order = from_lowest_bit(run), at = 0;
	while (at < wording->count && wording->runs[at] < order)
		at++;
	if (at == WORDING_MOST || (at < wording->count && wording->runs[at] == order))
		return;
	if (wording->count < WORDING_MOST)
		wording->count++;
	memmove(&wording->runs[at + 1], &wording->runs[at],
	    (wording->count - at - 1) * sizeof(*wording->runs));
	wording->runs[at] = order;
}

/* Of the first of both together, for what stands behind is not known of either. */
bool
wording_agrees(const struct wording *one, const struct wording *other)
{
	uint32_t i = 0, j = 0, all = 0, common = 0;
	while (all < WORDING_MOST && (i < one->count || j < other->count)) {
		bool has_one = i < one->count, has_other = j < other->count;
		bool from_one = has_one && (!has_other || one->runs[i] <= other->runs[j]);
		bool from_other = has_other && (!has_one || other->runs[j] <= one->runs[i]);
		common += from_one && from_other;
		i += from_one;
		j += from_other;
		all++;
	}
	return common && common * 2 >= all;
}

void
wording_encode(const struct wording *wording, struct str *out)
{
	wire_put_u32(out, wording->count);
	for (uint32_t i = 0; i < wording->count; i++)
		wire_put_u32(out, wording->runs[i]);
}

struct wording
wording_decode(struct wire_reader *reader)
{
	struct wording wording = {.count = wire_get_below(reader, WORDING_MOST + 1)};
	for (uint32_t i = 0; i < wording.count && !reader->failed; i++)
		wording.runs[i] = wire_get_u32(reader);
	return wording;
}
