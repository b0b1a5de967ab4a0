/* SPDX-License-Identifier: Apache-2.0 */
/* Mails that are put aside, as files; see stored/remove.h. store: of store_open(). */
#ifndef STORED_ASIDE_H
#define STORED_ASIDE_H

#include <jansson.h>
#include <stdbool.h>

#include "stored/remove.h"

/* How the file of a mail's facts ends, which is written last. */
#define ASIDE_FACTS ".facts"

/* How what is laid out begins, beside "removed". */
#define ASIDE_BACK "back"

/* As much of a subject is kept, bytes. */
enum { ASIDE_SUBJECT = 200 };

/* What it is called: BOX.UID.SIGN; a GUID, too, when it comes back. */
void aside_name(const struct mail_place *place, struct str *out);

/* Where that is, with that ending. */
void aside_path(const struct mail_place *place, const char *ending, struct str *out);

/*
 * Puts a copy aside, durably and whole: as many bytes as Dovecot says that it has. row: its
 * facts, which get the uid of its owner, and are of now even if the copy has been there before.
 * 0: it is there and can be brought back; -EIO: it is not whole; else -errno.
 */
int aside_take(int store, const struct mail_place *place, const json_t *row) must_use;

bool aside_has(int store, const struct mail_place *place);

/* Its facts, as doveadm had them; json_decref() them. NULL: there are none. What was put aside
 * by an older hayward has all of its subject, and no owner. */
json_t *aside_facts(int store, const struct mail_place *place) must_use;

/* Whose mail it was, by its facts: a uid; 0: it is not known. */
uint32_t aside_owner(const json_t *facts);

/* Its bytes; munmap(2) them. 0 or -errno. */
int aside_map(
    int store, const struct mail_place *place, char **ret_bytes, size_t *ret_length) must_use;

/* Keeps what is left of it without its files, durably. 0 or -errno. */
int aside_keep_rest(int store, const struct mail_place *place, const struct str *rest) must_use;

/* Its size as IMAP counts; 0: none is kept; or -errno. */
int64_t aside_rest(int store, const struct mail_place *place);

/* The GUID that it has in the mailbox. */
void aside_rest_name(const struct mail_place *place, struct str *out);

/*
 * Lays it out as a Maildir that its owner may read, one for each mailbox: location gets what
 * Dovecot calls it, folder where it was. aside_back.c
 */
int aside_lay_out(int store, const struct mail_place *place, const struct aside_copy *copy,
    struct str *location, struct str *folder) must_use;

/* What was laid out of that mailbox goes; 0, or -errno: it is in the way. */
int aside_clear(int store, const char *user);

/* It is put aside no more. 0 or -errno. */
int aside_forget(int store, const struct mail_place *place) must_use;

#endif
