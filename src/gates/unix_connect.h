/* SPDX-License-Identifier: Apache-2.0 */
/* The way to whom the gate asks in turn. */
#ifndef GATES_UNIX_CONNECT_H
#define GATES_UNIX_CONNECT_H

#include "base/attributes.h"

/* A connection to the UNIX socket of that path, which never blocks; the caller's. -errno. */
int unix_connect(const char *path) must_use;

#endif
