/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is begun with an account and not ended, noted beside the book so that whoever says
 * the same after a power cut goes on with it. A kind of note is a folder:
 *
 *     STATE/KIND/NAME      the uid
 *
 * Whoever touches them has the book locked. Names are those of accounts (site/names.h).
 */
#ifndef SITE_NOTES_H
#define SITE_NOTES_H

#include "site/book.h"
#include "site/paths.h"

/* Durably. 0 or -errno. */
int note_make(const struct site_paths *paths, const char *kind,
    const struct book_account *account) must_use;

/* Whether there is one of that very account, and not of somebody else who was called so. */
bool note_is_there(
    const struct site_paths *paths, const char *kind, const struct book_account *account);

void note_forget(const struct site_paths *paths, const char *kind, const char *name);

/* Takes away those of who is not in the book, and what a kill left of writing one. */
void notes_sweep(const struct site_paths *paths, const char *kind, const struct book *book);

#endif
