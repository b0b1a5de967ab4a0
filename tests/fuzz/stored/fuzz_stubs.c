/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a mail whose files are taken out: it has none, and all else is as it was. */
#include "../../lib/same_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (!is_same_without_files((const char *)bytes, length))
		abort();
	return 0;
}
