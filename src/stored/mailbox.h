/* SPDX-License-Identifier: Apache-2.0 */
/* One mail of a mailbox, through doveadm: found, put in, taken out. All of them: 0, or as
 * stored_remove() of stored/remove.h has it. */
#ifndef STORED_MAILBOX_H
#define STORED_MAILBOX_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "stored/remove.h"

/* Its row as doveadm has it now, in *ret_rows, which is the caller's; NULL: it is not there, or
 * another one is. */
int mailbox_find(
    const struct mail_place *place, json_t **ret_rows, const json_t **ret_row) must_use;

/* Takes it out, if it has that size, bytes as IMAP counts them. guid: of what lies in the same
 * folder under that name; NULL: by its UID. */
int mailbox_expunge(const struct mail_place *place, const char *guid, int64_t size) must_use;

/* Whether a mail of that GUID is anywhere in the mailbox; -ENOENT: the mailbox is gone. */
int mailbox_has(const char *user, const char *guid, bool *ret_has) must_use;

/* Puts all mails of that location, as Dovecot calls it, into the inbox. */
int mailbox_import(const char *user, const char *location) must_use;

/* Moves the mail of that GUID from the inbox, if it is there, to that folder. */
int mailbox_move(const char *user, const char *guid, const char *folder) must_use;

/* A number that Dovecot knows of whose mailbox it is: "uid", "gid". -ENOENT: the mailbox is
 * gone. */
int mailbox_number(const char *user, const char *field, uint32_t *ret_number) must_use;

#endif
