/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look with a Dovecot that is made up: the test has its answers, and its time, which is the
 * clock's (both are wrapped by the linker).
 */
#ifndef TESTS_UNIT_STORED_LOOKING_STAGE_H
#define TESTS_UNIT_STORED_LOOKING_STAGE_H

#include <stdbool.h>

#include "stored/looking.h"

/* One question: words, for users, a line each. It may take time: stage_pass(). */
typedef int stage_answers(
    const char *const *words, const char *users, int milliseconds, json_t *rows);

/* How often it was asked. */
unsigned stage_asked(void);

/* As long passes, ms. */
void stage_pass(int64_t milliseconds);

/* Another look at those mailboxes, of which the list ends with NULL; what was seen stays. */
void stage_begin(
    struct looking *looking, const char *const *names, json_t *seen, stage_answers *answers);
void stage_end(struct looking *looking);

bool stage_has_word(const char *const *words, const char *part);

#endif
