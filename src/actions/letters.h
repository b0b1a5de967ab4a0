/* SPDX-License-Identifier: Apache-2.0 */
/* From a notice to a letter: the templates of all kinds, and what stands in the headers. */
#ifndef ACTIONS_LETTERS_H
#define ACTIONS_LETTERS_H

#include "base/diag.h"
#include "model/answer_tag.h"
#include "model/config.h"
#include "model/notice.h"

struct letters;

/*
 * Reads KIND.txt and KIND.html of each kind from the folder that the
 * configuration names. What is wrong goes to diag; what is missing or cannot be
 * used is replaced: HTML by none, text by plain built-in words. With a key
 * (ANSWER_KEY_SIZE bytes; NULL: none) and `replies`, owners answer to an
 * address with a tag; else to the operator.
 */
struct letters *letters_new(
    const struct config *config, const uint8_t *key, struct diag *diag) must_use;
void letters_free(struct letters *letters);

/* Name of this host, as it stands in letters. */
const char *letters_host(const struct letters *letters);

/* The address that letters come from, and the staff's; a bare name is completed with the host.
 */
void letters_add_sender(const struct letters *letters, struct str *out);
void letters_add_operator(const struct letters *letters, struct str *out);

/* What tags are made with; not known without key or `replies`. */
const struct answer_seal *letters_seal(const struct letters *letters);

/* Appends the whole mail to that address. */
void letters_compose(const struct letters *letters, const struct notice *notice, const char *to,
    struct str *out);

/*
 * The same mail as the operator's copy: without the tag, for an answer of the
 * staff to it would count as the owner's.
 */
void letters_compose_copy(const struct letters *letters, const struct notice *notice,
    const char *to, struct str *out);

#endif
