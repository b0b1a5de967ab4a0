/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When what comes over a connection goes into a shell, byte by byte, though a program
 * stands between the two. That a program has called somebody and has a shell below
 * it says nothing: whoever builds for others asks for work somewhere and runs it. But what
 * he is sent is not what the shell reads, be it for the words around it or for
 * TLS. Only of a relay the shell has read exactly as much more as its connection was read,
 * and again the next time.
 *
 * The two are compared whenever something goes out over the connection. What the shell
 * reads of its own, as it starts, is let go; what it did not read in that very
 * amount before more came speaks for whoever it is.
 */
#ifndef SENSORS_RELAY_H
#define SENSORS_RELAY_H

#include <linux/types.h>

#include "sensors/argv_types.h"

enum { RELAY_AGREED = 2, RELAY_BYTES = 6 };

/* What is remembered of a connection and a shell; all zero: nothing yet. */
struct relay {
	__u64 shell; /* when it began; of another all is forgotten */
	__u32 taken; /* bytes of the connection, when it last agreed with the shell */
	__u32 ahead; /* by how much the shell had read more, modulo 2^32 */
	__u32 open;  /* taken since, and not agreed yet, if is_open */
	__u32 is_open;
	__u32 agreed; /* how often */
	__u32 differed;
	__u32 bytes;
	__u32 padding;
};

static inlined void
relay_settle(struct relay *relay, __u32 taken, __u32 ahead)
{
	relay->taken = taken;
	relay->ahead = ahead;
	relay->is_open = 0;
}

/* So much was taken from the connection so far, and so much the shell read; whether it is
 * a relay. */
static inlined int
relay_is_one(struct relay *relay, __u64 shell, __u32 taken, __u32 read)
{
	__u32 ahead = read - taken;
	if (relay->shell != shell) {
		relay->shell = shell;
		relay->agreed = relay->differed = relay->bytes = 0;
		relay_settle(relay, taken, ahead);
	} else if (taken == relay->taken) {
		relay_settle(relay, taken, ahead);
	} else if (ahead == relay->ahead) {
		relay->agreed++;
		relay->bytes += taken - relay->taken;
		relay_settle(relay, taken, ahead);
	} else if (relay->is_open && taken != relay->open) {
		relay->differed++;
		relay_settle(relay, taken, ahead);
	} else {
		relay->open = taken;
		relay->is_open = 1;
	}
	return relay->agreed >= RELAY_AGREED && relay->bytes >= RELAY_BYTES &&
	       relay->agreed >= 2 * relay->differed;
}

#endif
