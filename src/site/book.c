/* SPDX-License-Identifier: Apache-2.0 */
#include "site/book.h"

#include <string.h>

#include "site/members.h"

static const char *const standings[STANDING_COUNT] = {
    [STANDING_OPEN] = "open",
    [STANDING_SUSPENDED] = "suspended",
    [STANDING_CANCELLED] = "cancelled",
};

const char *
standing_name(enum standing standing)
{
	return standings[standing];
}

struct book_account *
book_find(const struct book *book, const char *name)
{
	for (size_t i = 0; i < book->account_count; i++)
		if (text_equal(book->accounts[i].name, name))
			return &book->accounts[i];
	return NULL;
}

struct book_account *
book_find_uid(const struct book *book, int64_t uid)
{
	for (size_t i = 0; i < book->account_count; i++)
		if (book->accounts[i].uid == uid)
			return &book->accounts[i];
	return NULL;
}

struct book_account *
book_owner_of_domain(
    const struct book *book, const char *domain, struct book_domain **ret_domain)
{
	for (size_t i = 0; i < book->account_count; i++) {
		struct book_account *account = &book->accounts[i];
		for (size_t k = 0; k < account->domain_count; k++) {
			if (!text_equal(account->domains[k].name, domain))
				continue;
			if (ret_domain)
				*ret_domain = &account->domains[k];
			return account;
		}
	}
	return NULL;
}

struct book_account *
book_owner_of_database(const struct book *book, const char *name)
{
	for (size_t i = 0; i < book->account_count; i++)
		for (size_t k = 0; k < book->accounts[i].database_count; k++)
			if (text_equal(book->accounts[i].databases[k].name, name))
				return &book->accounts[i];
	return NULL;
}

struct book_account *
book_owner_of_ftp(const struct book *book, const char *name)
{
	for (size_t i = 0; i < book->account_count; i++)
		for (size_t k = 0; k < book->accounts[i].ftp_count; k++)
			if (text_equal(book->accounts[i].ftp[k].name, name))
				return &book->accounts[i];
	return NULL;
}

bool
book_was_called(const struct book_account *account, const char *name)
{
	for (size_t i = 0; i < account->former_count; i++)
		if (text_equal(account->formers[i], name))
			return true;
	return false;
}

bool
book_may_name(const struct book_account *account, const char *whole_name)
{
	auto_str name = {0};
	/* No account's name has one. */
	str_add_bytes(&name, whole_name, strcspn(whole_name, "_"));
	return text_equal(str_text(&name), account->name) ||
	       book_was_called(account, str_text(&name));
}

void
book_encode(const struct book *book, struct str *out)
{
	json_encode(members_book, book, out);
}

int
book_decode(const void *bytes, size_t length, struct arena *arena, struct book *ret_book,
    struct str *ret_wrong)
{
	return json_decode(bytes, length, arena, members_book, ret_book, ret_wrong);
}
