/* SPDX-License-Identifier: Apache-2.0 */
#include "site/host.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"

void
host_passwd(const struct site *site, const struct book *book, struct str *out)
{
	for (size_t i = 0; i < book->account_count; i++) {
		const struct book_account *account = &book->accounts[i];
		str_addf(out, "%s:x:%lld:%lld::%s/%s:/usr/sbin/nologin\n", account->name,
		    (long long)account->uid, (long long)account->uid, site->homes,
		    account->name);
	}
}

static void
add_day(struct str *out, int64_t wall)
{
	time_t seconds = wall / 1000;
	struct tm day;
	if (wall && gmtime_r(&seconds, &day))
		str_addf(out, "    created  %04d-%02d-%02d\n", day.tm_year + 1900,
		    day.tm_mon + 1, day.tm_mday);
}

/* Names in the book have nothing in them that would end a quoted word. */
static void
add_addresses(struct str *out, const struct book_account *account)
{
	str_add(out, "    addresses {");
	for (size_t i = 0; i < account->mailbox_count; i++)
		str_addf(out, " \"%s@%s\"", account->mailboxes[i].local,
		    account->mailboxes[i].domain);
	for (size_t i = 0; i < account->domain_count; i++)
		if (*account->domains[i].catch_all && !account->domains[i].catch_all_closed)
			str_addf(out, " \"@%s\"", account->domains[i].name);
	str_add(out, " }\n");
}

static void
add_account(struct str *out, const struct book_account *account)
{
	str_addf(out, "account %s {\n", account->name);
	/* A role on a machine of its own is not told how to reach them, and has no clauses about plans. */
	if (*account->plan)
		str_addf(out, "    plan     %s\n", account->plan);
	if (*account->contact)
		str_addf(out, "    contact  \"%s\"\n", account->contact);
	str_addf(out,
	    "    quota    %lldB\n"
	    "    files    %lld\n",
	    (long long)account->bytes, (long long)account->files);
	add_day(out, account->created);
	if (account->domain_count) {
		str_add(out, "    domains  {");
		for (size_t i = 0; i < account->domain_count; i++)
			str_addf(out, " %s www.%s", account->domains[i].name,
			    account->domains[i].name);
		str_add(out, " }\n");
	}
	if (account->mailbox_count)
		add_addresses(out, account);
	str_add(out, "}\n");
}

void
host_accounts(const struct book *book, struct str *out)
{
	str_add(out, "# Written by hayward from the book of customers; changes are lost.\n");
	for (size_t i = 0; i < book->account_count; i++)
		add_account(out, &book->accounts[i]);
}

void
host_held(const struct book *book, struct str *out)
{
	for (size_t i = 0; i < book->account_count; i++)
		if (book->accounts[i].standing != STANDING_OPEN)
			str_addf(out, "%s\n", book->accounts[i].name);
}

int
host_write(const struct site *site, const struct site_paths *paths, const struct book *book)
{
	auto_str passwd = {0}, accounts = {0}, held = {0};
	auto_fd int state = open(paths->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state < 0)
		return -errno;
	host_passwd(site, book, &passwd);
	host_accounts(book, &accounts);
	host_held(book, &held);
	int status = file_replace(state, "passwd", 0644, str_text(&passwd), passwd.length);
	if (!status)
		status = file_replace(
		    state, "accounts.conf", 0644, str_text(&accounts), accounts.length);
	if (!status)
		status = file_replace(state, "held", 0644, str_text(&held), held.length);
	return status;
}
