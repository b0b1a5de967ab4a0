/* SPDX-License-Identifier: Apache-2.0 */
#include "site/change.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "site/change_parts.h"
#include "site/names.h"

int
change_refuse(struct change *change, int status, const char *format, ...)
{
	va_list arguments;
	auto_free char *text = NULL;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	escape_text(change->why, text ? text : "no memory");
	return status;
}

int
change_check_name(struct change *change, const char *what, const char *name, const char *wrong)
{
	return wrong ? change_refuse(change, -EINVAL, "'%s' is no %s: %s", name, what, wrong)
		     : 0;
}

struct book_account *
change_account(struct change *change, const char *name)
{
	struct book_account *account = book_find(change->book, name);
	int status =
	    account ? 0 : change_refuse(change, -ENOENT, "there is no account '%s'", name);
	return status ? NULL : account;
}

const struct site_plan *
change_plan_of(struct change *change, const struct book_account *account)
{
	static const struct site_plan gone = {.name = ""};
	const struct site_plan *plan = site_plan_find(change->site, account->plan);
	return plan ? plan : &gone;
}

int
change_check_room(struct change *change, size_t count, int64_t most, const char *what)
{
	if ((int64_t)count < most)
		return 0;
	return change_refuse(
	    change, -EINVAL, "the plan allows no more than %lld %s", (long long)most, what);
}

void *
change_grown(struct change *change, const void *items, size_t count, size_t size)
{
	void *room = arena_alloc(change->arena, (count + 1) * size);
	if (count)
		memcpy(room, items, count * size);
	return room;
}

void
change_take_out(void *items, size_t *count, size_t size, size_t index)
{
	char *place = (char *)items + index * size;
	(*count)--;
	memmove(place, place + size, (*count - index) * size);
}

void
change_touch_domain(struct change *change, struct book_domain *domain)
{
	domain->serial = change->book->generation + 1;
}

/* ---- accounts ---- */

/* A home that is still to be moved must not be taken for the newcomer's, nor mail and paths
 * that still bear the name lead to him. */
static const struct book_account *
find_former(const struct book *book, const char *name)
{
	for (size_t i = 0; i < book->account_count; i++)
		if (book_was_called(&book->accounts[i], name))
			return &book->accounts[i];
	return NULL;
}

/* account: whose name it is to be; NULL: a newcomer's. */
static int
check_new_name(struct change *change, const struct book_account *account, const char *name)
{
	int status =
	    change_check_name(change, "name for an account", name, account_name_wrong(name));
	if (status)
		return status;
	if (book_find(change->book, name))
		return change_refuse(change, -EEXIST, "there is an account '%s' already", name);
	const struct book_account *former = find_former(change->book, name);
	if (former && former != account)
		return change_refuse(
		    change, -EEXIST, "an account was called '%s' before", name);
	return 0;
}

static int
check_contact(struct change *change, const char *contact)
{
	int status = change_check_name(change, "address", contact, contact_wrong(contact));
	if (status)
		return status;
	const char *domain = strrchr(contact, '@') + 1;
	if (book_owner_of_domain(change->book, domain, NULL) ||
	    text_equal(domain, change->site->name))
		return change_refuse(change, -EINVAL,
		    "'%s' lies on this site: a notice must reach the owner when the site does "
		    "not",
		    contact);
	return 0;
}

static int
check_plan(struct change *change, const char *name, const struct site_plan **ret_plan)
{
	*ret_plan = site_plan_find(change->site, name);
	return *ret_plan ? 0
			 : change_refuse(change, -EINVAL,
			       "there is no plan '%s' in the site's description", name);
}

static int
add_first_things(struct change *change, const struct sign_up *wish)
{
	if (!*wish->domain)
		return 0;
	int status = change_add_domain(change, wish->name, wish->domain);
	if (status || !site_plan_find(change->site, wish->plan)->mailboxes)
		return status;
	const char *address = arena_printf(change->arena, "%s@%s", wish->name, wish->domain);
	return change_add_mailbox(change, wish->name, address, wish->mail_password);
}

int
change_sign_up(struct change *change, const struct sign_up *wish)
{
	struct book *book = change->book;
	const struct site_plan *plan;
	int status = check_new_name(change, NULL, wish->name);
	if (!status)
		status = check_plan(change, wish->plan, &plan);
	if (!status)
		status = check_contact(change, wish->contact);
	if (!status && book->next_uid > change->site->uid_last)
		status = change_refuse(change, -EINVAL, "all uids of the site have been given");
	if (status)
		return status;
	book->accounts =
	    change_grown(change, book->accounts, book->account_count, sizeof(*book->accounts));
	book->accounts[book->account_count++] = (struct book_account){.name = wish->name,
	    .uid = book->next_uid++,
	    .plan = plan->name,
	    .contact = wish->contact,
	    .created = change->now,
	    .bytes = plan->bytes,
	    .files = plan->files,
	    .shell_password = wish->shell_password,
	    .ftp_password = wish->ftp_password};
	status = add_first_things(change, wish);
	if (status) {
		book->account_count--;
		book->next_uid--;
	}
	return status;
}

int
change_remove_account(struct change *change, const char *name)
{
	struct book *book = change->book;
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	book->removed =
	    change_grown(change, book->removed, book->removed_count, sizeof(*book->removed));
	book->removed[book->removed_count++] =
	    (struct book_removed){account->name, account->uid, change->now};
	change_take_out(book->accounts, &book->account_count, sizeof(*account),
	    (size_t)(account - book->accounts));
	return 0;
}

