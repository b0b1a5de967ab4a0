/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a message: each part lies within them, behind the one before it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gates/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct seen {
	const char *message;
	size_t length;
	const char *last;
	uint32_t count;
};

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

static void
check(void *context, const struct mime_part *part)
{
	struct seen *seen = context;
	demand(part->number == ++seen->count && seen->count <= MIME_MOST_PARTS);
	demand(part->depth <= MIME_DEEPEST && part->body <= part->length);
	demand(part->start >= seen->last &&
	       part->start + part->length <= seen->message + seen->length);
	demand(strlen(part->name) <= MIME_LONGEST_NAME);
	seen->last = part->start;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct seen seen = {.message = (const char *)bytes, .length = length};
	seen.last = seen.message;
	(void)!mime_walk(seen.message, length, check, &seen);
	return 0;
}
