/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds one end of a TCP connection of the network that the asking socket was made in: one
 * question to the kernel (sock_diag(7)) instead of a walk through all of its connections.
 */
#ifndef SENSORS_SOCKET_ASK_H
#define SENSORS_SOCKET_ASK_H

#include <netinet/in.h>
#include <stdint.h>

#include "base/attributes.h"

/* One end; IPv4 as the mapped IPv6 that it is. */
struct socket_end {
	struct in6_addr address;
	uint16_t port;
};

/* A socket for socket_ask(), which the caller closes; -errno. Wants no capability. */
int socket_ask_open(void) must_use;

/*
 * 0 and the uid that holds `own`; -ESRCH: there is no such connection, or nobody holds it any more;
 * another -errno: the kernel does not say.
 */
int socket_ask(int fd, const struct socket_end *own, const struct socket_end *other,
    uint32_t *ret_uid) must_use;

#endif
