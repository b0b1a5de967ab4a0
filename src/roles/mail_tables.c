/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Postfix's tables, compiled to cdb by /usr/lib/hayward/postfix-tables:
 *
 *   aliases    address, or login of the site's own domain | where it goes
 *   domains    of open accounts
 *   held       domains of all others, whose mailboxes are in
 *   held-boxes
 *   closed     recipients that are refused, whoever sends
 *   transports the same for mail that is in already, by domain and by login
 *   commands   login | the program that delivers for it
 *
 * and mailboxes, which that program reads as it is: it lies there before an alias is compiled
 * that leads to a new one, and goes back with them where they cannot be.
 *
 * A catch-all is an alias of the whole domain; that is why each mailbox is an
 * alias too, of itself where nothing else is to be done.
 */
#include <string.h>

#include "roles/mail.h"
#include "roles/safe.h"
#include "roles/users.h"
#include "site/mailbox_list.h"

static const char ended[] = "4.2.1 This mailbox is closed: its owner's account has ended";

/* Whose mail goes to whoever runs the site (RFC 2142), and the system users who write to it. */
static const char *const operators[] = {"abuse", "hostmaster", "mailer-daemon", "noc", "nobody",
    "postmaster", "root", "security", "webmaster", "www-data"};

static struct str *
table(struct output *output, const char *name)
{
	return output_file(output, DAEMON_POSTFIX_TABLES, "/etc/postfix/hayward/%s", name);
}

static bool
is_open(const struct book_account *account)
{
	return account->standing == STANDING_OPEN;
}

/* ---- aliases ---- */

static void
add_target(
    const struct book_account *account, const char *local, const char *domain, struct str *out)
{
	if (is_open(account))
		str_addf(out, "%s+%s=%s@hayward.invalid\n", account->name, local, domain);
	else
		str_addf(out, "%s@%s\n", local, domain);
}

static void
add_mailbox_alias(const struct view *view, const struct mail_mailbox *box, struct str *out)
{
	const struct site *site = &view->site;
	const struct book_mailbox *mailbox = box->mailbox;
	str_addf(out, "%s@%s\t", mailbox->local, mailbox->domain);
	add_target(box->account, mailbox->local, mailbox->domain, out);
	if (!box->is_main)
		return;
	/* What cron and at write to the login. */
	str_addf(out, "%s@%s\t", box->account->name, site->name);
	add_target(box->account, mailbox->local, mailbox->domain, out);
	for (size_t i = 0; i < box->account->former_count; i++) {
		if (!users_is_former(&view->book, box->account->formers[i]))
			continue;
		str_addf(out, "%s@%s\t", box->account->formers[i], site->name);
		add_target(box->account, mailbox->local, mailbox->domain, out);
	}
}

/* An operator whose address is the site's own is served by the system mailbox of root. */
static void
add_operators(const struct site *site, struct str *out)
{
	const char *at = strchr(site->operator, '@');
	bool is_elsewhere = safe_address(site->operator) && !text_equal(at + 1, site->name) &&
			    !text_equal(at + 1, site->roles[ROLE_MAIL].host);
	const char *target = is_elsewhere ? site->operator: "mail@hayward.invalid";
	for (size_t i = 0; i < array_length(operators); i++) {
		str_addf(out, "%s@%s\t%s\n", operators[i], site->name, target);
		str_addf(out, "%s@%s\t%s\n", operators[i], site->roles[ROLE_MAIL].host, target);
	}
	bool is_listed = false;
	for (size_t i = 0; i < array_length(operators); i++)
		is_listed |= !strncmp(operators[i], site->operator, strlen(operators[i])) &&
			     site->operator[strlen(operators[i])] == '@';
	if (!is_elsewhere && safe_address(site->operator) && !is_listed)
		str_addf(out, "%s\t%s\n", site->operator, target);
}

