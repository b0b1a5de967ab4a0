/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds the other end of a connection over loopback, by the kernel's own table. Only while
 * he holds it: of a socket that its owner closed the kernel says uid 0 and no inode, which
 * means nobody, never root.
 */
#ifndef GATES_SOCKET_OWNER_H
#define GATES_SOCKET_OWNER_H

#include <netinet/in.h>
#include <stdint.h>

#include "base/attributes.h"

/* The two ends as the client sees them: its own is `near`. Both of one family. */
struct connection {
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} near, far;
};

/*
 * A socket to ask with, about the network namespace in which it is opened: of whoever's
 * process is there, without privilege. The descriptor or -errno.
 */
int socket_owner_open(void) must_use;

/*
 * 0 and the uid in ret_uid; -ESRCH: there is no such connection, or nobody holds it any more;
 * another -errno: the kernel did not answer. It does so at once.
 */
int socket_owner_ask(int fd, const struct connection *connection, uint32_t *ret_uid) must_use;

#endif
