/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What haywardd has to know of the customers: STATE/site/passwd and
 * STATE/site/accounts.conf, for the settings `passwd` and `accounts` of
 * hayward.conf. Written with each change of the book.
 */
#ifndef SITE_HOST_H
#define SITE_HOST_H

#include "site/book.h"
#include "site/paths.h"

void host_passwd(const struct site *site, const struct book *book, struct str *out);
void host_accounts(const struct book *book, struct str *out);

/* STATE/site/held: a line of each account that is not open; so the enforcer sees what is. */
void host_held(const struct book *book, struct str *out);

/* Writes all. 0 or -errno. */
int host_write(
    const struct site *site, const struct site_paths *paths, const struct book *book) must_use;

#endif
