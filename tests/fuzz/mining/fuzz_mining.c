/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes sent over a connection: never more shares than there is room for. */
#include <stdint.h>
#include <stdlib.h>

#include "sensors/mining.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	enum { SHORTEST_SHARE = 40 };
	if (length && mining_shares((const char *)bytes, length) > length / SHORTEST_SHARE)
		abort();
	return 0;
}
