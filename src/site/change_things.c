/* SPDX-License-Identifier: Apache-2.0 */
/* Domains, mailboxes, databases and further logins. */
#include "site/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "site/change_parts.h"
#include "site/names.h"

/* ---- domains ---- */

/* Whether one lies within the other: mail.alice.example within alice.example. */
static bool
lies_within(const char *name, const char *outer)
{
	size_t length = strlen(name), outer_length = strlen(outer);
	return length > outer_length && name[length - outer_length - 1] == '.' &&
	       text_ends_with(name, outer);
}

static int
check_against_site(struct change *change, const char *domain)
{
	const struct site *site = change->site;
	if (text_equal(domain, site->name) || lies_within(domain, site->name) ||
	    lies_within(site->name, domain))
		return change_refuse(change, -EINVAL, "'%s' is the site's own", domain);
	for (int role = 0; role < ROLE_COUNT; role++)
		if (text_equal(domain, site->roles[role].host) ||
		    lies_within(site->roles[role].host, domain))
			return change_refuse(change, -EINVAL, "'%s' is the site's own", domain);
	return 0;
}

/* Nobody gets a name within another's domain: mail and cookies of it would be in his reach. */
static int
check_against_others(
    struct change *change, const struct book_account *account, const char *domain)
{
	for (size_t i = 0; i < change->book->account_count; i++) {
		const struct book_account *other = &change->book->accounts[i];
		for (size_t k = 0; k < other->domain_count; k++) {
			const char *theirs = other->domains[k].name;
			if (text_equal(theirs, domain))
				return change_refuse(
				    change, -EEXIST, "'%s' has a holder already", domain);
			if (other != account &&
			    (lies_within(domain, theirs) || lies_within(theirs, domain)))
				return change_refuse(change, -EINVAL,
				    "'%s' and '%s' lie within each other and have two holders",
				    domain, theirs);
		}
	}
	return 0;
}

int
change_add_domain(struct change *change, const char *name, const char *domain)
{
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	int status = change_check_name(change, "domain", domain, domain_name_wrong(domain));
	if (!status)
		status = check_against_site(change, domain);
	if (!status)
		status = check_against_others(change, account, domain);
	if (!status)
		status = change_check_room(change, account->domain_count,
		    change_plan_of(change, account)->domains, "domains");
	if (status)
		return status;
	account->domains = change_grown(
	    change, account->domains, account->domain_count, sizeof(*account->domains));
	struct book_domain *added = &account->domains[account->domain_count++];
	*added = (struct book_domain){.name = domain, .catch_all = ""};
	change_touch_domain(change, added);
	return 0;
}

int
change_remove_domain(struct change *change, const char *name)
{
	struct book_domain *domain;
	struct book_account *account = book_owner_of_domain(change->book, name, &domain);
	if (!account)
		return change_refuse(change, -ENOENT, "nobody holds '%s'", name);
	for (size_t i = 0; i < account->mailbox_count; i++)
		if (text_equal(account->mailboxes[i].domain, name))
			return change_refuse(change, -EINVAL,
			    "'%s' has mailboxes still: %s@%s is one of them", name,
			    account->mailboxes[i].local, name);
	change_take_out(account->domains, &account->domain_count, sizeof(*domain),
	    (size_t)(domain - account->domains));
	return 0;
}

/* ---- mailboxes ---- */

/* An address that has been taken apart, and whose it is. */
struct found {
	struct book_account *account;
	struct book_domain *domain;
	const char *local;
	size_t index; /* of the mailbox; mailbox_count: there is none */
};

