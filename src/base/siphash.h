/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 under a given key: for identities that must survive a restart, or that two
 * processes are to know by the same number. */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash(const uint8_t key[16], const void *bytes, size_t length);

#endif
