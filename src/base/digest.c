/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

struct digest
digest_of(const void *first, size_t first_length, const void *second, size_t second_length)
{
	struct sha256_ctx context;
	uint8_t raw[SHA256_DIGEST_SIZE];
	struct digest digest = {0};
	sha256_init(&context);
	if (first_length)
		sha256_update(&context, first_length, first);
	if (second_length)
		sha256_update(&context, second_length, second);
	sha256_digest(&context, sizeof(raw), raw);
	base16_encode_update(digest.text, sizeof(raw), raw);
	return digest;
}
