/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book of customers: every account of the site with all that it has in any
 * role. The host keeps it, changes it as a whole, and gives each role the part
 * that it needs (site/view.h). Its generation grows by one with each change, so
 * a role that was away is told by one number that it is behind.
 *
 * Texts are never NULL, "" if there is nothing; they have been checked
 * (site/names.h), so they hold no blank, quote, control character or slash
 * unless said here, and may stand in a daemon's configuration as they are.
 */
#ifndef SITE_BOOK_H
#define SITE_BOOK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "site/site.h"

/* How an account stands with hayward. */
enum standing { STANDING_OPEN, STANDING_SUSPENDED, STANDING_CANCELLED, STANDING_COUNT };

struct book_domain {
	const char *name;	  /* in lower case; IDNs in their ASCII form */
	const char *catch_all;	  /* local part of the mailbox that takes all else; "": none */
	int64_t serial;		  /* generation in which its zone changed last */
	int64_t catch_all_closed; /* 1: it takes nothing until the terms let it again */
};

/* LOCAL@DOMAIN; whose domain is one of the account's. */
struct book_mailbox {
	const char *local;
	const char *domain;
	const char *password; /* crypt(5); "": nobody can log in */
};

/* A database and its one user, who is called the same: ACCOUNT or ACCOUNT_NAME, of what the
 * account was called when it was made, for scripts have it written down. */
struct book_database {
	const char *name;
	const char *password; /* as mysql_native_password stores it: *, 40 digits */
};

/* A further login for FTP, ACCOUNT_NAME likewise, that sees one folder of the account. */
struct book_ftp {
	const char *name;
	const char *password; /* crypt(5) */
	const char *folder;   /* relative to the home; may hold slashes, no ".." */
};

/* An exception from the port rules that was approved: one destination, for a time. */
struct book_opening {
	enum role role;
	enum protocol protocol;
	const char *address;
	int64_t port;
	int64_t until;	 /* wall ms */
	int64_t request; /* its number; 0: opened by staff on their own */
};

struct book_account {
	const char *name;
	size_t former_count; /* what it was called before, the last one last: its home may
			      * still be, and paths, databases and logins keep such names */
	const char **formers;
	int64_t uid; /* and gid, and id; the same in every role */
	const char *plan;
	const char *contact;
	int64_t created; /* wall ms */
	int64_t bytes;	 /* initial quota: as agreed at sign-up, whatever the plan is now */
	int64_t files;
	enum standing standing;
	const char *shell_password; /* crypt(5); "": none, and no login by password */
	const char *ftp_password;
	size_t domain_count; /* the first is the main one */
	struct book_domain *domains;
	size_t mailbox_count;
	struct book_mailbox *mailboxes;
	size_t database_count;
	struct book_database *databases;
	size_t ftp_count;
	struct book_ftp *ftp;
	size_t opening_count;
	struct book_opening *openings;
	size_t closed_count; /* scripts that nobody may run, as absolute paths; any bytes in
			      * them but control characters */
	const char **closed;
	size_t key_count; /* lines of authorized_keys that staff set; blanks in them */
	const char **keys;
};

/* An account that is gone; its home and mail are put aside under NAME-UID. */
struct book_removed {
	const char *name;
	int64_t uid;
	int64_t when; /* wall ms */
};

struct book {
	int64_t generation;
	int64_t next_uid; /* uids are never given twice */
	size_t account_count;
	struct book_account *accounts;
	size_t removed_count;
	struct book_removed *removed;
};

/* NULL: nobody has it. */
struct book_account *book_find(const struct book *book, const char *name);
struct book_account *book_find_uid(const struct book *book, int64_t uid);
struct book_account *book_owner_of_domain(
    const struct book *book, const char *domain, struct book_domain **ret_domain);

/* Whose database, or whose further login, has that whole name. NULL: nobody's. */
struct book_account *book_owner_of_database(const struct book *book, const char *name);
struct book_account *book_owner_of_ftp(const struct book *book, const char *name);

/* Whether the account was called so before. */
bool book_was_called(const struct book_account *account, const char *name);

/* Whether a database or a further login of the account may be called so, whole: for its name
 * or a former one. */
bool book_may_name(const struct book_account *account, const char *whole_name);

const char *standing_name(enum standing standing);

/* JSON of one line per account; the same book gives the same bytes. */
void book_encode(const struct book *book, struct str *out);

/* Into the arena. -EINVAL: no book; ret_wrong says in words where. */
int book_decode(const void *bytes, size_t length, struct arena *arena, struct book *ret_book,
    struct str *ret_wrong) must_use;

#endif
