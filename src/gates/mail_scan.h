/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scans a message as a whole, and if something is found its parts one by one, for the one that
 * it is in: who sent it, or got it back, is told which file to look at.
 */
#ifndef GATES_MAIL_SCAN_H
#define GATES_MAIL_SCAN_H

#include "base/attributes.h"
#include "gates/clamd.h"
#include "gates/mail_text.h"

struct mail_scan;

/*
 * Once, never from within mail_scan_new(). words: the signature's name, or why it failed.
 * part: "part 2 (invoice.exe)", the name in its author's bytes; "" if no part has it by itself.
 */
typedef void mail_scan_done(
    void *context, enum clamd_verdict verdict, const char *words, const char *part);

/* clamd and text are borrowed and outlive it. NULL: the message could not be kept whole. */
struct mail_scan *mail_scan_new(struct clamd *clamd, struct mail_text *text,
    mail_scan_done *done, void *context) must_use;

/* It is gone after `done`; before that, nobody wants to know any more. */
void mail_scan_forget(struct mail_scan *scan);

#endif
