/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a mail: what is read from it is clean, on one line, and not too long. */
#include <stdint.h>
#include <stdlib.h>

#include "base/escape.h"
#include "main/reply/letter.h"
#include "main/reply/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
check(const struct str *text, size_t most)
{
	if (text->length > most || !text_is_clean(str_text(text)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_letter letter = {0};
	letter_read(bytes, length, &letter);
	check(&letter.words, LONGEST_WORDS);
	check(&letter.from, LONGEST_FROM);
	check(&letter.to, 4096);
	check(&letter.automatic, 4096);
	return 0;
}
