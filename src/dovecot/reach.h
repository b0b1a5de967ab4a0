/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what was sent to a client has reached it, by the kernel's table of connections. */
#ifndef DOVECOT_REACH_H
#define DOVECOT_REACH_H

#include <stdint.h>

enum reach {
	REACH_THERE,   /* it has acknowledged all that it was sent */
	REACH_WAITING, /* not yet */
	REACH_IN_VAIN, /* nor when it was sent again */
	REACH_GONE,    /* its connection is being ended */
	REACH_UNKNOWN, /* there is no such connection: somebody else has it, for this server */
};

/* Of the connection whose other end is that address, of 4 or 16 bytes, and port, at this port
 * of ours (0: at whichever). */
enum reach reach_of(const void *address, unsigned length, uint16_t port, uint16_t own_port);

#endif
