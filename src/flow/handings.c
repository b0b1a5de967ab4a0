/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/handings.h"

#include <stddef.h>

/* ms: a busy machine takes that long from the beginning of a program to its first look at the
 * clock; what two clocks of one machine differ by; and within what two cannot be told apart. */
enum { SLOWEST_START = 2000, CLOCKS_DIFFER = 10, TOO_NEAR = 20 };

void
handings_add(struct handings *handings, const struct handing *handing)
{
	handings->kept[handings->count++ % HANDINGS_KEPT] = *handing;
}

static size_t
filled(const struct handings *handings)
{
	return handings->count < HANDINGS_KEPT ? handings->count : HANDINGS_KEPT;
}

/* Whether it was by postdrop, by that uid. */
static bool
is_dropped_by(const struct handing *handing, uint32_t uid)
{
	return handing->uid == uid && !handing->port;
}

/* Takes away what does not hold for all that were at it at the same time. */
static void
doubt(const struct handings *handings, struct handing *found)
{
	for (size_t i = 0; i < filled(handings); i++) {
		const struct handing *other = &handings->kept[i];
		int64_t apart = found->at - other->at;
		if (!is_dropped_by(other, found->uid) || apart > TOO_NEAR || apart < -TOO_NEAR)
			continue;
		if (other->script != found->script)
			found->script = 0;
		if (other->starter != found->starter)
			found->starter = STARTER_UNKNOWN;
	}
}

bool
handings_find(
    const struct handings *handings, uint32_t uid, int64_t at, struct handing *ret_handing)
{
	const struct handing *found = NULL;
	for (size_t i = 0; i < filled(handings); i++) {
		const struct handing *handing = &handings->kept[i];
		int64_t before = at + CLOCKS_DIFFER - handing->at;
		if (is_dropped_by(handing, uid) && before >= 0 && before <= SLOWEST_START &&
		    (!found || handing->at > found->at))
			found = handing;
	}
	if (!found)
		return false;
	*ret_handing = *found;
	doubt(handings, ret_handing);
	return true;
}

bool
handings_find_port(
    const struct handings *handings, uint32_t uid, uint16_t port, struct handing *ret_handing)
{
	const struct handing *found = NULL;
	for (size_t i = 0; i < filled(handings); i++) {
		const struct handing *handing = &handings->kept[i];
		if (port && handing->uid == uid && handing->port == port &&
		    (!found || handing->at > found->at))
			found = handing;
	}
	if (found)
		*ret_handing = *found;
	return found;
}
