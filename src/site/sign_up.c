/* SPDX-License-Identifier: Apache-2.0 */
#include "site/sign_up.h"

#include <string.h>

#include "base/crash.h"
#include "site/change_parts.h"
#include "site/notes.h"

static const char notes[] = "signing-up";

/* Nobody's life changes by a slip: what was signed up must be what is wished. */
static bool
is_same(const struct book_account *account, const struct sign_up *wish)
{
	const char *domain = account->domain_count ? account->domains[0].name : "";
	return text_equal(account->plan, wish->plan) &&
	       text_equal(account->contact, wish->contact) && text_equal(domain, wish->domain);
}

static void
go_on(struct book_account *account, const struct sign_up *wish)
{
	account->shell_password = wish->shell_password;
	account->ftp_password = wish->ftp_password;
	if (account->mailbox_count)
		account->mailboxes[0].password = wish->mail_password;
}

int
sign_up(struct change *change, const struct site_paths *paths, const struct sign_up *wish)
{
	struct book_account *account = book_find(change->book, wish->name);
	if (account && is_same(account, wish) && note_is_there(paths, notes, account)) {
		go_on(account, wish);
		return 0;
	}
	int status = change_sign_up(change, wish);
	if (status)
		return status;
	notes_sweep(paths, notes, change->book);
	status = note_make(paths, notes, book_find(change->book, wish->name));
	crash_point(CRASH_SIGN_UP_NOTED);
	return status ? change_refuse(
			    change, status, "cannot note the sign-up: %s", strerror(-status))
		      : 0;
}

void
sign_up_done(const struct site_paths *paths, const char *name)
{
	note_forget(paths, notes, name);
}
