/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request to its answer: the form's file is read, the request is held against it,
 * counted, and sent.
 */
#ifndef MAIN_FORM_ANSWER_H
#define MAIN_FORM_ANSWER_H

#include "main/form/page.h"
#include "main/form/request.h"

/* Who works, for whom. */
struct form_place {
	const char *file;     /* the form's file, as this program was given it */
	const char *home;     /* of whom it runs as */
	const char *sendmail; /* /usr/sbin/sendmail, but in tests */
};

/* Answers one request at that wall time in ms. */
void form_answer(const struct form_place *place, const struct form_request *request,
    int64_t now, struct form_answer *answer);

/* Reads the file alone and tells what is wrong with it, or that nothing is; 0 or 1. */
int form_check(const struct form_place *place, struct str *out) must_use;

#endif
