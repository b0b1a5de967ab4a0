/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/policy_clock.h"

#include <string.h>

void
policy_anchor_encode(const struct policy_anchor *anchor, struct str *out)
{
	wire_put_i64(out, anchor->policy);
	wire_put_i64(out, anchor->wall);
	wire_put_i64(out, anchor->boot);
	wire_put_text(out, anchor->boot_id);
}

struct policy_anchor
policy_anchor_decode(struct wire_reader *reader)
{
	struct policy_anchor anchor = {0};
	anchor.policy = wire_get_i64(reader);
	anchor.wall = wire_get_i64(reader);
	anchor.boot = wire_get_i64(reader);
	wire_get_text_into(reader, anchor.boot_id, sizeof(anchor.boot_id));
	return anchor;
}

void
policy_anchor_advance(struct policy_anchor *anchor, int64_t policy, int64_t wall)
{
	if (policy <= anchor->policy)
		return;
	anchor->boot += policy - anchor->policy;
	anchor->policy = policy;
	anchor->wall = wall;
}

static int64_t
time_since(const struct policy_anchor *last, const struct policy_anchor *now)
{
	if (*now->boot_id && text_equal(last->boot_id, now->boot_id))
		return now->boot - last->boot;
	return now->wall - last->wall;
}

struct policy_anchor
policy_anchor_begin(
    const struct policy_anchor *last, const struct policy_anchor *readings, int64_t most)
{
	struct policy_anchor begun = *readings;
	bool first_life = !last->policy && !last->wall;
	if (first_life) {
		begun.policy = readings->wall;
		return begun;
	}
	int64_t passed = time_since(last, readings);
	if (passed < 0)
		passed = 0;
	begun.policy = last->policy + (passed < most ? passed : most);
	return begun;
}

struct moment
policy_moment(const struct policy_anchor *anchor, int64_t boot, int64_t wall)
{
	int64_t passed = boot > anchor->boot ? boot - anchor->boot : 0;
	return (struct moment){.boot = boot, .policy = anchor->policy + passed, .wall = wall};
}
