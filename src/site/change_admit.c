/* SPDX-License-Identifier: Apache-2.0 */
/* An account that comes from another site's book, with all that it has. */
#include <errno.h>
#include <string.h>

#include "site/change.h"
#include "site/change_parts.h"
#include "site/names.h"
#include "site/password.h"

enum { MYSQL_DIGITS = 40 };

static bool
is_hash(const char *password)
{
	return !*password || password_is_crypted(password);
}

static bool
is_mysql_hash(const char *password)
{
	static const char digits[] = "0123456789ABCDEF";
	return password[0] == '*' && strspn(password + 1, digits) == MYSQL_DIGITS &&
	       !password[1 + MYSQL_DIGITS];
}

/* What stands in it goes into lists of passwords as it is. */
static int
check_hashes(struct change *change, const struct book_account *entry)
{
	bool good = is_hash(entry->shell_password) && is_hash(entry->ftp_password);
	for (size_t i = 0; i < entry->mailbox_count; i++)
		good &= is_hash(entry->mailboxes[i].password);
	for (size_t i = 0; i < entry->ftp_count; i++)
		good &= is_hash(entry->ftp[i].password);
	for (size_t i = 0; i < entry->database_count; i++)
		good &= is_mysql_hash(entry->databases[i].password);
	return good ? 0
		    : change_refuse(change, -EINVAL, "what it has for a password is no hash");
}

static int
admit_mail(struct change *change, const struct book_account *entry)
{
	int status = 0;
	for (size_t i = 0; i < entry->domain_count && !status; i++)
		status = change_add_domain(change, entry->name, entry->domains[i].name);
	for (size_t i = 0; i < entry->mailbox_count && !status; i++) {
		const struct book_mailbox *mailbox = &entry->mailboxes[i];
		status = change_add_mailbox(change, entry->name,
		    arena_printf(change->arena, "%s@%s", mailbox->local, mailbox->domain),
		    mailbox->password);
	}
	for (size_t i = 0; i < entry->domain_count && !status; i++)
		if (*entry->domains[i].catch_all)
			status = change_catch_all(change, entry->name,
			    arena_printf(change->arena, "%s@%s", entry->domains[i].catch_all,
				entry->domains[i].name));
	return status;
}

/* They keep their whole names, which may begin with what the account was called once, unless
 * that is somebody else's name here. */
static int
check_whole_name(struct change *change, const struct book_account *account, const char *what,
    const char *name)
{
	int status = change_check_name(change, what, name, whole_name_wrong(name));
	if (!status && !book_may_name(account, name))
		status = change_refuse(change, -EINVAL,
		    "'%s' begins with a name that is not the account's here", name);
	return status;
}

static int
admit_database(struct change *change, const struct book_account *entry,
    struct book_account *account, size_t index)
{
	const struct book_database *database = &entry->databases[index];
	int status = check_whole_name(change, account, "name for a database", database->name);
	if (!status && book_owner_of_database(change->book, database->name))
		status = change_refuse(
		    change, -EEXIST, "there is a database '%s' already", database->name);
	if (!status)
		status = change_check_room(change, account->database_count,
		    change_plan_of(change, account)->databases, "databases");
	if (status)
		return status;
	account->databases = change_grown(
	    change, account->databases, account->database_count, sizeof(*database));
	account->databases[account->database_count++] = *database;
	return 0;
}

static int
admit_ftp(struct change *change, const struct book_account *entry, struct book_account *account,
    size_t index)
{
	const struct book_ftp *ftp = &entry->ftp[index];
	int status = check_whole_name(change, account, "name for a login", ftp->name);
	if (!status)
		status =
		    change_check_name(change, "folder", ftp->folder, folder_wrong(ftp->folder));
	if (!status && book_owner_of_ftp(change->book, ftp->name))
		status =
		    change_refuse(change, -EEXIST, "there is a login '%s' already", ftp->name);
	if (!status)
		status = change_check_room(change, account->ftp_count,
		    change_plan_of(change, account)->ftp_users, "further logins for FTP");
	if (status)
		return status;
	account->ftp = change_grown(change, account->ftp, account->ftp_count, sizeof(*ftp));
	account->ftp[account->ftp_count++] = *ftp;
	return 0;
}

/* Paths with them are in its scripts; those that are somebody's here are his. */
static void
admit_formers(
    struct change *change, const struct book_account *entry, struct book_account *account)
{
	account->formers =
	    arena_alloc(change->arena, (entry->former_count + 1) * sizeof(*account->formers));
	for (size_t i = 0; i < entry->former_count; i++) {
		const char *former = entry->formers[i];
		bool is_free = !account_name_wrong(former) && !book_find(change->book, former);
		for (size_t k = 0; k < change->book->account_count; k++)
			is_free &= !book_was_called(&change->book->accounts[k], former);
		if (is_free)
			account->formers[account->former_count++] = former;
	}
}

static int
admit_things(
    struct change *change, const struct book_account *entry, struct book_account *account)
{
	int status = admit_mail(change, entry);
	admit_formers(change, entry, account);
	for (size_t i = 0; i < entry->database_count && !status; i++)
		status = admit_database(change, entry, account, i);
	for (size_t i = 0; i < entry->ftp_count && !status; i++)
		status = admit_ftp(change, entry, account, i);
	if (status)
		return status;
	account->bytes = entry->bytes;
	account->files = entry->files;
	account->created = entry->created;
	account->keys = entry->keys;
	account->key_count = entry->key_count;
	account->standing = STANDING_SUSPENDED;
	return 0;
}

int
change_admit(struct change *change, const struct book_account *entry)
{
	const struct sign_up wish = {.name = entry->name,
	    .plan = entry->plan,
	    .domain = "",
	    .contact = entry->contact,
	    .shell_password = entry->shell_password,
	    .ftp_password = entry->ftp_password,
	    .mail_password = ""};
	int status = check_hashes(change, entry);
	if (!status)
		status = change_sign_up(change, &wish);
	if (status)
		return status;
	status = admit_things(change, entry, book_find(change->book, entry->name));
	if (status) {
		change->book->account_count--;
		change->book->next_uid--;
	}
	return status;
}