static int
find_address(
    struct change *change, const char *owner, const char *address, struct found *ret_found)
{
	const char *at = strrchr(address, '@');
	if (!at)
		return change_refuse(change, -EINVAL, "'%s' is no address", address);
	struct found found = {
	    .local = arena_copy(change->arena, address, (size_t)(at - address))};
	found.account = book_owner_of_domain(change->book, at + 1, &found.domain);
	/* Who asks for himself does not learn what others have. */
	if (!found.account || (owner && !text_equal(found.account->name, owner)))
		return change_refuse(
		    change, -ENOENT, "'%s' is no domain of the account", at + 1);
	while (found.index < found.account->mailbox_count) {
		const struct book_mailbox *mailbox = &found.account->mailboxes[found.index];
		if (text_equal(mailbox->local, found.local) &&
		    text_equal(mailbox->domain, found.domain->name))
			break;
		found.index++;
	}
	*ret_found = found;
	return 0;
}

static bool
is_there(const struct found *found)
{
	return found->index < found->account->mailbox_count;
}

/* Likewise, but the mailbox must be there. */
static int
find_mailbox(
    struct change *change, const char *owner, const char *address, struct found *ret_found)
{
	int status = find_address(change, owner, address, ret_found);
	if (!status && !is_there(ret_found))
		return change_refuse(change, -ENOENT, "there is no mailbox '%s'", address);
	return status;
}

int
change_add_mailbox(
    struct change *change, const char *owner, const char *address, const char *password)
{
	struct found found;
	int status = find_address(change, owner, address, &found);
	if (!status)
		status = change_check_name(
		    change, "name for a mailbox", found.local, local_part_wrong(found.local));
	if (status)
		return status;
	struct book_account *account = found.account;
	if (is_there(&found))
		return change_refuse(
		    change, -EEXIST, "there is a mailbox '%s' already", address);
	status = change_check_room(change, account->mailbox_count,
	    change_plan_of(change, account)->mailboxes, "mailboxes");
	if (status)
		return status;
	account->mailboxes = change_grown(
	    change, account->mailboxes, account->mailbox_count, sizeof(*account->mailboxes));
	account->mailboxes[account->mailbox_count++] =
	    (struct book_mailbox){found.local, found.domain->name, password};
	return 0;
}

int
change_remove_mailbox(struct change *change, const char *owner, const char *address)
{
	struct found found;
	int status = find_mailbox(change, owner, address, &found);
	if (status)
		return status;
	if (text_equal(found.domain->catch_all, found.local))
		found.domain->catch_all = "";
	change_take_out(found.account->mailboxes, &found.account->mailbox_count,
	    sizeof(struct book_mailbox), found.index);
	return 0;
}

int
change_mailbox_password(
    struct change *change, const char *owner, const char *address, const char *password)
{
	struct found found;
	int status = find_mailbox(change, owner, address, &found);
	if (!status)
		found.account->mailboxes[found.index].password = password;
	return status;
}

int
change_catch_all(struct change *change, const char *owner, const char *address)
{
	struct found found;
	int status = address[0] == '@' ? find_address(change, owner, address, &found)
				       : find_mailbox(change, owner, address, &found);
	if (!status)
		found.domain->catch_all = found.local;
	return status;
}

int
change_close_catch_all(
    struct change *change, const char *owner, const char *address, bool closed)
{
	struct found found;
	int status = find_address(change, owner, address, &found);
	if (!status)
		found.domain->catch_all_closed = closed;
	return status;
}

/* ---- databases and further logins ---- */

/* ACCOUNT_NAME, or ACCOUNT alone. */
static const char *
full_name(struct change *change, const struct book_account *account, const char *name)
{
	return *name ? arena_printf(change->arena, "%s_%s", account->name, name)
		     : account->name;
}

/* MariaDB's longest name of a user is 80, of a database 64. */
static int
check_suffix(struct change *change, const char *name)
{
	return *name ? change_check_name(change, "name", name, suffix_wrong(name)) : 0;
}

/* By its full name, or by what stands behind ACCOUNT_; NULL, and it is said. */
static struct book_database *
find_database(struct change *change, struct book_account *account, const char *name)
{
	const char *full = full_name(change, account, name);
	for (size_t i = 0; i < account->database_count; i++)
		if (text_equal(account->databases[i].name, full) ||
		    text_equal(account->databases[i].name, name))
			return &account->databases[i];
	return NULL;
}

