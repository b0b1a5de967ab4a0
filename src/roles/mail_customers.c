/* SPDX-License-Identifier: Apache-2.0 */
/* The customers as the mail server sees them, collected from its view; see mail.h. */
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "roles/mail.h"
#include "roles/safe.h"
#include "roles/users.h"
#include "site/names.h"

/* While they are collected. */
struct collecting {
	struct mail_customers *customers;
	size_t account_capacity;
	size_t domain_capacity;
	size_t mailbox_capacity;
	struct map *domains; /* name to the account that has it */
	struct map *addresses;
};

static bool
is_own_name(const struct site *site, const char *name)
{
	bool is_own = text_equal(site->name, name);
	for (int i = 0; i < ROLE_COUNT; i++)
		is_own |= text_equal(site->roles[i].host, name);
	return is_own;
}

static bool
claim_domain(struct collecting *collecting, struct book_account *account, const char *name)
{
	if (!safe_domain(name) || is_own_name(&collecting->customers->view->site, name) ||
	    map_find_text(collecting->domains, name))
		return false;
	map_put_text(collecting->domains, name, account);
	return true;
}

static void
collect_domains(struct collecting *collecting, struct book_account *account)
{
	struct mail_customers *customers = collecting->customers;
	for (size_t i = 0; i < account->domain_count; i++) {
		const struct book_domain *domain = &account->domains[i];
		if (!claim_domain(collecting, account, domain->name)) {
			log_warning("no mail for the domain '%s': it is no name, or is "
				    "somebody else's",
			    domain->name);
			continue;
		}
		memory_grow(&customers->domains, customers->domain_count,
		    &collecting->domain_capacity, sizeof(*customers->domains));
		customers->domains[customers->domain_count++] =
		    (struct mail_domain){
			account, domain->name, domain->catch_all_closed ? "" : domain->catch_all};
	}
}

static bool
claim_address(struct collecting *collecting, const struct book_account *account,
    struct book_mailbox *mailbox)
{
	auto_str address = {0};
	if (local_part_wrong(mailbox->local) ||
	    map_find_text(collecting->domains, mailbox->domain) != account)
		return false;
	str_addf(&address, "%s@%s", mailbox->local, mailbox->domain);
	if (map_find_text(collecting->addresses, str_text(&address)))
		return false;
	map_put_text(collecting->addresses, str_text(&address), mailbox);
	return true;
}

static void
collect_mailboxes(struct collecting *collecting, const struct book_account *account)
{
	struct mail_customers *customers = collecting->customers;
	bool is_main = true;
	for (size_t i = 0; i < account->mailbox_count; i++) {
		struct book_mailbox *mailbox = &account->mailboxes[i];
		if (!claim_address(collecting, account, mailbox)) {
			log_warning("the mailbox '%s@%s' of '%s' is left out", mailbox->local,
			    mailbox->domain, account->name);
			continue;
		}
		memory_grow(&customers->mailboxes, customers->mailbox_count,
		    &collecting->mailbox_capacity, sizeof(*customers->mailboxes));
		customers->mailboxes[customers->mailbox_count++] =
		    (struct mail_mailbox){account, mailbox, is_main};
		is_main = false;
	}
}

/* A catch-all of a mailbox that is not there would be a loop, or a bounce to strangers. */
static void
check_catch_alls(struct collecting *collecting)
{
	struct mail_customers *customers = collecting->customers;
	for (size_t i = 0; i < customers->domain_count; i++) {
		auto_str address = {0};
		struct mail_domain *domain = &customers->domains[i];
		str_addf(&address, "%s@%s", domain->catch_all, domain->name);
		if (!map_find_text(collecting->addresses, str_text(&address)))
			domain->catch_all = "";
	}
}

static void
collect_account(struct collecting *collecting, struct book_account *account)
{
	struct mail_customers *customers = collecting->customers;
	/* A system user's name would have local(8) deliver as that user. */
	if (account_name_wrong(account->name) ||
	    !users_is_sound(&customers->view->site, account)) {
		log_warning(
		    "'%s' gets no mail: no name, or no uid, of a customer", account->name);
		return;
	}
	memory_grow(&customers->accounts, customers->account_count,
	    &collecting->account_capacity, sizeof(struct book_account *));
	customers->accounts[customers->account_count++] = account;
	collect_domains(collecting, account);
	collect_mailboxes(collecting, account);
}

struct mail_customers
mail_customers_of(const struct view *view)
{
	struct mail_customers customers = {.view = view};
	struct collecting collecting = {
	    .customers = &customers, .domains = map_new(), .addresses = map_new()};
	for (size_t i = 0; i < view->book.account_count; i++)
		collect_account(&collecting, &view->book.accounts[i]);
	check_catch_alls(&collecting);
	map_free(collecting.domains);
	map_free(collecting.addresses);
	return customers;
}

void
mail_customers_done(struct mail_customers *customers)
{
	free(customers->accounts);
	free(customers->domains);
	free(customers->mailboxes);
	*customers = (struct mail_customers){0};
}
