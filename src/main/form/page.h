/* SPDX-License-Identifier: Apache-2.0 */
/* The pages that a form shows by itself. Every text in them goes through escape_html(). */
#ifndef MAIN_FORM_PAGE_H
#define MAIN_FORM_PAGE_H

#include "main/form/settings.h"

/* The answer to a request: its headers, then the page. */
struct form_answer {
	struct str text;
	struct str errors; /* lines for the error log */
};

void form_answer_done(struct form_answer *answer);

/* The form, for a form without a page of its owner's. */
void form_page_form(const struct form_settings *settings, struct form_answer *answer);

/* A page with a title and some sentences. status: "403 Forbidden"; header: further ones, each
 * with its line's end, or "". */
void form_page_words(const char *status, const char *header, const char *title,
    const char *words, struct form_answer *answer);

/* What is said when the mail is on its way, or seems to be. */
void form_page_thanks(const struct form_settings *settings, struct form_answer *answer);

#endif