int
change_add_database(
    struct change *change, const char *owner, const char *name, const char *password)
{
	struct book_account *account = change_account(change, owner);
	if (!account)
		return -ENOENT;
	int status = check_suffix(change, name);
	if (!status &&
	    (find_database(change, account, name) ||
		book_owner_of_database(change->book, full_name(change, account, name))))
		status = change_refuse(change, -EEXIST, "there is a database '%s' already",
		    full_name(change, account, name));
	if (!status)
		status = change_check_room(change, account->database_count,
		    change_plan_of(change, account)->databases, "databases");
	if (status)
		return status;
	account->databases = change_grown(
	    change, account->databases, account->database_count, sizeof(*account->databases));
	account->databases[account->database_count++] =
	    (struct book_database){full_name(change, account, name), password};
	return 0;
}

/* The database of that name, said if there is none. */
static int
get_database(struct change *change, const char *owner, const char *name,
    struct book_account **ret_account, struct book_database **ret_database)
{
	*ret_account = change_account(change, owner);
	if (!*ret_account)
		return -ENOENT;
	*ret_database = find_database(change, *ret_account, name);
	return *ret_database ? 0
			     : change_refuse(change, -ENOENT, "there is no database '%s'",
				   full_name(change, *ret_account, name));
}

int
change_remove_database(struct change *change, const char *owner, const char *name)
{
	struct book_account *account;
	struct book_database *database;
	int status = get_database(change, owner, name, &account, &database);
	if (!status)
		change_take_out(account->databases, &account->database_count, sizeof(*database),
		    (size_t)(database - account->databases));
	return status;
}

int
change_database_password(
    struct change *change, const char *owner, const char *name, const char *password)
{
	struct book_account *account;
	struct book_database *database;
	int status = get_database(change, owner, name, &account, &database);
	if (!status)
		database->password = password;
	return status;
}

static struct book_ftp *
find_ftp(struct change *change, struct book_account *account, const char *name)
{
	const char *full = full_name(change, account, name);
	for (size_t i = 0; i < account->ftp_count; i++)
		if (text_equal(account->ftp[i].name, full) ||
		    text_equal(account->ftp[i].name, name))
			return &account->ftp[i];
	return NULL;
}

int
change_add_ftp(struct change *change, const char *owner, const char *name, const char *folder,
    const char *password)
{
	struct book_account *account = change_account(change, owner);
	if (!account)
		return -ENOENT;
	int status = change_check_name(change, "name", name, suffix_wrong(name));
	if (!status)
		status = change_check_name(change, "folder", folder, folder_wrong(folder));
	if (!status && (find_ftp(change, account, name) ||
			   book_owner_of_ftp(change->book, full_name(change, account, name))))
		status = change_refuse(change, -EEXIST, "there is a login '%s' already",
		    full_name(change, account, name));
	if (!status)
		status = change_check_room(change, account->ftp_count,
		    change_plan_of(change, account)->ftp_users, "further logins for FTP");
	if (status)
		return status;
	account->ftp =
	    change_grown(change, account->ftp, account->ftp_count, sizeof(*account->ftp));
	account->ftp[account->ftp_count++] =
	    (struct book_ftp){full_name(change, account, name), password, folder};
	return 0;
}

int
change_remove_ftp(struct change *change, const char *owner, const char *name)
{
	struct book_account *account = change_account(change, owner);
	if (!account)
		return -ENOENT;
	struct book_ftp *ftp = find_ftp(change, account, name);
	if (!ftp)
		return change_refuse(change, -ENOENT, "there is no login '%s'",
		    full_name(change, account, name));
	change_take_out(
	    account->ftp, &account->ftp_count, sizeof(*ftp), (size_t)(ftp - account->ftp));
	return 0;
}
