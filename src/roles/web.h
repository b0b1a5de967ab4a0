/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The web role: Apache, PHP-FPM, MariaDB and ProFTPD, each with its part of every
 * account. What does not depend on the view lies in packaging/roles/web/tree; why
 * things are where they are says docs/decisions/0027-the-web-role.md.
 */
#ifndef ROLES_WEB_H
#define ROLES_WEB_H

#include "roles/output.h"
#include "site/view.h"

/* Why the account cannot be written into a configuration; NULL: it can. */
const char *web_account_wrong(const struct view *view, const struct book_account *account);

/* Whether an account of that standing has scripts, pools and databases. */
bool web_account_works(const struct book_account *account);

/* What the processes of an account may take; bounds for plans that say nothing. */
int64_t web_processes(const struct view *view, const struct book_account *account);
int64_t web_memory(const struct view *view, const struct book_account *account);

/* Where the domain's pages lie: HOMES/ACCOUNT/public_html or HOMES/ACCOUNT/sites/DOMAIN. */
void web_add_folder(const struct view *view, const struct book_account *account, size_t domain,
    struct str *out);

/* Which master of PHP-FPM has the account's pool: 0 is Debian's own. */
int web_master(const struct view *view, const struct book_account *account);

/* Where the account's PHP listens. */
void web_add_socket(
    const struct view *view, const struct book_account *account, struct str *out);

/* Where all logs of access and errors lie; the shell server sees it, too. */
static const char web_logs_folder[] = "/var/log/hayward-web";

/* The folder of the account's, root's and readable for the account. */
void web_add_logs(const struct book_account *account, struct str *out);

/* Has the folder follow its account to a new name, and be nobody else's. 0 or -errno. */
int web_follow_logs(const struct book_account *account) must_use;

/* The link to it in the home, with the owner's rights. 0 or -errno. */
int web_link_logs(int home, const struct book_account *account) must_use;

/* The parts. */
void web_render_sites(const struct view *view, struct output *output);
void web_render_pools(const struct view *view, struct output *output);
void web_render_ftp(const struct view *view, struct output *output);
void web_render_database(const struct view *view, struct output *output);
int web_prepare(const struct view *view, struct str *ret_wrong) must_use;
int web_settle_databases(const struct view *view, struct str *ret_wrong) must_use;
/* Servers that have read a certificate which was replaced since read it again. */
int web_tell_renewals(struct str *ret_wrong) must_use;

#endif
