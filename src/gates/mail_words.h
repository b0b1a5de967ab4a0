/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of words of a mail's text, decoded from whatever it is wrapped in; see
 * forms/words.h. Bounded: what is beyond the beginning of a long mail is not read. */
#ifndef GATES_MAIL_WORDS_H
#define GATES_MAIL_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "forms/words.h"

enum {
	MAIL_WORDS_MOST = 8192,		    /* runs */
	MAIL_WORDS_MOST_BYTES = 256 * 1024, /* of the message */
};

struct mail_words {
	size_t count;
	uint32_t runs[MAIL_WORDS_MOST]; /* sorted, each once */
};

/* message: headers and body, at most MAIL_WORDS_MOST_BYTES of it are looked at. */
void mail_words_read(
    struct mail_words *words, const uint8_t key[WORDS_KEY], const char *message, size_t length);

#endif
