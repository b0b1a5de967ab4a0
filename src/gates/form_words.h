/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which words are a form's own: they stood in a mail of it, and not in the request that it came
 * of. Whoever writes the words of a harmless form's mail into his request, so that the mail
 * looks as if it was his, is found out by that.
 */
#ifndef GATES_FORM_WORDS_H
#define GATES_FORM_WORDS_H

#include "base/attributes.h"
#include "forms/trace.h"
#include "gates/mail_words.h"

struct form_words;

struct form_words *form_words_new(void) must_use;
void form_words_free(struct form_words *forms);

/*
 * Whether most of what the mail says stood in the request, and is not the form's own; and
 * learns these from it. now: ms of any clock.
 */
bool form_words_weigh(struct form_words *forms, const struct trace *trace,
    const struct mail_words *mail, bool learns, int64_t now);

#endif
