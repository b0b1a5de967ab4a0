/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders of accounts on the file server: HOMES/ACCOUNT with what the
 * skeleton has in it, and MAIL/ACCOUNT. Each is filled under a name that begins
 * with a point, given to its owner, and renamed: a home is there whole or not at
 * all. What is there already is left as it is, whatever its owner made of it; one
 * that belongs to somebody else is left alone and said.
 *
 *     HOMES/ACCOUNT              0710 owner:www-data   neighbours do not get in
 *     HOMES/FORMER               a link to ACCOUNT, if it was called FORMER
 *     HOMES/ACCOUNT/public_html  0755 owner
 *     MAIL/ACCOUNT               0700 owner
 *
 * SECURITY: HOMES and MAIL are root's, so nobody can swap what lies directly in
 * them. Inside of a home that has its owner nothing is ever touched.
 */
#ifndef ROLES_HOMES_H
#define ROLES_HOMES_H

#include "base/str.h"
#include "site/view.h"

struct homes {
	int homes;    /* folders, open */
	int mail;     /* -1: no mail store here */
	int skeleton; /* -1: there is none */
};

/* Opens them as the site says; -errno, and ret_wrong says of what. homes_done() them. */
int homes_init(struct homes *homes, const struct site *site, const char *skeleton,
    struct str *ret_wrong) must_use;
void homes_done(struct homes *homes);

/* Makes what is missing of one account. 0 or -errno, and ret_wrong says in words. */
int homes_make(
    struct homes *homes, const struct book_account *account, struct str *ret_wrong) must_use;

/* Takes away links of former names whose account is gone. 0 or -errno. */
int homes_forget_links(struct homes *homes, const struct book *book) must_use;

/*
 * Puts the folders of an account that is gone aside: HOMES/.removed/NAME-UID, likewise
 * of MAIL. What belongs to somebody else by now is left. 0 or -errno.
 */
int homes_put_aside(
    struct homes *homes, const struct book_removed *removed, struct str *ret_wrong) must_use;

#endif
