/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/handings.h"

#include <stdbool.h>
#include <stddef.h>

/* ms: a busy machine takes that long from the beginning of a program to its first look at the
 * clock; what two clocks of one machine differ by; and within what two cannot be told apart. */
enum { SLOWEST_START = 2000, CLOCKS_DIFFER = 10, TOO_NEAR = 20 };

void
handings_add(struct handings *handings, uint32_t uid, uint64_t script, int64_t at)
{
	size_t place = handings->count++ % HANDINGS_KEPT;
	handings->kept[place].at = at;
	handings->kept[place].script = script;
	handings->kept[place].uid = uid;
}

uint64_t
handings_find(const struct handings *handings, uint32_t uid, int64_t at)
{
	size_t filled = handings->count < HANDINGS_KEPT ? handings->count : HANDINGS_KEPT;
	int64_t latest = INT64_MIN;
	uint64_t script = 0;
	for (size_t i = 0; i < filled; i++) {
		int64_t before = at + CLOCKS_DIFFER - handings->kept[i].at;
		if (handings->kept[i].uid == uid && before >= 0 && before <= SLOWEST_START &&
		    handings->kept[i].at > latest) {
			latest = handings->kept[i].at;
			script = handings->kept[i].script;
		}
	}
	for (size_t i = 0; i < filled; i++) {
		int64_t apart = latest - handings->kept[i].at;
		bool is_near = latest != INT64_MIN && apart <= TOO_NEAR && apart >= -TOO_NEAR;
		if (handings->kept[i].uid == uid && is_near && handings->kept[i].script != script)
			return 0;
	}
	return script;
}
