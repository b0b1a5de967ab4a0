/* SPDX-License-Identifier: Apache-2.0 */
/* Hands a mail to sendmail(1), without a shell and with nothing of the request around it. */
#ifndef MAIN_FORM_SEND_H
#define MAIN_FORM_SEND_H

#include <stdbool.h>

#include "base/str.h"
#include "main/form/settings.h"

/* Whether it was taken; if not, why says what sendmail said, or what became of it. */
bool form_send(const char *sendmail, const char *from, const struct form_recipient *recipient,
    const struct str *mail, struct str *why) must_use;

#endif
