/* SPDX-License-Identifier: Apache-2.0 */
/* The proc connector: the kernel tells of each change of a uid, over a socket; see entrance.h.
 */
#ifndef ACTIONS_CONNECTOR_H
#define ACTIONS_CONNECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

/* A descriptor to poll for reading and to close; -errno: not here. */
int connector_open(void) must_use;

/* Begins or ends listening. 0 or -errno. */
int connector_listen(int fd, bool listen) must_use;

/* Calls meet for each process that changed its uid, some at a time; never waits. */
void connector_hear(int fd, void (*meet)(void *context, uint32_t pid), void *context);

#endif
