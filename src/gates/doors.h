/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening sockets of a gate. Anybody who sees a socket can open it, so whoever does is
 * shown with what the kernel says of him.
 */
#ifndef GATES_DOORS_H
#define GATES_DOORS_H

#include <sys/socket.h>

#include "base/attributes.h"

struct event_base;
struct door;

/* All zero at first. */
struct doors {
	struct door *first;
};

/* Somebody came: fd is the callee's. */
typedef void door_visit(void *context, int fd, const struct ucred *peer);

/* Owns the listener from now on, and the context if forget is not NULL, which frees it in the
 * end; after a failure neither. 0 or -ENOMEM. */
int doors_open(struct doors *doors, struct event_base *loop, int listener, door_visit *visit,
    void *context, void (*forget)(void *context)) must_use;

void doors_close(struct doors *doors);

#endif