/* Back to a former name, it is the present one again. */
static void
remember_name(struct change *change, struct book_account *account, const char *new_name)
{
	const char **names =
	    change_grown(change, account->formers, account->former_count, sizeof(*names));
	size_t count = 0;
	for (size_t i = 0; i < account->former_count; i++)
		if (!text_equal(names[i], new_name))
			names[count++] = names[i];
	names[count++] = account->name;
	account->formers = names;
	account->former_count = count;
}

/* What nobody may run is not open again under its new path. */
static void
move_closed(struct change *change, struct book_account *account, const char *new_name)
{
	auto_str home = {0};
	str_addf(&home, "%s/%s/", change->site->homes, account->name);
	const char **paths =
	    arena_alloc(change->arena, (account->closed_count + 1) * sizeof(*paths));
	for (size_t i = 0; i < account->closed_count; i++) {
		paths[i] = account->closed[i];
		if (text_starts_with(paths[i], str_text(&home)))
			paths[i] = arena_printf(change->arena, "%s/%s/%s", change->site->homes,
			    new_name, paths[i] + home.length);
	}
	account->closed = paths;
}

int
change_rename_account(struct change *change, const char *name, const char *new_name)
{
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	int status = check_new_name(change, account, new_name);
	if (status)
		return status;
	remember_name(change, account, new_name);
	move_closed(change, account, new_name);
	account->name = new_name;
	return 0;
}

int
change_plan(struct change *change, const char *name, const char *plan_name)
{
	const struct site_plan *plan;
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	int status = check_plan(change, plan_name, &plan);
	if (!status)
		account->plan = plan->name;
	return status;
}

int
change_contact(struct change *change, const char *name, const char *contact)
{
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	int status = check_contact(change, contact);
	if (!status)
		account->contact = contact;
	return status;
}

int
change_standing(struct change *change, const char *name, enum standing standing)
{
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	account->standing = standing;
	return 0;
}

int
change_password(
    struct change *change, const char *name, const char *service, const char *password)
{
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	if (text_equal(service, "shell"))
		account->shell_password = password;
	else if (text_equal(service, "ftp"))
		account->ftp_password = password;
	else
		return change_refuse(change, -EINVAL,
		    "a password is for shell, ftp or mail, not for '%s'", service);
	return 0;
}

/* ---- scripts that nobody may run ---- */

static size_t
find_closed(const struct book_account *account, const char *path)
{
	size_t index = 0;
	while (index < account->closed_count && !text_equal(account->closed[index], path))
		index++;
	return index;
}

int
change_close_script(struct change *change, const char *name, const char *path)
{
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	auto_str home = {0};
	str_addf(&home, "%s/%s/", change->site->homes, account->name);
	if (!text_is_clean(path) || !text_starts_with(path, str_text(&home)))
		return change_refuse(
		    change, -EINVAL, "'%s' lies outside of the account's home", path);
	size_t index = find_closed(account, path);
	if (index < account->closed_count)
		return 0;
	account->closed =
	    change_grown(change, account->closed, index, sizeof(*account->closed));
	account->closed[account->closed_count++] = path;
	return 0;
}

int
change_open_script(struct change *change, const char *name, const char *path)
{
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	size_t index = find_closed(account, path);
	if (index == account->closed_count)
		return change_refuse(change, -ENOENT, "'%s' is not closed", path);
	change_take_out(
	    account->closed, &account->closed_count, sizeof(*account->closed), index);
	return 0;
}

/* ---- openings ---- */

static bool
is_same_opening(const struct book_opening *one, const struct book_opening *other)
{
	return one->role == other->role && one->protocol == other->protocol &&
	       one->port == other->port && text_equal(one->address, other->address);
}

/* The index of that opening; opening_count: there is none. */
static size_t
find_opening(const struct book_account *account, const struct book_opening *opening)
{
	size_t index = 0;
	while (index < account->opening_count &&
	       !is_same_opening(&account->openings[index], opening))
		index++;
	return index;
}

int
change_open(struct change *change, const char *name, const struct book_opening *opening)
{
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	if (opening->port < 1 || opening->port > UINT16_MAX)
		return change_refuse(
		    change, -EINVAL, "'%lld' is no port", (long long)opening->port);
	if (opening->until <= change->now)
		return change_refuse(change, -EINVAL, "its end is past");
	size_t index = find_opening(account, opening);
	if (index == account->opening_count) {
		account->openings =
		    change_grown(change, account->openings, index, sizeof(*opening));
		account->opening_count++;
	}
	account->openings[index] = *opening;
	return 0;
}

int
change_close(struct change *change, const char *name, const struct book_opening *opening)
{
	struct book_account *account = change_account(change, name);
	if (!account)
		return -ENOENT;
	size_t index = find_opening(account, opening);
	if (index == account->opening_count)
		return change_refuse(change, -ENOENT, "nothing is open there");
	change_take_out(account->openings, &account->opening_count, sizeof(*opening), index);
	return 0;
}

static size_t
expire_openings(struct book_account *account, int64_t now, int64_t *next)
{
	size_t before = account->opening_count;
	for (size_t i = account->opening_count; i-- > 0;) {
		const struct book_opening *opening = &account->openings[i];
		if (opening->until <= now)
			change_take_out(
			    account->openings, &account->opening_count, sizeof(*opening), i);
		else if (opening->until < *next)
			*next = opening->until;
	}
	return before - account->opening_count;
}

size_t
change_expire(struct change *change, int64_t *ret_next)
{
	size_t count = 0;
	*ret_next = INT64_MAX;
	for (size_t i = 0; i < change->book->account_count; i++)
		count += expire_openings(&change->book->accounts[i], change->now, ret_next);
	return count;
}
