/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4), from nettle. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

enum { DIGEST_TEXT_SIZE = 65 };

/* 64 lower-case hexadecimal digits and a NUL. */
struct digest {
	char text[DIGEST_TEXT_SIZE];
};

/* The digest of two runs of bytes, one after the other; either may be empty. */
struct digest digest_of(
    const void *first, size_t first_length, const void *second, size_t second_length);

#endif
