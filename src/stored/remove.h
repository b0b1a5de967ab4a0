/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail is taken out of its mailbox and put aside, where only root can read it, and brought
 * back; or without its files it stays (stored/stubs.h). In an order in which power may be cut
 * at any point:
 *
 *     remove:   read ─▶ counted ─▶ on disk ─▶ its facts on disk ─▶ expunged
 *     strip:    as remove, but before it is expunged its rest ─▶ on disk ─▶ imported, unless it
 *               is there ─▶ in the same folder
 *     restore:  a Maildir of one mail ─▶ imported, unless it is there ─▶ its rest, if any, is
 *               expunged ─▶ put aside no more
 *
 * Begun a second time, each goes on from where it was: a mail is known by its sign
 * (stored/look.h), and one that we put in by the name that it is given then.
 */
#ifndef STORED_REMOVE_H
#define STORED_REMOVE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"

/* Which mail: checked, for it comes from outside. */
struct mail_place {
	const char *user;
	const char *box;
	uint32_t uid;
	const char *sign;
};

/* 0 or -EINVAL. The texts are those of the words. */
int mail_place_read(char *const words[4], struct mail_place *ret_place) must_use;

/* 0: it is not in the mailbox any more, whoever did it; -ENODEV: no Dovecot; -EIO: it does not
 * answer; -EFBIG: it is too large to be put aside; else -errno. words: what was done, or why
 * not. */
int stored_remove(const struct mail_place *place, struct str *words) must_use;

/* As stored_remove(), but what is left of it without its files lies in its place; -ENOENT: it
 * has none. */
int stored_strip(const struct mail_place *place, struct str *words) must_use;

/* 0: it is back; -ENOENT: it is not kept any more, or its mailbox is gone; else as above. */
int stored_restore(const struct mail_place *place, struct str *words) must_use;

/* Whether that can be the name of a mailbox. */
bool mail_user_is(const char *text);

/* ---- for those who do it ---- */

/* Which of the two that were kept of it, and the GUID that it is given. */
struct aside_copy {
	const char *guid;
	bool is_rest;
};

/* Has a mail that is put aside in the mailbox, in the inbox unless it was there before. folder:
 * where it came from. */
int stored_bring(int store, const struct mail_place *place, const struct aside_copy *copy,
    struct str *folder) must_use;

/* What is done with a mail that is put aside and still lies in its mailbox, as the row says. 0, or
 * -errno and perhaps why. */
typedef int mail_deed(
    int store, const struct mail_place *place, const json_t *row, struct str *words);

/* Finds it, puts it aside, and has that done. As stored_remove(); done: what it is then. */
int stored_do(const struct mail_place *place, mail_deed *deed, const char *done,
    struct str *words) must_use;

/* Expunges it, of that size, and sees that it is gone. */
int stored_take_out(const struct mail_place *place, int64_t size) must_use;

/* Gives the status, and why it is no success in words, if there are none yet. */
int stored_explain(int status, struct str *words) must_use;

#endif
