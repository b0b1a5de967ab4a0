/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scanner reads of customers, and what it says to the keeper. The
 * first byte chooses: a name and the first bytes of a file, a list of scripts,
 * evidence. What is read must survive being written and read again.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "model/evidence.h"
#include "model/inventory.h"
#include "scan/recognise.h"
#include "store/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* A name, a NUL, the content. */
static void
look_at_file(const uint8_t *bytes, size_t length)
{
	const uint8_t *end = memchr(bytes, '\0', length);
	bool by_line;
	if (!end)
		return;
	size_t rest = length - (size_t)(end - bytes) - 1;
	int language = recognise((const char *)bytes, end + 1, rest, &by_line);
	if (language < -1 || language >= LANGUAGE_COUNT)
		panic("there is no language %d", language);
}

static void
check_same(const struct str *once, const struct str *twice)
{
	if (once->length != twice->length ||
	    memcmp(str_text(once), str_text(twice), once->length) != 0)
		panic("it changes on its way");
}

static void
read_list(const uint8_t *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	auto_str once = {0}, twice = {0};
	struct inventory list, again;
	size_t count;
	if (inventory_decode(bytes, length, arena, &list))
		return;
	inventory_encode(&list, &once);
	if (inventory_decode(once.data, once.length, arena, &again))
		panic("an encoded list does not decode");
	inventory_encode(&again, &twice);
	check_same(&once, &twice);
	const struct script_comparison *same = inventory_compare(&list, &again, arena, &count);
	for (size_t i = 0; i < count; i++)
		if (same[i].change != SCRIPT_SAME)
			panic("a list differs from itself");
}

static void
read_evidence(const uint8_t *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	auto_str once = {0}, twice = {0}, archive = {0};
	struct evidence_package package, again;
	if (evidence_package_decode(bytes, length, arena, &package))
		return;
	evidence_package_encode(&package, &once);
	if (evidence_package_decode(once.data, once.length, arena, &again))
		panic("encoded evidence does not decode");
	evidence_package_encode(&again, &twice);
	check_same(&once, &twice);
	evidence_pack(&package, &archive);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (length == 0)
		return 0;
	if (bytes[0] == 'f')
		look_at_file(bytes + 1, length - 1);
	if (bytes[0] == 'l')
		read_list(bytes + 1, length - 1);
	if (bytes[0] == 'e')
		read_evidence(bytes + 1, length - 1);
	return 0;
}
