/* SPDX-License-Identifier: Apache-2.0 */
/* Lines at the gate of logins: taken apart or refused, every word within the line. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gates/login_line.h"

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

static void
try_line(char *line, size_t length)
{
	struct login_line read;
	if (login_line_read(line, &read))
		return;
	demand(read.word <= LOGIN_DEAD);
	for (size_t i = 0; i < MOST_LOGIN_WORDS; i++) {
		const char *word = read.words[i];
		if (!word)
			continue;
		demand(word > line && word <= line + length);
		demand(word + strlen(word) <= line + length);
		demand(!strchr(word, '\t'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_free char *text = memory_new(length + 1, 1);
	memcpy(text, bytes, length);
	char *rest = text;
	for (char *line; (line = strsep(&rest, "\n"));)
		try_line(line, strlen(line));
	return 0;
}
