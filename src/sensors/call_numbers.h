/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of system calls, in a table of the kernel programs'. */
#ifndef SENSORS_CALL_NUMBERS_H
#define SENSORS_CALL_NUMBERS_H

#include <stdint.h>

#include "base/attributes.h"

/*
 * Puts the value where the kernel programs look for the call of that name: at its number, and
 * if a 64-bit kernel has it for 32-bit programs too, at that number, counted from half on.
 * What this machine does not have is passed over. 0 or -errno.
 */
int call_fill(int map, const char *name, uint32_t half, const void *value) must_use;

#endif
