/* SPDX-License-Identifier: Apache-2.0 */
/* What the host has to share: processors and memory. */
#ifndef SENSORS_HOST_H
#define SENSORS_HOST_H

#include <stdint.h>

#include "base/attributes.h"

/* A descriptor that host_processors() reads; -errno. */
int host_processors_open(void) must_use;

/* Processors online, at least 1; without a valid descriptor what the C library can tell. */
unsigned host_processors(int fd);

/* Bytes of RAM. */
uint64_t host_memory(void);

#endif
