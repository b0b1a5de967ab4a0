/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <nettle/base16.h>

struct digest
digest_of(const void *first, size_t first_length, const void *second, size_t second_length)
{
	struct digesting digesting;
	digesting_init(&digesting);
	digesting_add(&digesting, first, first_length);
	digesting_add(&digesting, second, second_length);
	return digesting_end(&digesting);
}

void
digesting_init(struct digesting *digesting)
{
	sha256_init(&digesting->context);
}

void
digesting_add(struct digesting *digesting, const void *bytes, size_t length)
{
	if (length)
		sha256_update(&digesting->context, length, bytes);
}

struct digest
digesting_end(struct digesting *digesting)
{
	uint8_t raw[SHA256_DIGEST_SIZE];
	struct digest digest = {0};
	sha256_digest(&digesting->context, sizeof(raw), raw);
	base16_encode_update(digest.text, sizeof(raw), raw);
	return digest;
}
