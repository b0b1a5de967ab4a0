/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the mail server answers for addresses of the cancelled: a table of
 * access(5) that Postfix reads as it is (texthash:), without postmap.
 *
 *     check_recipient_access texthash:/etc/postfix/hayward-answers
 *
 * The file is desired state: made whole from what is held, and made again when
 * somebody changed it. It begins with a line by which we know our own; a file
 * without it is somebody else's and is not touched.
 */
#ifndef ACTIONS_ANSWERS_H
#define ACTIONS_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "model/account.h"

enum { MOST_ADDRESSES = 512 };

/* Whether an address or domain can stand in the table and mean only itself. */
bool answer_is_plain(const char *address) must_use;

/*
 * The addresses of an account, one a line: its domains that no other account
 * has too, and its own name at the host's (NULL: unknown). Domains that are
 * left out, and why, are told in text.
 */
void answers_of(const struct accounts *accounts, const struct account *account,
    const char *host, struct str *out, struct str *text);

/* The head of a table, and the lines of some addresses, one a line, all with one answer. */
void answers_begin(struct str *out);
void answers_add(struct str *out, const char *addresses, bool is_final);

/*
 * Makes the file be this, if it is not; ret_changed: it was not. -EEXIST: it is
 * somebody else's. An empty table is a file too: Postfix defers all mail while
 * one that it is told of is missing.
 */
int answers_write(
    int root, const char *path, const struct str *table, bool *ret_changed) must_use;

#endif
