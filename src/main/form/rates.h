/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many mails a form sent lately, and for whom: a text of lines "MS VISITOR", oldest
 * first, which is the whole file. What is no such line, or lies in the future, is nothing
 * that this program wrote, and is thrown away.
 */
#ifndef MAIN_FORM_RATES_H
#define MAIN_FORM_RATES_H

#include <stdint.h>

#include "base/str.h"
#include "main/form/settings.h"

enum { RATES_MOST = 4096, RATES_LARGEST = 512 * 1024 /* bytes */ };

/*
 * Counts a mail for the visitor at that wall time in ms. 0; or -EAGAIN: a limit is reached
 * until ret_wait ms have passed. Either way the text is what has to be kept.
 */
int rates_take(struct str *text, const struct form_settings *settings, const char *visitor,
    int64_t now, int64_t *ret_wait) must_use;

/* Takes one back that was counted at that time. */
void rates_give_back(struct str *text, const char *visitor, int64_t then);

#endif