static void
render_aliases(const struct mail_customers *customers, struct output *output)
{
	struct str *out = table(output, "aliases");
	const struct site *site = &customers->view->site;
	add_operators(site, out);
	for (size_t i = 0; i < customers->mailbox_count; i++)
		add_mailbox_alias(customers->view, &customers->mailboxes[i], out);
	for (size_t i = 0; i < customers->domain_count; i++) {
		const struct mail_domain *domain = &customers->domains[i];
		if (!*domain->catch_all)
			continue;
		str_addf(out, "@%s\t", domain->name);
		add_target(domain->account, domain->catch_all, domain->name, out);
	}
}

/* ---- domains ---- */

static void
render_domains(const struct mail_customers *customers, struct output *output)
{
	struct str *open = table(output, "domains");
	struct str *held = table(output, "held");
	struct str *closed = table(output, "closed");
	/* The domain behind the aliases is nobody's outside. */
	str_add(closed, "hayward.invalid\t550 5.1.2 There is no such domain\n");
	for (size_t i = 0; i < customers->domain_count; i++) {
		const struct mail_domain *domain = &customers->domains[i];
		str_addf(is_open(domain->account) ? open : held, "%s\tis here\n", domain->name);
		if (domain->account->standing == STANDING_CANCELLED)
			str_addf(closed, "%s\t450 %s\n", domain->name, ended);
	}
}

static void
render_held_boxes(const struct mail_customers *customers, struct output *output)
{
	struct str *out = table(output, "held-boxes");
	for (size_t i = 0; i < customers->mailbox_count; i++) {
		const struct mail_mailbox *box = &customers->mailboxes[i];
		if (!is_open(box->account))
			str_addf(
			    out, "%s@%s\tis here\n", box->mailbox->local, box->mailbox->domain);
	}
}

/* Whatever the standing: some of its mail may be on its way. */
static void
render_mailboxes(const struct mail_customers *customers, struct output *output)
{
	struct str *out = output_file(output, DAEMON_POSTFIX_TABLES, MAILBOX_LIST);
	for (size_t i = 0; i < customers->mailbox_count; i++) {
		const struct mail_mailbox *box = &customers->mailboxes[i];
		mailbox_list_add(
		    out, (uid_t)box->account->uid, box->mailbox->local, box->mailbox->domain);
	}
}

/* ---- accounts ---- */

static void
render_transports(const struct mail_customers *customers, struct str *out)
{
	for (size_t i = 0; i < customers->account_count; i++)
		if (customers->accounts[i]->standing == STANDING_CANCELLED)
			str_addf(out, "%s@hayward.invalid\tretry:%s\n",
			    customers->accounts[i]->name, ended);
	for (size_t i = 0; i < customers->domain_count; i++)
		if (customers->domains[i].account->standing == STANDING_CANCELLED)
			str_addf(out, "%s\tretry:%s\n", customers->domains[i].name, ended);
}

/* What was in the queue already when the account was suspended goes this way, too. */
static void
add_command(const struct site *site, const struct book_account *account, const char *login,
    struct str *out)
{
	str_addf(out, "%s\t/usr/lib/hayward/hayward-deliver %s%s/%s\n", login,
	    is_open(account) ? "" : "--without-rules ", site->mail, account->name);
}

static void
render_commands(const struct mail_customers *customers, struct output *output)
{
	struct str *out = table(output, "commands");
	for (size_t i = 0; i < customers->account_count; i++) {
		const struct book_account *account = customers->accounts[i];
		add_command(&customers->view->site, account, account->name, out);
		/* For what was in the queue already when it was called so. */
		for (size_t k = 0; k < account->former_count; k++)
			if (users_is_former(&customers->view->book, account->formers[k]))
				add_command(
				    &customers->view->site, account, account->formers[k], out);
	}
}

void
mail_tables_render(const struct mail_customers *customers, struct output *output)
{
	render_mailboxes(customers, output);
	render_aliases(customers, output);
	render_domains(customers, output);
	render_held_boxes(customers, output);
	render_commands(customers, output);
	render_transports(customers, table(output, "transports"));
	str_add(output_file(output, DAEMON_NONE, "/etc/postfix/hayward/own.regexp"),
	    "# Whose a sender's address is: the login of that name, an extension aside.\n"
	    "/^([^+@]+)(\\+[^@]*)?@([^@]+)$/\t${1}@${3}\n");
}
