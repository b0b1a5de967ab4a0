/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which script does a command line run? Input: the program's base name, a NUL,
 * the argument area, all of it the customer's. Whatever comes in, the script
 * found lies within the bytes, is one word, and is found by the kernel's
 * window too.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sensors/argv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char program[64] = "";
	const uint8_t *end = memchr(data, 0, size);
	size_t name = end ? (size_t)(end - data) : size;
	memcpy(program, data, name < sizeof(program) ? name : sizeof(program) - 1);
	const uint8_t *bytes = data + name + (end != NULL);
	size_t length = size - name - (end != NULL);
	struct argv_found found = argv_find(program, bytes, length);
	if (found.kind != ARGV_IS_SCRIPT)
		return 0;
	assert(found.start > 0);
	assert(found.start + found.length <= length);
	assert(found.start + found.length <= ARGV_WINDOW - 1);
	assert(!memchr(bytes + found.start, 0, found.length));
	/* A word begins behind a NUL, or behind the letter or the "./" that comes before it. */
	uint8_t before = bytes[found.start - 1];
	assert(before == 0 || before == '/' || bytes[found.start - 2] != 0);
	struct argv_found window =
	    argv_find(program, bytes, length < ARGV_WINDOW - 1 ? length : ARGV_WINDOW - 1);
	assert(window.start == found.start && window.length == found.length);
	return 0;
}
