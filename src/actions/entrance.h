/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entrance: where processes become a customer's. suexec, cron, sshd and
 * the like begin as root and change their uid; the kernel tells of each such
 * change (proc connector), and everything else is born bound. A CGI that lives
 * for 5 ms is so met before it is over, which no sweep can do.
 *
 * Not everywhere: the kernel tells it only in the first network and PID
 * namespace and to CAP_NET_ADMIN. Without it, sweeps find who stays.
 */
#ifndef ACTIONS_ENTRANCE_H
#define ACTIONS_ENTRANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

/* A descriptor to poll for reading and to close; -errno: not here. */
int entrance_open(void) must_use;

/* Begins or ends listening. 0 or -errno. */
int entrance_listen(int fd, bool listen) must_use;

/*
 * The next process that changed its uid; never waits. -EAGAIN: no more for now;
 * -ENOBUFS: some were lost; else -errno.
 */
int entrance_next(int fd, uint32_t *ret_pid) must_use;

#endif
