/* SPDX-License-Identifier: Apache-2.0 */
/* The packets of the milter protocol that a filter sends. Only for milter.c. */
#ifndef GATES_MILTER_REPLY_H
#define GATES_MILTER_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* A packet of that letter and those bytes. */
void milter_reply(struct str *out, char letter, const void *bytes, size_t length);

/* What the filter may do, what it has left out, and the macros that it wants at each stage. */
void milter_reply_agree(struct str *out, uint32_t version, uint32_t actions, uint32_t protocol,
    const char *const *macros, uint32_t stage_count);

/*
 * A reply of SMTP. Its first line begins with the digits and the enhanced status that all have;
 * lines are cut to what SMTP allows, and what is no printable ASCII becomes \\xNN.
 */
void milter_reply_words(struct str *out, const char *text);

/* A header before all others; one taken away. */
void milter_reply_insert(struct str *out, const char *name, const char *value);
void milter_reply_remove(struct str *out, const char *name, uint32_t index);

#endif
