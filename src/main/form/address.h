/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which mail addresses the form takes, of its owner and of its visitors: far fewer than
 * RFC 5322 allows, so that one can neither end a header nor be read as two, or as
 * another, by whoever reads the mail.
 */
#ifndef MAIN_FORM_ADDRESS_H
#define MAIN_FORM_ADDRESS_H

#include "base/attributes.h"

enum { FORM_LONGEST_ADDRESS = 254 }; /* RFC 5321, 4.5.3.1.3, without its brackets */

/* NULL if the text is one such address and nothing else; else why not, a constant text. */
const char *form_address_wrong(const char *text) must_use;

#endif
