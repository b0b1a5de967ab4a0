/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of the book. Each checks everything first and changes nothing if it
 * finds fault; nothing has happened before the book is saved (book_file.h). The
 * texts that are given are borrowed for as long as the book is used.
 *
 * Each gives 0, or -EINVAL (the wish cannot be fulfilled), -ENOENT (there is no
 * such thing), -EEXIST (it is there already), and then says why in words.
 */
#ifndef SITE_CHANGE_H
#define SITE_CHANGE_H

#include "base/arena.h"
#include "site/book.h"

struct change {
	struct book *book;
	const struct site *site;
	struct arena *arena; /* in which the book lives */
	int64_t now;	     /* wall ms */
	struct str *why;     /* what is wrong */
};

/* What somebody signs up with; "" where nothing is said. Passwords as the book has them. */
struct sign_up {
	const char *name;
	const char *plan;
	const char *domain;
	const char *contact;
	const char *shell_password;
	const char *ftp_password;
	const char *mail_password; /* of the first mailbox, NAME@DOMAIN */
};

int change_sign_up(struct change *change, const struct sign_up *wish) must_use;

/* Takes in an account of another site's book (site/move.h), under a uid of this one and
 * suspended; openings and closed scripts do not come along. */
int change_admit(struct change *change, const struct book_account *entry) must_use;

int change_remove_account(struct change *change, const char *account) must_use;
/* Its databases and further logins keep their names, its domains theirs; nobody else gets the
 * name that it had. */
int change_rename_account(
    struct change *change, const char *account, const char *name) must_use;

/* The initial quota stays as it was agreed at sign-up. */
int change_plan(struct change *change, const char *account, const char *plan) must_use;
int change_contact(struct change *change, const char *account, const char *contact) must_use;
int change_standing(
    struct change *change, const char *account, enum standing standing) must_use;

/* A script, by its absolute path within the home, that nobody may run; and back. */
int change_close_script(struct change *change, const char *account, const char *path) must_use;
int change_open_script(struct change *change, const char *account, const char *path) must_use;

/* For service "shell" or "ftp". */
int change_password(struct change *change, const char *account, const char *service,
    const char *password) must_use;

int change_add_domain(struct change *change, const char *account, const char *domain) must_use;
int change_remove_domain(struct change *change, const char *domain) must_use;

/* LOCAL@DOMAIN, whose domain says whose it is. account: whose it must be; NULL: anybody's. */
int change_add_mailbox(struct change *change, const char *account, const char *address,
    const char *password) must_use;
int change_remove_mailbox(
    struct change *change, const char *account, const char *address) must_use;
int change_mailbox_password(struct change *change, const char *account, const char *address,
    const char *password) must_use;

/* The mailbox that takes all else of its domain; address "@DOMAIN": none from now on. */
int change_catch_all(struct change *change, const char *account, const char *address) must_use;

/* What takes all else of "@DOMAIN" takes nothing, or takes it again; who it is stays as it is. */
int change_close_catch_all(struct change *change, const char *account, const char *address,
    bool closed) must_use;

/* name: what stands behind ACCOUNT_; "": the account's name alone. */
int change_add_database(struct change *change, const char *account, const char *name,
    const char *password) must_use;
int change_remove_database(
    struct change *change, const char *account, const char *name) must_use;
int change_database_password(struct change *change, const char *account, const char *name,
    const char *password) must_use;

int change_add_ftp(struct change *change, const char *account, const char *name,
    const char *folder, const char *password) must_use;
int change_remove_ftp(struct change *change, const char *account, const char *name) must_use;

/* An opening in the port rules. */
int change_open(
    struct change *change, const char *account, const struct book_opening *opening) must_use;
int change_close(
    struct change *change, const char *account, const struct book_opening *opening) must_use;

/* Takes out openings that have expired; how many, and when the next one does (wall ms;
 * INT64_MAX: none). */
size_t change_expire(struct change *change, int64_t *ret_next);

#endif
