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
#include "model/wording.h"

struct form_words;

struct form_words *form_words_new(void) must_use;
void form_words_free(struct form_words *forms);

/* Whose the words of a mail are: at most one of the two. */
struct weight {
	bool is_visitors; /* most of them stood in the request, and are not the form's own */
	bool is_forms;	  /* most did not, or are */
	struct wording wording; /* what he wrote of it */
};

/* Learns the form's own from it if it learns. now: ms of any clock. */
struct weight form_words_weigh(struct form_words *forms, const struct trace *trace,
    const struct mail_words *mail, bool learns, int64_t now);

#endif
