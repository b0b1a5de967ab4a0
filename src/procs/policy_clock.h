/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy time: what ladders and grace are counted in. It runs with the boot
 * clock, so that nobody who sets the wall clock shortens or lengthens a
 * deadline; it never goes backwards, not even over a restart or a reboot; and
 * it counts the time in which hayward did not run, up to a limit, because the
 * owner had that time too.
 *
 * Pure: the clocks' readings are parameters. Everything is in ms.
 */
#ifndef PROCS_POLICY_CLOCK_H
#define PROCS_POLICY_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/wire.h"
#include "flow/flow.h"

enum { BOOT_ID_SIZE = 64 };

/* Readings that belong to one instant. */
struct policy_anchor {
	int64_t policy;
	int64_t wall;
	int64_t boot;
	char boot_id[BOOT_ID_SIZE]; /* which boot `boot` counts from; "": not known */
};

/* The last instant that is known of an earlier life; all zero: there was none. */
void policy_anchor_encode(const struct policy_anchor *anchor, struct str *out);
struct policy_anchor policy_anchor_decode(struct wire_reader *reader);

/* A record of that life was made later than the anchor: the instant moves on to it. */
void policy_anchor_advance(struct policy_anchor *anchor, int64_t policy, int64_t wall);

/*
 * The anchor of a new life that begins at these readings. Time passed since
 * `last` by the boot clock, if it is the same boot, else by the wall clock (a
 * wall clock that went backwards: none); at most `most` of it counts. Without
 * an earlier life policy time begins as the wall clock stands.
 */
struct policy_anchor policy_anchor_begin(
    const struct policy_anchor *last, const struct policy_anchor *readings, int64_t most);

/* The three times, from the readings of two clocks and the anchor of this life. */
struct moment policy_moment(const struct policy_anchor *anchor, int64_t boot, int64_t wall);

#endif
