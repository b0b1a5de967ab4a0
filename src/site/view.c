/* SPDX-License-Identifier: Apache-2.0 */
#include "site/view.h"

#include <string.h>

#include "site/members.h"

static void
see_mailboxes_without_passwords(
    const struct book_account *account, struct book_account *seen, struct arena *arena)
{
	seen->mailboxes = arena_alloc(arena, account->mailbox_count * sizeof(*seen->mailboxes));
	for (size_t i = 0; i < account->mailbox_count; i++) {
		seen->mailboxes[i] = account->mailboxes[i];
		seen->mailboxes[i].password = "";
	}
}

static void
see_openings(enum role role, const struct book_account *account, struct book_account *seen,
    struct arena *arena)
{
	seen->openings = arena_alloc(arena, account->opening_count * sizeof(*seen->openings));
	seen->opening_count = 0;
	for (size_t i = 0; i < account->opening_count; i++)
		if (account->openings[i].role == role)
			seen->openings[seen->opening_count++] = account->openings[i];
}

/* What is left of an account where it is looked at from the role. */
static struct book_account
account_for(enum role role, const struct book_account *account, struct arena *arena)
{
	struct book_account seen = *account;
	seen.contact = "";
	if (role == ROLE_DNS)
		seen.former_count = 0;
	if (role != ROLE_WEB)
		seen.closed_count = 0;
	if (role != ROLE_SHELL) {
		seen.shell_password = "";
		seen.key_count = 0;
	}
	if (role != ROLE_WEB) {
		seen.ftp_password = "";
		seen.ftp_count = 0;
		seen.database_count = 0;
	}
	if (role != ROLE_MAIL && role != ROLE_FILE)
		seen.mailbox_count = 0;
	if (role == ROLE_FILE)
		see_mailboxes_without_passwords(account, &seen, arena);
	see_openings(role, account, &seen, arena);
	return seen;
}

struct view
view_for(enum role role, const struct site *site, const struct book *book, struct arena *arena)
{
	struct view view = {.role = role, .site = *site, .book = *book, .pass_key = ""};
	if (role != ROLE_FILE)
		view.book.removed_count = 0;
	view.book.accounts =
	    arena_alloc(arena, book->account_count * sizeof(*view.book.accounts));
	for (size_t i = 0; i < book->account_count; i++)
		view.book.accounts[i] = account_for(role, &book->accounts[i], arena);
	return view;
}

void
view_encode(const struct view *view, struct str *out)
{
	json_encode(members_view, view, out);
}

int
view_decode(const void *bytes, size_t length, struct arena *arena, struct view *ret_view,
    struct str *ret_wrong)
{
	return json_decode(bytes, length, arena, members_view, ret_view, ret_wrong);
}
