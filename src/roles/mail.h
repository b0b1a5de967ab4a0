/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mail server's own view of the customers: who of them, which domains and
 * which mailboxes can be written to tables at all, each once. A domain claimed
 * twice is the first one's; what cannot be written is left out, and that is said.
 *
 *   info@alice.example --aliases--> alice+info=alice.example@hayward.invalid
 *       --local(8), as alice--> hayward-deliver --> procmail --> Maildir
 *   of a suspended account: info@alice.example --LMTP--> Dovecot --> Maildir
 *   of a cancelled one: 450
 */
#ifndef ROLES_MAIL_H
#define ROLES_MAIL_H

#include <stdbool.h>

#include "base/map.h"
#include "roles/output.h"
#include "site/view.h"

struct mail_domain {
	const struct book_account *account;
	const char *name;
	const char *catch_all; /* "": none, or its mailbox is not there */
};

struct mail_mailbox {
	const struct book_account *account;
	const struct book_mailbox *mailbox;
	bool is_main; /* the account's first */
};

struct mail_customers {
	const struct view *view;
	size_t account_count;
	const struct book_account **accounts;
	size_t domain_count;
	struct mail_domain *domains;
	size_t mailbox_count;
	struct mail_mailbox *mailboxes;
};

/* Borrows from the view; mail_customers_done() it. */
struct mail_customers mail_customers_of(const struct view *view);
void mail_customers_done(struct mail_customers *customers);

/* Postfix: main.cf, master.cf; and its tables. */
void mail_postfix_render(const struct view *view, struct output *output);
void mail_tables_render(const struct mail_customers *customers, struct output *output);

/* Dovecot: its configuration, and who may log in. */
void mail_dovecot_render(const struct view *view, struct output *output);
void mail_logins_render(const struct mail_customers *customers, struct output *output);

#endif
