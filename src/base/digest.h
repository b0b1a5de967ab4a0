/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4), from nettle. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

#include <nettle/sha2.h>

enum { DIGEST_TEXT_SIZE = 65 };

/* 64 lower-case hexadecimal digits and a NUL. */
struct digest {
	char text[DIGEST_TEXT_SIZE];
};

/* The digest of two runs of bytes, one after the other; either may be empty. */
struct digest digest_of(
    const void *first, size_t first_length, const void *second, size_t second_length);

/* The digest of bytes that come piece by piece. */
struct digesting {
	struct sha256_ctx context;
};

void digesting_init(struct digesting *digesting);
void digesting_add(struct digesting *digesting, const void *bytes, size_t length);

/* Of all that was added; then it begins anew. */
struct digest digesting_end(struct digesting *digesting);

#endif
