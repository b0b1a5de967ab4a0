/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a scenario: what can be played is played, through all of flow, cases and engine.
 */
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "rehearse/rehearse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	/* Virtual years of ten-second frames take real minutes: long stories are not for here.
	 */
	if (length > 4096 || memchr(bytes, '\0', length))
		return 0;
	auto_arena struct arena *arena = arena_new();
	auto_str out = {0};
	struct diag *diag = diag_new();
	/* Virtual years take real minutes: here the clock stands still after a while. */
	struct rehearsal rehearsal = {.most_steps = 500};
	int status = rehearse_run(&rehearsal, "fuzz.case",
	    arena_copy(arena, (const char *)bytes, length), &out, diag);
	diag_print(diag, &out);
	diag_free(diag);
	return status > 0;
}
